import { isAbusive } from '../cases/index.ts'
import { listColleagues } from '../store/assignments.ts'
import { type InboxRow, inboxPage, newestDraftId } from '../store/inbox.ts'
import { countFresh, type InboxCounts, inboxCounts } from '../store/inbox-counts.ts'
import { inboxFacets } from '../store/inbox-facets.ts'
import { countHandedUnread, INBOX_VIEWS, narrow } from '../store/inbox-filter.ts'
import { reads } from '../store/readers.ts'
import { codeName, type Desk, sendFragment, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { bulkRoutes, readTold, writeSeen } from './inbox-bulk.ts'
import { type Asked, chipsOf, filterOf, hrefOf, readAsked, readPlace, writePlace } from './inbox-filter.ts'
import { inboxUndoRoutes } from './inbox-undo.ts'
import { readsInWords, suggestReads, whoReads } from './reading.ts'
import { may, rolesThatMay } from './roles.ts'
import { type Route, readNumber, signedIn, type Visit } from './visit.ts'

const PAGE = 30

/** The inbox: cases that wait for somebody, the most urgent first. */
export function inboxRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/',
      allow: 'read',
      async handle(visit) {
        const { query } = visit.request
        const asked = readAsked(query)
        const since = await newestDraftId(store)
        const narrowed = await narrow(store, filterOf(asked, visit))
        const { languages } = narrowed.filter
        const [page, counts, facets, people, handed] = await Promise.all([
          inboxPage(store, narrowed, readPlace(query.after), PAGE),
          inboxCounts(store, narrowed.filter, narrowed),
          inboxFacets(store),
          listColleagues(store, rolesThatMay('edit')),
          languages?.length ? countHandedUnread(store, signedIn(visit).id, languages) : 0,
        ])
        const told = readTold(query.told)
        const unread = counts?.unread ?? []
        const chips = chipsOf(desk, visit, asked, { facets, people })
        await sendPage(desk, visit, 'inbox', {
          rows: await Promise.all(page.rows.map((row) => showRow(desk, visit, row, told))),
          asked: { ...NOTHING, ...given(asked) },
          chips,
          isFirst: query.after === undefined,
          tabs: tabsOf(asked, counts),
          counts: { late: counts?.late ?? 0, snoozed: counts?.snoozed ?? 0, missing: counts === null },
          reading: {
            narrows: Boolean(languages?.length),
            handed,
            mine: languages?.length && !asked.language ? readsInWords(visit) : null,
            unread: unread.reduce((sum, { open }) => sum + open, 0),
            // Cases that nobody here can read must not wait unseen.
            nobodys: unread
              .filter(({ language }) => !people.some(({ languages }) => reads(languages, language)))
              .map(({ language, open }) => ({
                language,
                open,
                href: hrefOf({ view: asked.view, language }),
              })),
            allHref: hrefOf({ ...asked, languages: 'all' }),
            suggested: may(visit.user?.role ?? null, 'edit') ? suggestReads(visit, facets.languages) : null,
          },
          looked: page.looked,
          moreHref: page.next ? hrefOf(asked, { after: writePlace(page.next) }) : null,
          firstHref: hrefOf(asked),
          clearHref: hrefOf({ view: asked.view }),
          snoozedHref: hrefOf({ ...asked, snoozed: 'yes' }),
          newsHref: hrefOf(asked, { since: String(since) }, '/inbox/news'),
          facets: {
            ...facets,
            codes: facets.codes.map((code) => ({ code, name: codeName(desk, visit, code) })),
            products: facets.products.map(({ id, name }) => ({ id, name: name[visit.language] ?? id })),
          },
          people: people.map(({ id, name }) => ({ id: String(id), name })),
          told,
        })
      },
    },
    {
      method: 'get',
      path: '/inbox/news',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit.request.query)
        const narrowed = await narrow(store, filterOf(asked, visit))
        const [counts, fresh] = await Promise.all([
          inboxCounts(store, narrowed.filter, narrowed),
          countFresh(store, narrowed, readNumber(visit.request.query.since) ?? 0),
        ])
        await sendFragment(desk, visit, 'inbox-news', {
          fresh,
          firstHref: hrefOf(asked),
          tabs: tabsOf(asked, counts),
        })
      },
    },
    ...bulkRoutes(desk),
    ...inboxUndoRoutes(desk),
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

const NOTHING = {
  network: '',
  language: '',
  languages: '',
  code: '',
  sentiment: '',
  product: '',
  assignee: '',
  snoozed: '',
  q: '',
}

/** Without what is not there: the view reads every name. */
function given(asked: Asked) {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

function tabsOf(asked: Asked, counts: InboxCounts | null) {
  const numbers: Partial<Record<string, number>> = counts ? { ...counts } : {}
  const mayHide = counts !== null && counts.sending === 0
  return INBOX_VIEWS.filter((view) => view !== 'sending' || !mayHide || asked.view === 'sending').map(
    (view) => ({
      view,
      href: hrefOf({ ...asked, view }),
      count: numbers[view] ?? null,
      current: view === asked.view,
    }),
  )
}

async function showRow(desk: Desk, visit: Visit, row: InboxRow, told: ReturnType<typeof readTold>) {
  const open = row.state === 'open'
  const result = told?.rows.get(row.id) ?? null
  return {
    id: row.id,
    seen: writeSeen(row),
    result,
    whoReads: result === 'unread' ? await whoReads(desk, visit, row.language, 'edit') : '',
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
    hidden: isAbusive(row.codes),
    assignee: row.assignee ?? '',
    escalation:
      open && row.escalated_at
        ? // Where nobody in person asked, the reason is a code.
          { to: row.escalated_to ?? '', reason: codeName(desk, visit, row.escalation_reason ?? '') }
        : null,
    snoozedUntil: row.snoozed_until && row.snoozed_until > new Date() ? row.snoozed_until : null,
  }
}
