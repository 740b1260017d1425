import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import type { CaseState, RefundState, ReplacementState } from './schema.ts'

/** An author is one person on one network. */
export interface AuthorKey {
  network: string
  authorId: string
}

/** So many of an author's latest cases are counted and looked through: a machine that writes all day has more. */
export const MOST_COUNTED = 1000

/** Who an author is, and what they and we had to do with each other; null where nobody is known by this id. */
export async function authorSummary(db: Db, { network, authorId }: AuthorKey) {
  const author = await db
    .selectFrom('authors')
    .select(['username', 'name', 'followers', 'opted_out_at'])
    .where('network', '=', network)
    .where('external_id', '=', authorId)
    .executeTakeFirst()
  if (!author) return null
  const link = await db
    .selectFrom('author_links')
    .select(['customer_id', 'linked_at', 'case_id'])
    .where('network', '=', network)
    .where('author_id', '=', authorId)
    .where('unlinked_at', 'is', null)
    .executeTakeFirst()
  const customerId = link?.customer_id ?? null
  const mine = newestCases({ network, authorId })
  const [counts, money] = await Promise.all([
    sql<{ cases: number; open: number; replies: number; replacements: number; first: Date | null }>`
      with mine as materialized (${mine})
      select count(*) as cases, count(*) filter (where state = 'open') as open,
        (select count(*) from mine join replies r on r.case_id = mine.id and r.state = 'sent') as replies,
        (select count(*) from (
          select id from replacements where customer_id = ${customerId} and state = 'sent'
          union select r.id from mine join replacements r on r.case_id = mine.id and r.state = 'sent') as sent
        ) as replacements,
        (select min(created_at) from posts
         where network = ${network} and author_id = ${authorId} and repost_of_id is null) as first
      from mine`.execute(db),
    sql<{ currency: string; minor: number; count: number }>`
      with mine as materialized (${mine})
      select currency, sum(amount_minor)::bigint as minor, count(*) as count from (
        select id, currency, amount_minor from refunds where customer_id = ${customerId} and state = 'paid'
        union
        select r.id, currency, amount_minor from mine join refunds r on r.case_id = mine.id and r.state = 'paid'
      ) as paid group by currency order by currency`.execute(db),
  ])
  const counted = counts.rows[0] ?? { cases: 0, open: 0, replies: 0, replacements: 0, first: null }
  return { ...author, link: link ?? null, ...counted, refunded: money.rows }
}
export type AuthorSummary = NonNullable<Awaited<ReturnType<typeof authorSummary>>>

function newestCases({ network, authorId }: AuthorKey) {
  return sql`
    select id, state from cases where network = ${network} and author_id = ${authorId}
    order by last_post_at desc limit ${MOST_COUNTED}`
}

/** The place of an entry in a history: microseconds of its time, its kind, its id. */
export interface HistoryPlace {
  micros: number
  kind: HistoryKind
  id: number
}
/** In this order where two are of the same microsecond, the last first. */
export const HISTORY_KINDS = ['post', 'refund', 'replacement'] as const
export type HistoryKind = (typeof HISTORY_KINDS)[number]

interface HistoryPost {
  kind: 'post'
  text: string
  pictures: number
  deleted: boolean
  sentiment: string | null
  codes: string[] | null
  ignored: string | null
  caseId: number | null
  caseState: CaseState | null
  reply: string | null
  repliedAt: Date | null
}
interface HistoryRefund {
  kind: 'refund'
  title: string
  state: RefundState
  amountMinor: number
  currency: string
  method: 'payment' | 'coupon'
  decisionId: number
  caseId: number | null
}
interface HistoryReplacement {
  kind: 'replacement'
  title: string
  state: ReplacementState
  quantity: number
  decisionId: number
  caseId: number | null
}
export type HistoryEntry = { id: number; at: Date; micros: number } & (
  | HistoryPost
  | HistoryRefund
  | HistoryReplacement
)

/**
 * One page of what an author and we had to do with each other, the newest first: posts with our answers, and refunds and
 * replacements of their cases or (where it is known) of the customer they are.
 * @param before where the page before ended; null: from the newest on
 */
