import { z } from 'zod'
import type { InboxFacets } from '../store/inbox-facets.ts'
import { INBOX_VIEWS, type InboxFilter } from '../store/inbox-filter.ts'
import type { Place } from '../store/urgency.ts'
import { codeName, type Desk } from './desk.ts'
import { translate, translateOr } from './i18n.ts'
import { languageName } from './language-names.ts'
import { type Visit, withoutNul } from './visit.ts'

const optional = z
  .string()
  .trim()
  .max(200)
  .transform((text) => withoutNul(text) || undefined)
  .optional()
  .catch(undefined)
const query = z.object({
  view: z.enum(INBOX_VIEWS).catch('open'),
  network: optional,
  language: optional,
  /** Cases in every language; else in those that the reader reads. */
  languages: z.literal('all').optional().catch(undefined),
  code: optional,
  sentiment: optional,
  product: optional,
  assignee: z
    .string()
    .regex(/^(me|nobody|[1-9]\d{0,14})$/)
    .optional()
    .catch(undefined),
  snoozed: z.literal('yes').optional().catch(undefined),
  q: optional,
})
const place = z
  .string()
  .regex(/^\d~\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?~\d{1,10}~\d{1,15}$/)

/** What the address filters by, in its own words; 'me' stays 'me', so that colleagues can share it. */
export type Asked = z.infer<typeof query>
const NAMES = [
  'network',
  'language',
  'languages',
  'code',
  'sentiment',
  'product',
  'assignee',
  'snoozed',
  'q',
] as const

/** Reads the filter from an address, or from the form of a bulk action that came from one. */
export function readAsked(given: unknown): Asked {
  return query.parse(given ?? {})
}

export function filterOf(asked: Asked, visit: Visit): InboxFilter {
  const { q, assignee, snoozed, languages, ...rest } = asked
  // What somebody was given is theirs in any language.
  const me = visit.user?.id
  const mine = me !== undefined && assigneeOf(assignee, me) === me
  const all = languages === 'all' || mine
  return {
    ...rest,
    languages: all ? null : visit.user?.languages,
    search: q,
    snoozed: snoozed === 'yes' ? true : undefined,
    ...(mine ? { handedTo: me } : { assignee: assigneeOf(assignee, me) }),
  }
}

function assigneeOf(asked: string | undefined, me: number | undefined): number | null | undefined {
  if (asked === undefined) return undefined
  if (asked === 'nobody') return null
  return asked === 'me' ? me : Number(asked)
}

/** The address of a list. */
export function hrefOf(asked: Asked, more: Record<string, string> = {}, path = '/'): string {
  const params = new URLSearchParams()
  if (asked.view !== 'open') params.set('view', asked.view)
  for (const name of NAMES) {
    const value = asked[name]
    if (value) params.set(name, value)
  }
  for (const [name, value] of Object.entries(more)) params.set(name, value)
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

export function readPlace(given: unknown): Place | null {
  const parsed = place.safeParse(given)
  if (!parsed.success) return null
  const [severity, at, reach, id] = parsed.data.split('~') as [string, string, string, string]
  const numbers = { severity: Number(severity), reach: Number(reach), id: Number(id) }
  return Number.isNaN(Date.parse(at)) || numbers.reach > 2 ** 31 - 1 ? null : { ...numbers, at }
}

export function writePlace({ severity, at, reach, id }: Place): string {
  return `${severity}~${at}~${reach}~${id}`
}

/** Each filter that is on, in words, with the address without it. */
export function chipsOf(
  desk: Desk,
  visit: Visit,
  asked: Asked,
  known: { facets: InboxFacets; people: readonly { id: number; name: string }[] },
) {
  const { language } = visit
  const words: Record<(typeof NAMES)[number], (value: string) => string> = {
    network: (value) => translateOr(language, 'network', value),
    language: (value) => languageName(language, value),
    languages: () => translate(language, 'inbox.allLanguages'),
    code: (value) => codeName(desk, visit, value),
    sentiment: (value) => translateOr(language, 'sentiment', value),
    product: (value) => known.facets.products.find((each) => each.id === value)?.name[language] ?? value,
    assignee: (value) =>
      value === 'me' || value === 'nobody'
        ? translate(language, `inbox.assignee_${value}`)
        : (known.people.find((each) => String(each.id) === value)?.name ?? value),
    snoozed: () => translate(language, 'inbox.snoozedOnly'),
    q: (value) => value,
  }
  return NAMES.flatMap((name) => {
    const value = asked[name]
    if (!value) return []
    return [{ name, text: words[name](value), href: hrefOf({ ...asked, [name]: undefined }) }]
  })
}
