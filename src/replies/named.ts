import { z } from 'zod'
import { cleanQuote } from './clean.ts'

/** Something that triage found in a post; of the kinds that triage knows, replies speak of these. */
export interface NamedEntity {
  /** product, title, date, … */
  kind: string
  /** As the customer wrote it. */
  text?: string
  name?: { en: string; ja: string }
  /** ISO date; null or left out where it could be several. */
  date?: string | null
}

const withName = z
  .string()
  .refine((text) => text.includes('{name}'), 'has no {name}: write where the name stands')

/** `thing` in a template's front matter: what {{ thing }} says where the post names something of the catalogue. */
export const thingSchema = z.strictObject({
  product: withName.optional(),
  title: withName.optional(),
  /** What it says where the post names nothing, and where the name would not fit. */
  otherwise: z.string().min(1),
})

export type Thing = z.infer<typeof thingSchema>

const LONGEST_NAME = 30
/** Sizes and packs behind a catalogue's name: 500 g, 24缶, （1か月）. */
const PACK = /\s*(?:[,（(].*|\s\d\S*)$/

/**
 * The first product or title that the post names. A product is called what its customer calls it, a title by its name.
 * @returns null where none is named that this template speaks of
 */
export function nameThing(thing: Thing, entities: readonly NamedEntity[], locale: string): string | null {
  for (const { kind, text = '', name } of entities) {
    const phrase = kind === 'product' ? thing.product : kind === 'title' ? thing.title : undefined
    if (!phrase || !name) continue
    const ours = name[locale === 'ja' ? 'ja' : 'en'].replace(PACK, '')
    const theirs = cleanQuote(text, LONGEST_NAME)
    const shouted = /\p{Lu}{3}/u.test(theirs)
    const named = /[\p{L}\p{N}]/u.test(theirs)
    const called = kind === 'title' || shouted || !named ? ours : theirs
    if (Array.from(called).length > LONGEST_NAME) continue
    return phrase.replace('{name}', quoted(called, kind, locale))
  }
  return null
}

function quoted(name: string, kind: string, locale: string): string {
  if (locale === 'ja') return kind === 'title' ? `『${name}』` : name
  return kind === 'title' ? `“${name}”` : name.replace(/^(the|an?) /i, '')
}

/** The only day that a post names, as it stands in a sentence; null where it names none, or several. */
export function nameDay(entities: readonly NamedEntity[], locale: string): string | null {
  const dates = entities.filter(({ kind }) => kind === 'date')
  const date = dates.length === 1 ? dates[0]?.date : null
  if (!date) return null
  const options = { timeZone: 'UTC', day: 'numeric', month: 'long' } as const
  const format = (language: string, more: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { ...options, ...more }).format(new Date(`${date}T00:00:00Z`))
  return locale === 'ja' ? format('ja-JP', {}) : `on ${format('en-GB', { weekday: 'long' }).replace(',', '')}`
}
