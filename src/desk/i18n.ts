import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readYamlFile } from '../yaml-file.ts'

export const LANGUAGES = ['en', 'ja'] as const
export type Language = (typeof LANGUAGES)[number]

/** A sentence, or its forms by count (`one` and `other`, as Intl.PluralRules calls them). */
const phrase = z.union([z.string(), z.strictObject({ one: z.string().optional(), other: z.string() })])
const dictionary = z.record(z.string(), z.record(z.string(), phrase))
export type Dictionary = z.infer<typeof dictionary>

/** The page's own words in one language, from `locales/<language>.yaml`. */
export function loadDictionary(language: Language): Dictionary {
  return readYamlFile(fileURLToPath(new URL(`./locales/${language}.yaml`, import.meta.url)), dictionary).value
}

const dictionaries = Object.fromEntries(
  LANGUAGES.map((language) => [language, loadDictionary(language)]),
) as Record<Language, Dictionary>
const plurals = { en: new Intl.PluralRules('en'), ja: new Intl.PluralRules('ja') }

/**
 * Looks a phrase up by 'section.name' and fills its {places}.
 * @throws RangeError where there is no such phrase
 */
export function translate(language: Language, key: string, values: Record<string, unknown> = {}): string {
  const found = lookUp(language, key)
  if (found === undefined) throw new RangeError(`src/desk/locales/${language}.yaml has no "${key}"`)
  const text =
    typeof found === 'string'
      ? found
      : ((plurals[language].select(Number(values.count)) === 'one' ? found.one : undefined) ?? found.other)
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** A phrase for a word that comes from elsewhere (a state, an action), or the word itself. */
export function translateOr(language: Language, section: string, word: string): string {
  const found = dictionaries[language][section]?.[word]
  return typeof found === 'string' ? found : word
}

function lookUp(language: Language, key: string) {
  const dot = key.indexOf('.')
  return dictionaries[language][key.slice(0, dot)]?.[key.slice(dot + 1)]
}

export function isLanguage(word: unknown): word is Language {
  return (LANGUAGES as readonly unknown[]).includes(word)
}