export async function authorHistory(
  db: Db,
  author: AuthorKey & { customerId: string | null },
  before: HistoryPlace | null,
  limit: number,
): Promise<{ entries: HistoryEntry[]; next: HistoryPlace | null }> {
  const [posts, refunds, replacements] = await Promise.all([
    readPosts(db, author, before, limit + 1),
    readOf<HistoryRefund>(db, 'refund', author, before, limit + 1),
    readOf<HistoryReplacement>(db, 'replacement', author, before, limit + 1),
  ])
  const all = [...posts, ...refunds, ...replacements].sort(newestFirst)
  const entries = all.slice(0, limit)
  const last = entries.at(-1)
  return {
    entries,
    next: all.length > limit && last ? { micros: last.micros, kind: last.kind, id: last.id } : null,
  }
}

async function readPosts(
  db: Db,
  { network, authorId }: AuthorKey,
  before: HistoryPlace | null,
  limit: number,
): Promise<HistoryEntry[]> {
  const { rows } = await sql<HistoryEntry & HistoryPost>`
    select 'post' as kind, p.id, p.created_at as at, ${microsOf(sql`p.created_at`)} as micros, p.text,
      jsonb_array_length(p.media) as pictures, p.deleted_at is not null as deleted, t.sentiment,
      coalesce(c.codes, t.codes) as codes, p.ignored_reason as ignored,
      c.id as "caseId", c.state as "caseState", r.text as reply, r.sent_at as "repliedAt"
    from posts p
    left join triages t on t.post_id = p.id
    left join cases c on c.id = p.case_id
    left join replies r on r.network = p.network and r.in_reply_to = p.external_id and r.state = 'sent'
    where p.network = ${network} and p.author_id = ${authorId} and p.repost_of_id is null
      and p.superseded_by is null ${isBefore('post', sql`p.created_at`, sql`p.id`, before)}
    order by p.created_at desc, p.id desc limit ${limit}`.execute(db)
  return rows
}

const TABLES = {
  refund: {
    name: sql`refunds`,
    columns: sql`x.amount_minor as "amountMinor", x.currency, x.method`,
  },
  replacement: { name: sql`replacements`, columns: sql`x.quantity` },
}

/** Each way to the rows has an index of its own; what both of them find is one. */
async function readOf<T extends HistoryRefund | HistoryReplacement>(
  db: Db,
  kind: T['kind'],
  { network, authorId, customerId }: AuthorKey & { customerId: string | null },
  before: HistoryPlace | null,
  limit: number,
): Promise<HistoryEntry[]> {
  const { name, columns } = TABLES[kind]
  const later = isBefore(kind, sql`y.created_at`, sql`y.id`, before)
  const { rows } = await sql<HistoryEntry & T>`
    with mine as materialized (${newestCases({ network, authorId })})
    select ${kind} as kind, x.id, x.created_at as at, ${microsOf(sql`x.created_at`)} as micros, x.title, x.state,
      x.decision_id as "decisionId", x.case_id as "caseId", ${columns}
    from ${name} x
    where x.id in (
      (select y.id from ${name} y where y.customer_id = ${customerId} ${later}
       order by y.created_at desc, y.id desc limit ${limit})
      union
      (select y.id from mine join ${name} y on y.case_id = mine.id ${later}
       order by y.created_at desc, y.id desc limit ${limit})
    )
    order by x.created_at desc, x.id desc limit ${limit}`.execute(db)
  return rows
}

/** A range of times first: that is what an index can find. */
function isBefore(
  kind: HistoryKind,
  at: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
  place: HistoryPlace | null,
) {
  if (!place) return sql``
  const then = sql`(timestamptz 'epoch' + ${place.micros}::float8 * interval '1 microsecond')`
  const order = HISTORY_KINDS.indexOf(kind) - HISTORY_KINDS.indexOf(place.kind)
  if (order < 0) return sql`and ${at} <= ${then}`
  if (order > 0) return sql`and ${at} < ${then}`
  return sql`and (${at}, ${id}) < (${then}, ${place.id}::bigint)`
}

function microsOf(at: RawBuilder<unknown>) {
  return sql`(extract(epoch from ${at}) * 1000000)::bigint`
}

function newestFirst(a: HistoryEntry, b: HistoryEntry): number {
  const kinds = HISTORY_KINDS.indexOf(b.kind) - HISTORY_KINDS.indexOf(a.kind)
  return b.micros - a.micros || kinds || b.id - a.id
}
