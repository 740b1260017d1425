import { type SelectQueryBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT, WAITING_DRAFT } from './draft-states.ts'
import type { Database, DraftState } from './schema.ts'

/** Lists of the inbox. 'open' is everything that waits for somebody: 'decide' and 'person' together. */
export const INBOX_VIEWS = ['open', 'decide', 'person', 'sending', 'answered', 'closed', 'all'] as const
export type InboxView = (typeof INBOX_VIEWS)[number]

export interface InboxFilter {
  view: InboxView
  language?: string
  code?: string
  network?: string
  search?: string
}

/** Where the next page starts: the sort keys of the last row shown. */
export interface InboxCursor {
  severity: number
  at: string
  id: number
}

const DRAFT_STATES: Partial<Record<InboxView, readonly DraftState[]>> = {
  open: WAITING_DRAFT,
  decide: ['pending'],
  person: ['none', 'returned'],
  sending: ['approved'],
}

/** Cases in which somebody must act come most urgent first, the others newest first. */
function byUrgency(view: InboxView): boolean {
  return DRAFT_STATES[view] !== undefined
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

type CaseQuery<O> = SelectQueryBuilder<Database & { d: Database['drafts'] }, 'cases' | 'd', O>

function matching<O>(query: CaseQuery<O>, filter: InboxFilter): CaseQuery<O> {
  let found = query
  if (filter.language) found = found.where('cases.language', '=', filter.language)
  if (filter.code) found = found.where('cases.code', '=', filter.code)
  if (filter.network) found = found.where('cases.network', '=', filter.network)
  if (filter.search) {
    const pattern = `%${escapeLike(filter.search)}%`
    found = found.where(
      sql<boolean>`(exists (select 1 from posts p where p.case_id = cases.id and p.text ilike ${pattern})
        or exists (select 1 from authors a where a.network = cases.network and a.external_id = cases.author_id
          and (a.username ilike ${pattern} or a.name ilike ${pattern})))`,
    )
  }
  return found
}

/** One page of the inbox. `next` is null on the last one. */
export async function inboxPage(db: Db, filter: InboxFilter, after: InboxCursor | null, limit: number) {
  const states = DRAFT_STATES[filter.view]
  const urgent = byUrgency(filter.view)
  const at = urgent ? ('cases.due_at' as const) : ('cases.last_post_at' as const)
  let query = matching(
    states
      ? (db
          .selectFrom('cases')
          .innerJoin('drafts as d', (join) =>
            join.onRef('d.case_id', '=', 'cases.id').on('d.state', 'in', states),
          )
          .where('cases.state', '=', 'open') as unknown as CaseQuery<unknown>)
      : (db.selectFrom('cases').leftJoinLateral(
          (eb) =>
            eb
              .selectFrom('drafts')
              .selectAll('drafts')
              .whereRef('drafts.case_id', '=', 'cases.id')
              .orderBy('drafts.id', 'desc')
              .limit(1)
              .as('d'),
          (join) => join.onTrue(),
        ) as unknown as CaseQuery<unknown>),
    filter,
  )
  if (filter.view === 'answered' || filter.view === 'closed')
    query = query.where('cases.state', '=', filter.view)
  if (after) {
    query = query.where(
      urgent
        ? sql<boolean>`(cases.severity < ${after.severity} or (cases.severity = ${after.severity}
            and (cases.due_at, cases.id) > (${after.at}::timestamptz, ${after.id}::bigint)))`
        : sql<boolean>`(cases.last_post_at, cases.id) < (${after.at}::timestamptz, ${after.id}::bigint)`,
    )
  }
  const ordered = urgent
    ? query.orderBy('cases.severity', 'desc').orderBy('cases.due_at').orderBy('cases.id')
    : query.orderBy('cases.last_post_at', 'desc').orderBy('cases.id', 'desc')
  const found = await ordered
    .select([
      'cases.id',
      'cases.network',
      'cases.author_id',
      'cases.state',
      'cases.language',
      'cases.code',
      'cases.severity',
      'cases.needs_person',
      'cases.due_at',
      'cases.last_post_at',
      'd.id as draft_id',
      'd.post_id',
      'd.state as draft_state',
      'd.delivery',
      'd.locale',
      'd.text as draft_text',
      'd.reason',
      'd.decision_note',
    ])
    .select(sql<string>`${sql.ref(at)}::text`.as('cursor_at'))
    .limit(limit + 1)
    .execute()
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const posts = await postsOf(db, page)
  return {
    rows: page.map((row) => ({ ...row, ...posts.get(row.id) })),
    next: found.length > limit && last ? { severity: last.severity, at: last.cursor_at, id: last.id } : null,
  }
}

export type InboxRow = Awaited<ReturnType<typeof inboxPage>>['rows'][number]

/** The post that each row shows (the one its draft answers, else the latest), its author, and how many there are. */
async function postsOf(db: Db, rows: readonly { id: number; post_id: number | null }[]) {
  const found = await db
    .selectFrom('posts')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'posts.network')
        .onRef('authors.external_id', '=', 'posts.author_id'),
    )
    .select(['posts.case_id', 'posts.id as post_id', 'posts.text', 'posts.created_at', 'posts.media'])
    .select(['authors.username', 'authors.name', 'authors.followers'])
    .where(sql<boolean>`posts.case_id = any(${rows.map((row) => row.id)}::bigint[])`)
    .orderBy('posts.id')
    .execute()
  const wanted = new Map(rows.map((row) => [row.id, row.post_id]))
  const shown = new Map<number, Omit<(typeof found)[number], 'case_id' | 'post_id'> & { posts: number }>()
  for (const { case_id: caseId, post_id: postId, ...post } of found) {
    if (caseId === null) continue
    const before = shown.get(caseId)
    const posts = (before?.posts ?? 0) + 1
    const keep = before && wanted.get(caseId) !== null && wanted.get(caseId) !== postId
    shown.set(caseId, keep ? { ...before, posts } : { ...post, posts })
  }
  return shown
}

