import { type Selectable, sql } from 'kysely'
import { lockAuthors } from './cases.ts'
import type { Db } from './database.ts'
import { joinOpenListingCase } from './listing-cases.ts'
import type { Database } from './schema.ts'

export type RefundEventRow = Selectable<Database['refund_events']>

/** What is known of a complaint. Ids and figures only: the customer's words stay in the post. */
export interface ComplaintFacts {
  severity: number
  confidence: number
  language: string
  network: string
  /** Every wrap-up code of the case. */
  codes: string[]
  /** Order numbers, as the posts name them. */
  orders: string[]
  /** Products and titles of the catalogue that the posts name. */
  skus: string[]
  /** When the complaint was written, ISO. */
  writtenAt: string
}

export interface NewComplaint {
  caseId: number
  postId: number | null
  code: string
  /** null: nobody knows yet who the author is at the shop. */
  customerId: string | null
  facts: ComplaintFacts
  /** What tells a complaint of a reopened case from the one before; '' for the first. */
  suffix: string
}

const UNDECIDED = ['waiting', 'new'] as const

/** The latest event of a case about a code, whatever became of it; locked. */
export function lockComplaint(trx: Db, caseId: number, code: string) {
  return trx
    .selectFrom('refund_events')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('kind', '=', 'complaint')
    .where('code', '=', code)
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst()
}

