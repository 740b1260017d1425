import type { Request } from 'express'
import { z } from 'zod'
import { listColleagues } from '../store/assignments.ts'
import { inboxFacets } from '../store/inbox-facets.ts'
import { reads, setReads, UNKNOWN_LANGUAGE } from '../store/readers.ts'
import type { Desk } from './desk.ts'
import { translate } from './i18n.ts'
import { isLanguageCode, languageName, listNames } from './language-names.ts'
import { type Permission, rolesThatMay } from './roles.ts'
import { goTo, localPath, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

/** Always there to choose, whatever customers write. */
const ALWAYS = ['en', 'ja']
const MOST_NAMED = 5

const code = z.string().refine(isLanguageCode)
const readsForm = z.object({
  /** One language arrives as a string, several as a list; none: everything. */
  reads: z.union([z.array(code).max(40), code.transform((one) => [one])]).default([]),
  back: z.string().max(2000).optional(),
})

/** Which languages people read: they say it themselves, or an admin does. */
export function readingRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/me/languages',
      allow: 'read',
      async handle(visit) {
        const form = readForm(visit, readsForm)
        const { id } = signedIn(visit)
        await setReads(desk.store, id, form.reads, id)
        goTo(visit, localPath(form.back, '/me'), 'readsSaved')
      },
    },
    {
      method: 'post',
      path: '/people/:id/languages',
      allow: 'people',
      async handle(visit) {
        const form = readForm(visit, readsForm)
        const userId = readId(visit)
        if (!(await setReads(desk.store, userId, form.reads, signedIn(visit).id))) throw new ProblemError(404)
        goTo(visit, '/people', 'readsSaved')
      },
    },
  ]
}

/** Languages to choose from: what customers write in, what is always there, and what was chosen before. */
export async function languagesToRead(desk: Desk, visit: Visit, chosen: readonly string[]) {
  const { languages } = await inboxFacets(desk.store)
  const codes = new Set([...ALWAYS, ...languages.filter(isLanguageCode), ...chosen])
  codes.delete(UNKNOWN_LANGUAGE)
  return [...codes].map((each) => ({ code: each, name: languageName(visit.language, each) }))
}

/**
 * The languages of the browser, for somebody who was never asked which they read; null where they were, or where it
 * makes no difference to what customers write.
 */
export function suggestReads(visit: Visit, written: readonly string[]) {
  if (visit.user?.languages !== null) return null
  const wished = browserLanguages(visit.request)
  const known = written.filter(isLanguageCode).filter((each) => each !== UNKNOWN_LANGUAGE)
  if (!known.some((each) => wished.includes(each)) || known.every((each) => wished.includes(each)))
    return null
  const names = wished.map((each) => languageName(visit.language, each))
  return { codes: wished, names: listNames(visit.language, names) }
}

/** What a browser asks for, most wanted first, without regions. */
function browserLanguages(request: Request): string[] {
  const codes = request.acceptsLanguages().map((tag) => tag.split('-')[0]?.toLowerCase() ?? '')
  return [...new Set(codes.filter(isLanguageCode))].slice(0, 10)
}

/** The languages that somebody's lists are narrowed to, in words; null where they read everything. */
export function readsInWords({ user, language }: Visit): string | null {
  if (!user?.languages?.length) return null
  return listNames(
    language,
    user.languages.map((each) => languageName(language, each)),
  )
}

/** Where the reader does not read a language: a sentence that says so, and who does. */
export async function notYourLanguage(desk: Desk, visit: Visit, language: string): Promise<string | null> {
  if (reads(visit.user?.languages ?? null, language)) return null
  const name = languageName(visit.language, language)
  const first = translate(visit.language, 'reading.notYours', { language: name })
  return sentences(visit, first, await whoReads(desk, visit, language, 'edit'))
}

/** 'Ken does not read Japanese. Hana and Mio do.' */
export async function notTheirLanguage(
  desk: Desk,
  visit: Visit,
  unread: { name: string; language: string },
  permission: Permission,
): Promise<string> {
  const language = languageName(visit.language, unread.language)
  const first = translate(visit.language, 'reading.doesNot', { name: unread.name, language })
  return sentences(visit, first, await whoReads(desk, visit, unread.language, permission))
}

/** Who of those with a right reads a language, as a sentence. */
export async function whoReads(
  desk: Desk,
  visit: Visit,
  language: string,
  permission: Permission,
): Promise<string> {
  const colleagues = await listColleagues(desk.store, rolesThatMay(permission))
  const readers = colleagues.filter((each) => reads(each.languages, language))
  if (readers.length === 0) return translate(visit.language, 'reading.nobodyReads')
  // Who named the language comes before those who never said what they read.
  const sure = readers.filter((each) => each.languages?.includes(language))
  const named = (sure.length > 0 ? sure : readers).slice(0, MOST_NAMED).map(({ name }) => name)
  const san = visit.language === 'ja' ? named.map((name) => `${name}さん`) : named
  return translate(visit.language, 'reading.whoReads', { names: listNames(visit.language, san) })
}

function sentences({ language }: Visit, ...all: string[]): string {
  return all.join(language === 'ja' ? '' : ' ')
}
