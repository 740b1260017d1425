import { hash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Request } from 'express'
import { z } from 'zod'
import { readYamlFile } from '../yaml-file.ts'

export const LANGUAGES = ['en', 'ja'] as const
export type Language = (typeof LANGUAGES)[number]

const dictionary = z.record(z.string(), z.string().min(1))
export type Dictionary = z.infer<typeof dictionary>

/** The claim pages' own words in one language, from `locales/<language>.yaml`. */
export function loadDictionary(language: Language): Dictionary {
  return readYamlFile(fileURLToPath(new URL(`./locales/${language}.yaml`, import.meta.url)), dictionary).value
}

const dictionaries = Object.fromEntries(
  LANGUAGES.map((language) => [language, loadDictionary(language)]),
) as Record<Language, Dictionary>

/** Looks a phrase up and fills its {places}. @throws RangeError where there is no such phrase */
export function translate(language: Language, key: string, values: Record<string, unknown> = {}): string {
  const text = dictionaries[language][key]
  if (text === undefined) throw new RangeError(`src/claims/locales/${language}.yaml has no "${key}"`)
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** What the reader chose on these pages, else the browser's own wish. */
export function chooseLanguage(request: Request, chosen?: unknown): Language {
  for (const language of [request.query.lang, chosen]) if (isLanguage(language)) return language
  const wished = request.acceptsLanguages(...LANGUAGES)
  return isLanguage(wished) ? wished : 'en'
}

function isLanguage(word: unknown): word is Language {
  return (LANGUAGES as readonly unknown[]).includes(word)
}

/** Names the very words that somebody agreed to: it changes with them. */
export function consentVersion(language: Language): string {
  const words = Object.entries(dictionaries[language]).filter(([key]) => key.startsWith('consent.'))
  return `${language}-${hash('sha256', JSON.stringify(words)).slice(0, 12)}`
}