/** Writes a complaint down that may deserve a refund. @returns its id, or null where it is there already */
export async function insertComplaint(trx: Db, complaint: NewComplaint): Promise<number | null> {
  const { caseId, code, facts, customerId } = complaint
  const sku = onlyOne(facts.skus)
  const row = await trx
    .insertInto('refund_events')
    .values({
      key: `complaint:${caseId}:${code}${complaint.suffix}`,
      kind: 'complaint',
      state: 'waiting',
      waits_for: customerId === null ? 'link' : 'order',
      case_id: caseId,
      post_id: complaint.postId,
      customer_id: customerId,
      code,
      sku,
      facts: JSON.stringify(facts),
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (row && sku !== null) await joinOpenListingCase(trx, row.id)
  return row?.id ?? null
}

/**
 * A complaint that waits is known better, or is one again after its code was changed back; what a person was asked
 * is tried anew where its author named something more.
 */
export async function updateComplaint(
  trx: Db,
  event: RefundEventRow,
  facts: ComplaintFacts,
  customerId: string | null,
): Promise<void> {
  const before = event.facts as Partial<ComplaintFacts>
  const more =
    facts.orders.length > (before.orders?.length ?? 0) || facts.skus.length > (before.skus?.length ?? 0)
  const sku = onlyOne(facts.skus)
  await trx
    .updateTable('refund_events')
    .set({
      state: 'waiting',
      waits_for: customerId === null ? 'link' : 'order',
      customer_id: customerId,
      sku,
      facts: JSON.stringify(facts),
      ...(more || event.state === 'dropped' ? { person_since: null, due_since: sql<Date>`now()` } : {}),
    })
    .where('id', '=', event.id)
    .execute()
  if (sku !== null) await joinOpenListingCase(trx, event.id)
}

function onlyOne(list: readonly string[]): string | null {
  return list.length === 1 ? (list[0] as string) : null
}

/** The case is not about these codes any more: what is not decided of them comes to nothing. */
export async function dropOtherComplaints(trx: Db, caseId: number, keep: string | null): Promise<void> {
  let update = trx
    .updateTable('refund_events')
    .set({ state: 'dropped', waits_for: null, person_since: null })
    .where('case_id', '=', caseId)
    .where('kind', '=', 'complaint')
    .where('state', 'in', UNDECIDED)
  if (keep !== null) update = update.where('code', '<>', keep)
  await update.execute()
}

/** A person says that nothing is to be paid for this complaint. @returns false where it is decided already */
export async function dropComplaint(trx: Db, caseId: number, eventId: number, userId: number) {
  const row = await trx
    .updateTable('refund_events')
    .set({ state: 'dropped', waits_for: null, person_since: null, dropped_by: userId })
    .where('id', '=', eventId)
    .where('case_id', '=', caseId)
    .where('kind', '=', 'complaint')
    .where('state', 'in', UNDECIDED)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function findRefundEvent(db: Db, id: number): Promise<RefundEventRow | null> {
  const row = await db.selectFrom('refund_events').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** Those of the cases where a complaint waits for its author to sign in: the reply should invite them. */
export async function claimsWanted(db: Db, caseIds: readonly number[]): Promise<Set<number>> {
  const rows = await db
    .selectFrom('refund_events')
    .select('case_id')
    .distinct()
    .where('case_id', 'in', caseIds)
    .where('state', '=', 'waiting')
    .where('waits_for', '=', 'link')
    .execute()
  return new Set(rows.map((row) => row.case_id as number))
}

/**
 * An author is a customer now: what waited for that goes on, and what waits for an order of another customer waits
 * for one of this. Belongs in the transaction that writes the link; who triages a post of the author waits for it.
 * @returns events whose order can be looked for: the caller queues them for 'refund' after its commit
 */
export async function onLinked(
  trx: Db,
  link: { network: string; authorId: string; customerId: string },
): Promise<number[]> {
  await lockAuthors(trx, [{ network: link.network, author_id: link.authorId }])
  const rows = await undecidedOf(trx, link)
    .set({
      state: 'waiting',
      waits_for: 'order',
      customer_id: link.customerId,
      order_id: null,
      order_line_id: null,
      person_since: null,
      due_since: sql<Date>`now()`,
    })
    .where(sql<boolean>`customer_id is distinct from ${link.customerId}`)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** An author is no customer any more, as far as we know: what is not decided waits again. In the same transaction. */
export async function onUnlinked(trx: Db, author: { network: string; authorId: string }): Promise<void> {
  await lockAuthors(trx, [{ network: author.network, author_id: author.authorId }])
  await undecidedOf(trx, author)
    .set({
      state: 'waiting',
      waits_for: 'link',
      customer_id: null,
      order_id: null,
      order_line_id: null,
      person_since: null,
    })
    .execute()
}

/**
 * Puts right what waits for a customer that is not its author's any more, or not yet: a process may end between a
 * link and what follows from it.
 * @returns events whose order can be looked for
 */
export async function followLinks(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number; waits_for: string }>`
    update refund_events e set
      customer_id = now.customer_id,
      waits_for = case when now.customer_id is null then 'link' else 'order' end,
      person_since = null,
      due_since = now()
    from (
      select c.id as case_id, l.customer_id from cases c
      left join author_links l
        on l.network = c.network and l.author_id = c.author_id and l.unlinked_at is null
    ) as now
    where e.kind = 'complaint' and e.state = 'waiting' and now.case_id = e.case_id
      and e.customer_id is distinct from now.customer_id
    returning e.id, e.waits_for`.execute(db)
  return rows.filter((row) => row.waits_for === 'order').map(({ id }) => id)
}

function undecidedOf(trx: Db, { network, authorId }: { network: string; authorId: string }) {
  return trx
    .updateTable('refund_events')
    .where('kind', '=', 'complaint')
    .where('state', 'in', UNDECIDED)
    .where('case_id', 'in', (eb) =>
      eb
        .selectFrom('cases')
        .select('cases.id')
        .where('cases.network', '=', network)
        .where('cases.author_id', '=', authorId),
    )
}

/** Where a complaint belongs among the customer's orders. */
export interface FoundLine {
  orderId: string
  orderLineId: string
  sku: string
}

/**
 * The order line of a complaint is known: it can be decided.
 * @returns false where it does not wait for an order of this customer (any more)
 */
export async function settleLine(
  trx: Db,
  event: { id: number; customerId: string },
  line: FoundLine,
): Promise<boolean> {
  const row = await trx
    .updateTable('refund_events')
    .set({
      state: 'new',
      waits_for: null,
      person_since: null,
      order_id: line.orderId,
      order_line_id: line.orderLineId,
      sku: line.sku,
      due_since: sql<Date>`now()`,
    })
    .where('id', '=', event.id)
    .where('kind', '=', 'complaint')
    .where('state', '=', 'waiting')
    .where('waits_for', '=', 'order')
    .where('customer_id', '=', event.customerId)
    .returning('id')
    .executeTakeFirst()
  if (row) await joinOpenListingCase(trx, event.id)
  return row !== undefined
}

/** Nobody but a person can say which order a complaint is about. */
export async function askForLine(db: Db, eventId: number): Promise<void> {
  await db
    .updateTable('refund_events')
    .set({ person_since: sql<Date>`coalesce(person_since, now())` })
    .where('id', '=', eventId)
    .where('state', '=', 'waiting')
    .where('waits_for', '=', 'order')
    .execute()
}

/** Complaints of which a person must say which order they are about. */
export async function countAskedForLine(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refund_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'waiting')
    .where('person_since', 'is not', null)
    .executeTakeFirstOrThrow()
  return row.count
}

/** Those complaints, the oldest first. */
export function listAskedForLine(db: Db, limit = 100) {
  return db
    .selectFrom('refund_events')
    .select(['id', 'case_id', 'customer_id', 'code', 'created_at'])
    .where('state', '=', 'waiting')
    .where('person_since', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export interface OverdueLine {
  orderLineId: string
  orderId: string
  customerId: string
  sku: string | null
  promisedAt: Date
  daysLate: number
}

/**
 * Writes down that lines are overdue, each once. One about which no rule spoke is decided again when it is later by
 * a day or more.
 * @returns ids of events to be decided
 */
export async function raiseOverdue(trx: Db, lines: readonly OverdueLine[]): Promise<number[]> {
  if (lines.length === 0) return []
  const rows = await trx
    .insertInto('refund_events')
    .values(
      lines.map((line) => ({
        key: `delivery:${line.orderLineId}`,
        kind: 'delivery' as const,
        customer_id: line.customerId,
        order_id: line.orderId,
        order_line_id: line.orderLineId,
        sku: line.sku,
        facts: JSON.stringify({
          promisedAt: line.promisedAt.toISOString(),
          daysLate: line.daysLate,
          delivered: false,
        }),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet((eb) => ({
          state: 'new',
          facts: eb.ref('excluded.facts'),
          due_since: sql<Date>`now()`,
          decided_at: null,
        }))
        .where('refund_events.state', '=', 'decided')
        .where(sql<boolean>`(refund_events.facts->>'daysLate')::int < (excluded.facts->>'daysLate')::int`)
        .where(sql<boolean>`exists (
          select 1 from refund_decisions d where d.event_id = refund_events.id and d.outcome = 'no-rule')`),
    )
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Takes the turn to read a list of the shop, once in `everyMs` for all processes. */
export async function takeTurn(db: Db, name: string, now: Date, everyMs: number): Promise<boolean> {
  const row = await db
    .insertInto('shop_cursors')
    .values({ name, at: now })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ at: now })
        .where('shop_cursors.at', '<=', new Date(now.getTime() - everyMs)),
    )
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Ages in days of earlier complaints with the same code about the same product; each case and order line once. */
export interface EarlierComplaints {
  customer: number[]
  product: number[]
}

/** Counted back from the complaint itself, so that a decision can be repeated. Those dropped do not count. */
export async function earlierComplaints(db: Db, event: RefundEventRow): Promise<EarlierComplaints> {
  const { sku, code, customer_id: customerId } = event
  if (sku === null || code === null) return { customer: [], product: [] }
  const rows = await db
    .selectFrom('refund_events')
    .distinctOn(['case_id', 'order_line_id'])
    .select(['customer_id', 'created_at'])
    .where('kind', '=', 'complaint')
    .where('state', '<>', 'dropped')
    .where('sku', '=', sku)
    .where('code', '=', code)
    .where('id', '<', event.id)
    .where(
      sql<boolean>`(case_id, order_line_id) is distinct from (${event.case_id}::bigint, ${event.order_line_id}::text)`,
    )
    .where('created_at', '>', sql<Date>`${event.created_at}::timestamptz - interval '366 days'`)
    .orderBy('case_id')
    .orderBy('order_line_id')
    .orderBy('id')
    .execute()
  const age = (row: { created_at: Date }) => daysBetween(row.created_at, event.created_at)
  const ascending = (ages: number[]) => ages.sort((a, b) => a - b)
  return {
    customer: ascending(rows.filter((row) => customerId !== null && row.customer_id === customerId).map(age)),
    product: ascending(rows.map(age)),
  }
}

function daysBetween(earlier: Date, later: Date): number {
  return Math.max(0, Math.floor((later.getTime() - earlier.getTime()) / 864_000) / 100)
}

/** What became of the complaints, deliveries and gifts of a case, the first first. */
export function eventsOfCase(db: Db, caseId: number) {
  return db
    .selectFrom('refund_events')
    .leftJoin('refund_decisions', 'refund_decisions.event_id', 'refund_events.id')
    .leftJoin('refunds', 'refunds.decision_id', 'refund_decisions.id')
    .leftJoin('replacements', 'replacements.decision_id', 'refund_decisions.id')
    .leftJoin('users', 'users.id', 'refunds.granted_by')
    .select([
      'refund_events.id',
      'refund_events.kind',
      'refund_events.state',
      'refund_events.waits_for',
      'refund_events.person_since',
      'refund_events.dropped_by',
      'refund_events.code',
      'refund_events.order_id',
      'refund_events.created_at',
      'refund_decisions.sentence',
      'refund_decisions.id as decision_id',
      'refunds.amount_minor',
      'refunds.currency',
      'refunds.state as refund_state',
      'refunds.method',
      'refunds.note',
      'users.name as granted_by',
      'replacements.state as replacement_state',
      'replacements.quantity',
      'replacements.title as replaced',
    ])
    .where('refund_events.case_id', '=', caseId)
    .orderBy('refund_events.id')
    .limit(50)
    .execute()
}

/** Order numbers and products that the posts of a case name. */
export async function namedInCase(db: Db, caseId: number): Promise<{ kind: string; value: string }[]> {
  const { rows } = await sql<{ kind: string; value: string }>`
    select distinct entity->>'kind' as kind,
      case entity->>'kind' when 'order' then entity->>'text' else entity->>'id' end as value
    from posts join triages on triages.post_id = posts.id,
      jsonb_array_elements(triages.entities) as entity
    where posts.case_id = ${caseId} and posts.deleted_at is null
      and entity->>'kind' in ('order', 'product', 'title')`.execute(db)
  return rows.filter(({ value }) => value !== null)
}

/** Whose case it is, with what a complaint needs to know of it. */
export function caseOfComplaint(db: Db, caseId: number) {
  return db
    .selectFrom('cases')
    .select([
      'id',
      'network',
      'author_id',
      'code',
      'codes',
      'severity',
      'confidence',
      'language',
      'last_post_at',
    ])
    .where('id', '=', caseId)
    .executeTakeFirst()
}