/** How many open cases wait for whom under a filter, and how many of the view's drafts are newer than `since`. */
export async function inboxCounts(db: Db, filter: InboxFilter, since: number | null = null) {
  const states = DRAFT_STATES[filter.view] ?? CURRENT_DRAFT
  const query = matching(
    db
      .selectFrom('cases')
      .innerJoin('drafts as d', (join) =>
        join.onRef('d.case_id', '=', 'cases.id').on('d.state', 'in', CURRENT_DRAFT),
      )
      .where('cases.state', '=', 'open') as unknown as CaseQuery<unknown>,
    filter,
  )
  const counts = await query
    .select([
      sql<number>`count(*) filter (where d.state = 'pending')`.as('decide'),
      sql<number>`count(*) filter (where d.state in ('none', 'returned'))`.as('person'),
      sql<number>`count(*) filter (where d.state = 'approved')`.as('sending'),
      sql<number>`count(*) filter (where d.id > ${since ?? 0}::bigint and d.state = any(${states}))`.as(
        'fresh',
      ),
      sql<number>`count(*) filter (where cases.due_at < now() and d.state <> 'approved')`.as('late'),
    ])
    .executeTakeFirstOrThrow()
  return { ...counts, open: counts.decide + counts.person, fresh: since === null ? 0 : counts.fresh }
}

/** The newest draft so far: what a page has seen. */
export async function newestDraftId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('drafts')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

/** What there is to choose from in the inbox's filters. */
export async function inboxFacets(db: Db) {
  const { rows } = await sql<{
    networks: string[] | null
    languages: string[] | null
    codes: string[] | null
  }>`
    with recent as (select network, language, code from cases order by id desc limit 5000)
    select array(select distinct network from recent order by 1) as networks,
           array(select distinct language from recent order by 1) as languages,
           array(select distinct code from recent order by 1) as codes`.execute(db)
  return {
    networks: rows[0]?.networks ?? [],
    languages: rows[0]?.languages ?? [],
    codes: rows[0]?.codes ?? [],
  }
}
