import { type SelectQueryBuilder, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
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

const CURRENT: readonly DraftState[] = ['pending', 'approved', 'none', 'returned']
const DRAFT_STATES: Partial<Record<InboxView, readonly DraftState[]>> = {
  open: ['pending', 'none', 'returned'],
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
  const states = DRAFT_STATES[filter.view] ?? CURRENT
  const query = matching(
    db
      .selectFrom('cases')
      .innerJoin('drafts as d', (join) =>
        join.onRef('d.case_id', '=', 'cases.id').on('d.state', 'in', CURRENT),
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

/** The cases before and after one in the inbox's own order of urgency, for walking through it. */
export async function neighbours(db: Db, place: { severity: number; dueAt: Date; id: number }) {
  const open = () =>
    db
      .selectFrom('cases')
      .innerJoin('drafts as d', 'd.case_id', 'cases.id')
      .where('d.state', 'in', DRAFT_STATES.open ?? [])
      .where('cases.state', '=', 'open')
      .where('cases.id', '<>', place.id)
      .select('cases.id')
  const { severity, id } = place
  const due = place.dueAt.toISOString()
  // Milliseconds are all that a Date keeps: compared at that grain, with ids to tell equals apart.
  const key = sql`(date_trunc('milliseconds', cases.due_at), cases.id)`
  const [next, previous] = await Promise.all([
    open()
      .where(
        sql<boolean>`(cases.severity < ${severity} or (cases.severity = ${severity}
          and ${key} > (${due}::timestamptz, ${id}::bigint)))`,
      )
      .orderBy('cases.severity', 'desc')
      .orderBy('cases.due_at')
      .orderBy('cases.id')
      .limit(1)
      .executeTakeFirst(),
    open()
      .where(
        sql<boolean>`(cases.severity > ${severity} or (cases.severity = ${severity}
          and ${key} < (${due}::timestamptz, ${id}::bigint)))`,
      )
      .orderBy('cases.severity')
      .orderBy('cases.due_at', 'desc')
      .orderBy('cases.id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  ])
  return { next: next?.id ?? null, previous: previous?.id ?? null }
}

/** Everything that the page of one case shows; null where there is no such case. */
export async function casePage(db: Db, caseId: number) {
  const found = await db
    .selectFrom('cases')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'cases.network')
        .onRef('authors.external_id', '=', 'cases.author_id'),
    )
    .selectAll('cases')
    .select(['authors.username', 'authors.name', 'authors.followers', 'authors.opted_out_at'])
    .where('cases.id', '=', caseId)
    .executeTakeFirst()
  if (!found) return null
  const [posts, drafts, replies, earlier] = await Promise.all([
    db
      .selectFrom('posts')
      .leftJoin('triages', 'triages.post_id', 'posts.id')
      .selectAll('posts')
      .select(['triages.reasons', 'triages.score'])
      .where('posts.case_id', '=', caseId)
      .orderBy('posts.id')
      .limit(50)
      .execute(),
    db
      .selectFrom('drafts')
      .selectAll()
      .where('case_id', '=', caseId)
      .orderBy('id', 'desc')
      .limit(20)
      .execute(),
    db.selectFrom('replies').selectAll().where('case_id', '=', caseId).orderBy('id').execute(),
    db
      .selectFrom('cases')
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom('posts')
            .select(['text', 'created_at'])
            .whereRef('posts.case_id', '=', 'cases.id')
            .orderBy('posts.id')
            .limit(1)
            .as('post'),
        (join) => join.onTrue(),
      )
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom('replies')
            .select(['text', 'sent_at'])
            .whereRef('replies.case_id', '=', 'cases.id')
            .where('replies.state', '=', 'sent')
            .orderBy('replies.id', 'desc')
            .limit(1)
            .as('reply'),
        (join) => join.onTrue(),
      )
      .select(['cases.id', 'cases.code', 'cases.state', 'post.text', 'post.created_at'])
      .select(['reply.text as reply_text', 'reply.sent_at'])
      .where('cases.network', '=', found.network)
      .where('cases.author_id', '=', found.author_id)
      .where('cases.id', '<>', caseId)
      .orderBy('cases.last_post_at', 'desc')
      .limit(5)
      .execute(),
  ])
  const subjects = [`case:${caseId}`, ...drafts.map((draft) => `draft:${draft.id}`)]
  subjects.push(...replies.map((reply) => `reply:${reply.id}`))
  const history = await db
    .selectFrom('audit_log')
    .leftJoin('users', (join) => join.on(sql<boolean>`audit_log.actor = 'user:' || users.id`))
    .select(['audit_log.id', 'audit_log.at', 'audit_log.actor', 'audit_log.action', 'users.name as person'])
    .where('subject', 'in', subjects)
    .orderBy('audit_log.id')
    .limit(100)
    .execute()
  return { case: found, posts, drafts, replies, earlier, history }
}

/** Where a draft belongs, and what its answer would be sent to; null where there is no such draft. */
export async function draftPlace(db: Db, draftId: number) {
  const found = await db
    .selectFrom('drafts')
    .innerJoin('posts', 'posts.id', 'drafts.post_id')
    .select(['drafts.case_id', 'drafts.delivery', 'posts.external_id', 'posts.network', 'posts.summoned'])
    .where('drafts.id', '=', draftId)
    .executeTakeFirst()
  return found ?? null
}

/** Where a case stands in the order of urgency; null where there is no such case. */
export async function casePlace(db: Db, caseId: number) {
  const found = await db
    .selectFrom('cases')
    .select(['id', 'severity', 'due_at as dueAt'])
    .where('id', '=', caseId)
    .executeTakeFirst()
  return found ?? null
}

export type CasePage = NonNullable<Awaited<ReturnType<typeof casePage>>>

/** Refunds that nobody has to decide on any more, the newest first. */
export async function listRefunds(db: Db, before: number | null, limit: number) {
  let query = db
    .selectFrom('refunds')
    .innerJoin('refund_decisions', 'refund_decisions.id', 'refunds.decision_id')
    .leftJoin('users', 'users.id', 'refunds.approved_by')
    .select([
      'refunds.id',
      'refunds.order_id',
      'refunds.customer_id',
      'refunds.title',
      'refunds.amount_minor',
      'refunds.charged_minor',
      'refunds.currency',
      'refunds.state',
      'refunds.created_at',
      'refunds.paid_at',
      'refunds.error',
      'refund_decisions.sentence',
      'refund_decisions.rule_id',
      'refund_decisions.limit_hit',
      'users.name as person',
    ])
  query = query.where('refunds.state', '<>', 'asked')
  if (before !== null) query = query.where('refunds.id', '<', before)
  const found = await query
    .orderBy('refunds.id', 'desc')
    .limit(limit + 1)
    .execute()
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null }
}

/** Refunds that a rule left to a person, the oldest first. */
export async function askedRefunds(db: Db) {
  return db
    .selectFrom('refunds')
    .innerJoin('refund_decisions', 'refund_decisions.id', 'refunds.decision_id')
    .select([
      'refunds.id',
      'refunds.order_id',
      'refunds.customer_id',
      'refunds.title',
      'refunds.amount_minor',
      'refunds.charged_minor',
      'refunds.currency',
      'refunds.state',
      'refunds.created_at',
      'refund_decisions.sentence',
      'refund_decisions.rule_id',
      'refund_decisions.limit_hit',
    ])
    .where('refunds.state', '=', 'asked')
    .orderBy('refunds.id')
    .limit(100)
    .execute()
}

export async function countAskedRefunds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'asked')
    .executeTakeFirst()
  return row?.count ?? 0
}

