import { sql } from 'kysely'
import type { Db } from './database.ts'
import {
  type CaseQuery,
  type InboxFilter,
  isUrgentView,
  matching,
  type Narrowed,
  openCases,
  VIEW_STATES,
} from './inbox-filter.ts'
import type { Media } from './schema.ts'
import { byUrgency, dueMinute, lessUrgent, type Place } from './urgency.ts'

/** So many cases are looked through for words that are everywhere, before the page says how far it got. */
const WALK = 4000

/**
 * One page of the inbox. `next` is where the next one starts, null on the last; a page may be short, or empty, and
 * have a next one: its words are too common to be looked up, and so far it looked.
 */
export async function inboxPage(db: Db, narrowed: Narrowed, after: Place | null, limit: number) {
  const { filter } = narrowed
  const urgent = isUrgentView(filter.view)
  const stretch = narrowed.walks ? await readStretch(db, filter, after) : null
  const wanted = stretch ? stretch.ids : narrowed.ids
  let query = matching(listed(db, filter), filter)
  if (wanted) query = query.where(sql<boolean>`cases.id = any(${wanted}::bigint[])`)
  if (stretch) query = narrowed.where(query)
  if (after) query = query.where(isAfter(filter, after))
  const found = await query
    .orderBy(orderOf(filter))
    .select([
      'cases.id',
      'cases.network',
      'cases.author_id',
      'cases.state',
      'cases.language',
      'cases.code',
      'cases.codes',
      'cases.severity',
      'cases.sentiment',
      'cases.needs_person',
      'cases.due_at',
      'cases.last_post_at',
      'cases.assignee_id',
      'cases.snoozed_until',
      'cases.reach',
      'cases.escalated_at',
      'cases.escalation_reason',
      'd.id as draft_id',
      'd.version',
      'd.post_id',
      'd.state as draft_state',
      'd.delivery',
      'd.locale',
      'd.text as draft_text',
      'd.reason',
      'd.decision_note',
    ])
    .select(atOf(urgent).as('at'))
    .select((eb) =>
      eb
        .selectFrom('users')
        .select('users.name')
        .whereRef('users.id', '=', 'cases.assignee_id')
        .as('assignee'),
    )
    .select((eb) =>
      eb
        .selectFrom('users')
        .select('users.name')
        .whereRef('users.id', '=', 'cases.escalated_to')
        .as('escalated_to'),
    )
    .limit(limit + 1)
    .execute()
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const posts = await postsOf(db, page)
  return {
    rows: page.map((row) => ({ ...row, ...posts.get(row.id) })),
    next: found.length > limit && last ? (last as Place) : (stretch?.next ?? null),
    /** How many cases were looked through, where that is not all of them. */
    looked: stretch?.next ? WALK : null,
  }
}

export type InboxRow = Awaited<ReturnType<typeof inboxPage>>['rows'][number]

function listed(db: Db, filter: InboxFilter): CaseQuery<unknown> {
  const states = VIEW_STATES[filter.view]
  if (states) return openCases(db, states)
  const all = db.selectFrom('cases').leftJoinLateral(
    (eb) =>
      eb
        .selectFrom('drafts')
        .selectAll('drafts')
        .whereRef('drafts.case_id', '=', 'cases.id')
        .orderBy('drafts.id', 'desc')
        .limit(1)
        .as('d'),
    (join) => join.onTrue(),
  ) as unknown as CaseQuery<unknown>
  return filter.view === 'all' ? all : all.where('cases.state', '=', filter.view as 'answered' | 'closed')
}

/** The next stretch of the list, as ids, to look through one after the other. */
async function readStretch(db: Db, filter: InboxFilter, after: Place | null) {
  let query = matching(listed(db, filter), filter)
  if (after) query = query.where(isAfter(filter, after))
  const rows = await query
    .orderBy(orderOf(filter))
    .select(['cases.id', 'cases.severity', 'cases.reach'])
    .select(atOf(isUrgentView(filter.view)).as('at'))
    .limit(WALK + 1)
    .execute()
  const next = rows.length > WALK ? (rows[WALK - 1] as Place) : null
  return { ids: rows.slice(0, WALK).map((row) => row.id), next }
}

function orderOf({ view }: InboxFilter) {
  return isUrgentView(view) ? byUrgency : sql`cases.last_post_at desc, cases.id desc`
}

function atOf(urgent: boolean) {
  return urgent ? sql<string>`${dueMinute}::text` : sql<string>`cases.last_post_at::text`
}

function isAfter({ view }: InboxFilter, place: Place) {
  return isUrgentView(view)
    ? lessUrgent(place)
    : sql<boolean>`(cases.last_post_at, cases.id) < (${place.at}::timestamptz, ${place.id}::bigint)`
}

/**
 * The post that each row shows (the one its draft answers, else the latest), its author, how many there are, and the
 * newest, which whoever decides has seen.
 */
async function postsOf(db: Db, rows: readonly { id: number; post_id: number | null }[]) {
  const { rows: found } = await sql<ShownPost & { case_id: number }>`
    select wanted.id as case_id, there.posts, there.newest,
      p.text, p.created_at, p.media, a.username, a.name, a.followers
    from unnest(
      ${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.post_id)}::bigint[]
    ) as wanted (id, answered)
    cross join lateral (
      select count(*) as posts, max(posts.id) as newest from posts where posts.case_id = wanted.id) as there
    join posts p on p.id = coalesce(
      (select posts.id from posts where posts.id = wanted.answered and posts.case_id = wanted.id), there.newest)
    join authors a on a.network = p.network and a.external_id = p.author_id`.execute(db)
  return new Map(found.map(({ case_id: caseId, ...post }) => [caseId, post]))
}

interface ShownPost {
  posts: number
  newest: number
  text: string
  created_at: Date
  media: Media[]
  username: string
  name: string | null
  followers: number | null
}

/** The newest draft so far: what a page has seen. */
export async function newestDraftId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('drafts')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}
