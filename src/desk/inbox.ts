import { z } from 'zod'
import {
  INBOX_VIEWS,
  type InboxCursor,
  type InboxFilter,
  type InboxRow,
  inboxCounts,
  inboxFacets,
  inboxPage,
  newestDraftId,
} from '../store/inbox.ts'
import { codeName, type Desk, sendFragment, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { type Route, readNumber, type Visit, withoutNul } from './visit.ts'

const PAGE = 30
const optional = z
  .string()
  .trim()
  .max(200)
  .transform((text) => withoutNul(text) || undefined)
  .optional()
  .catch(undefined)
const query = z.object({
  view: z.enum(INBOX_VIEWS).catch('open'),
  language: optional,
  code: optional,
  network: optional,
  q: optional,
})
const cursor = z.string().regex(/^\d~\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?~\d{1,15}$/)

/** The inbox: cases that wait for somebody, the most urgent first. */
export function inboxRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/',
      allow: 'read',
      async handle(visit) {
        const filter = readFilter(visit)
        const since = await newestDraftId(desk.store)
        const [page, counts, facets] = await Promise.all([
          inboxPage(desk.store, filter, readCursor(visit.request.query.after), PAGE),
          inboxCounts(desk.store, filter),
          inboxFacets(desk.store),
        ])
        await sendPage(desk, visit, 'inbox', {
          rows: page.rows.map((row) => showRow(desk, visit, row)),
          filter: filterFields(filter),
          filtered: Boolean(filter.language || filter.code || filter.network || filter.search),
          isFirst: visit.request.query.after === undefined,
          tabs: tabs(filter, counts),
          moreHref: page.next ? href(filter, { after: writeCursor(page.next) }) : null,
          firstHref: href(filter),
          clearHref: href({ view: filter.view }),
          newsHref: href(filter, { since: String(since) }, '/inbox/news'),
          facets: {
            networks: facets.networks,
            languages: facets.languages,
            codes: facets.codes.map((code) => ({ code, name: codeName(desk, visit, code) })),
          },
          late: counts.late,
        })
      },
    },
    {
      method: 'get',
      path: '/inbox/news',
      allow: 'read',
      async handle(visit) {
        const filter = readFilter(visit)
        const since = readNumber(visit.request.query.since) ?? 0
        const counts = await inboxCounts(desk.store, filter, since)
        await sendFragment(desk, visit, 'inbox-news', {
          fresh: counts.fresh,
          firstHref: href(filter),
          tabs: tabs(filter, counts),
        })
      },
    },
    {
      method: 'get',
      path: '/events',
      allow: 'read',
      handle(visit) {
        desk.live.attach(visit.response)
      },
    },
  ]
}

function readFilter(visit: Visit): InboxFilter {
  const { q, ...rest } = query.parse(visit.request.query)
  return { ...rest, search: q }
}

function readCursor(given: unknown): InboxCursor | null {
  const parsed = cursor.safeParse(given)
  if (!parsed.success) return null
  const [severity, at, id] = parsed.data.split('~') as [string, string, string]
  return Number.isNaN(Date.parse(at)) ? null : { severity: Number(severity), at, id: Number(id) }
}

function writeCursor(place: InboxCursor): string {
  return `${place.severity}~${place.at}~${place.id}`
}

function href(filter: InboxFilter, more: Record<string, string> = {}, path = '/'): string {
  const params = new URLSearchParams()
  if (filter.view !== 'open') params.set('view', filter.view)
  for (const name of ['language', 'code', 'network'] as const) {
    if (filter[name]) params.set(name, filter[name])
  }
  if (filter.search) params.set('q', filter.search)
  for (const [name, value] of Object.entries(more)) params.set(name, value)
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

function filterFields(filter: InboxFilter) {
  return {
    view: filter.view,
    language: filter.language ?? '',
    code: filter.code ?? '',
    network: filter.network ?? '',
    q: filter.search ?? '',
  }
}

type Counts = Awaited<ReturnType<typeof inboxCounts>>

function tabs(filter: InboxFilter, counts: Counts) {
  const numbers: Partial<Record<string, number>> = {
    open: counts.open,
    decide: counts.decide,
    person: counts.person,
    sending: counts.sending,
  }
  return INBOX_VIEWS.filter(
    (view) => view !== 'sending' || counts.sending > 0 || filter.view === 'sending',
  ).map((view) => ({
    view,
    href: href({ ...filter, view }),
    count: numbers[view] ?? null,
    current: view === filter.view,
  }))
}

function showRow(desk: Desk, visit: Visit, row: InboxRow) {
  const open = row.state === 'open'
  return {
    id: row.id,
    name: row.name || row.username || '',
    handle: row.username ?? '',
    network: row.network,
    language: row.language,
    text: row.text ?? '',
    pictures: row.media?.length ?? 0,
    posts: row.posts ?? 0,
    at: row.created_at ?? row.last_post_at,
    code: codeName(desk, visit, row.code),
    severity: row.severity,
    clock:
      open && row.draft_state !== 'approved' ? clockOf(visit.language, row.last_post_at, row.due_at) : null,
    state: open ? (row.draft_state ?? 'waiting') : row.state,
    byHand: row.delivery === 'manual',
    draft: row.draft_text ?? '',
    draftLanguage: row.locale ?? row.language,
    reason: row.decision_note ?? row.reason ?? '',
    hidden: row.code === 'conduct.abuse',
  }
}