/** The latest streaming sessions with what was made of them. */
export async function recentSessions(db: Db, limit: number) {
  return db
    .selectFrom('streaming_sessions')
    .leftJoin('refund_decisions', 'refund_decisions.sid', 'streaming_sessions.sid')
    .select([
      'streaming_sessions.sid',
      'streaming_sessions.title',
      'streaming_sessions.customer_id',
      'streaming_sessions.registered_at',
      'streaming_sessions.last_report_at',
      'streaming_sessions.reports',
      'streaming_sessions.state',
      'streaming_sessions.quality',
      'refund_decisions.outcome',
      'refund_decisions.sentence',
    ])
    .orderBy('streaming_sessions.registered_at', 'desc')
    .limit(limit)
    .execute()
}

/** What the people who keep this running look at. */
export async function operations(db: Db) {
  const [sources, deadLetters, quarantine, spend, heartbeats] = await Promise.all([
    db.selectFrom('sources').selectAll().orderBy('id').limit(100).execute(),
    db
      .selectFrom('dead_letters')
      .selectAll()
      .where('state', 'in', ['dead', 'retrying'])
      .orderBy('last_failed_at', 'desc')
      .limit(100)
      .execute(),
    db
      .selectFrom('quarantine')
      .select(['id', 'source', 'reason', 'at', 'retried_at'])
      .orderBy('id', 'desc')
      .limit(50)
      .execute(),
    sql<{ network: string; kind: string; today: number; month: number; calls: number }>`
      select network, kind, coalesce(sum(micro_usd) filter (where day = (now() at time zone 'utc')::date), 0)::bigint as today,
        sum(micro_usd)::bigint as month, count(*) as calls
      from api_charges where day >= date_trunc('month', now() at time zone 'utc')::date
      group by network, kind order by network, kind`.execute(db),
    db.selectFrom('heartbeats').selectAll().orderBy('process').orderBy('worker').limit(200).execute(),
  ])
  return { sources, deadLetters, quarantine, spend: spend.rows, heartbeats }
}

/** Takes a dead letter out of the list. @returns the job to queue again (for a retry), or null where it was gone */
export async function settleDeadLetter(
  store: Store,
  letter: { id: number; userId: number; state: 'retrying' | 'dropped' },
): Promise<{ queue: string; ref: string } | null> {
  return store.transaction().execute(async (trx) => {
    const settled = await trx
      .updateTable('dead_letters')
      .set({ state: letter.state })
      .where('id', '=', letter.id)
      .where('state', '=', 'dead')
      .returning(['queue', 'ref'])
      .executeTakeFirst()
    if (!settled) return null
    const action = letter.state === 'retrying' ? 'dead-letter.retried' : 'dead-letter.dropped'
    await audit(trx, `user:${letter.userId}`, action, `dead-letter:${letter.id}`, settled)
    return settled
  })
}
