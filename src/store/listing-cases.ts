import { type Selectable, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import type { Database } from './schema.ts'

export type ListingCaseRow = Selectable<Database['listing_cases']>

/** What a listing case is opened with. */
export interface NewListingCase {
  /** The complaint whose decision found the repeat; it knows product and code. */
  eventId: number
  /** Of the product, for people. */
  title: string
  /** Department that owns the wrap-up code, as the taxonomy names it. */
  owner: string
  ruleId: string | null
  /** How far back complaints are evidence. */
  withinDays: number
}

/**
 * Opens a listing case for the product and code of a complaint, or joins it to the one that is open, with every
 * complaint of the window that no closed one holds as evidence. It names the one that was closed as fixed before.
 * @returns null where the complaint names no product
 */
export async function openListingCase(
  trx: Db,
  given: NewListingCase,
): Promise<{ id: number; opened: boolean } | null> {
  const event = await trx
    .selectFrom('refund_events')
    .select(['sku', 'code'])
    .where('id', '=', given.eventId)
    .executeTakeFirst()
  if (!event || event.sku === null || event.code === null) return null
  const { sku, code } = event
  const former = await trx
    .selectFrom('listing_cases')
    .select('id')
    .where('sku', '=', sku)
    .where('code', '=', code)
    .where('state', '=', 'closed')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const made = await trx
    .insertInto('listing_cases')
    .values({
      sku,
      code,
      title: given.title,
      owner: given.owner,
      rule_id: given.ruleId,
      former_id: former?.id ?? null,
    })
    .onConflict((conflict) => conflict.columns(['sku', 'code']).where('state', '=', 'open').doNothing())
    .returning('id')
    .executeTakeFirst()
  const id = made?.id ?? (await openOne(trx, sku, code))
  if (id === null) return null
  await sql`
    insert into listing_case_events (listing_case_id, event_id)
    select ${id}, e.id from refund_events e
    where e.kind = 'complaint' and e.sku = ${sku} and e.code = ${code} and e.state <> 'dropped'
      and (e.id = ${given.eventId} or (
        e.created_at > now() - ${given.withinDays} * interval '1 day'
        and not exists (
          select 1 from listing_case_events x join listing_cases l on l.id = x.listing_case_id
          where x.event_id = e.id and l.state = 'closed')))
    on conflict do nothing`.execute(trx)
  if (made) {
    await audit(trx, 'worker:refund', 'listing-case.opened', `listing-case:${id}`, {
      sku,
      code,
      owner: given.owner,
      ...(given.ruleId ? { rule: given.ruleId } : {}),
      ...(former ? { former: former.id } : {}),
    })
  }
  return { id, opened: made !== undefined }
}

/** A further complaint is evidence in the listing case that is open for its product and code, if one is. */
export async function joinOpenListingCase(trx: Db, eventId: number): Promise<void> {
  await sql`
    insert into listing_case_events (listing_case_id, event_id)
    select l.id, e.id from refund_events e
      join listing_cases l on l.sku = e.sku and l.code = e.code and l.state = 'open'
    where e.id = ${eventId} and e.kind = 'complaint'
    on conflict do nothing`.execute(trx)
}

async function openOne(trx: Db, sku: string, code: string): Promise<number | null> {
  const row = await trx
    .selectFrom('listing_cases')
    .select('id')
    .where('sku', '=', sku)
    .where('code', '=', code)
    .where('state', '=', 'open')
    .executeTakeFirst()
  return row?.id ?? null
}

/** Listing cases, the open ones first, each with how many complaints it holds. */
export function listListingCases(db: Db, limit = 200) {
  return db
    .selectFrom('listing_cases')
    .selectAll('listing_cases')
    .select([
      standing(db)
        .select((of) => of.fn.countAll<number>().as('count'))
        .as('complaints'),
      standing(db)
        .select((of) => of.fn.max('refund_events.created_at').as('at'))
        .as('last_at'),
    ])
    .orderBy('state', 'desc')
    .orderBy(sql`coalesce(closed_at, opened_at)`, 'desc')
    .limit(limit)
    .execute()
}

function standing(db: Db) {
  return db
    .selectFrom('listing_case_events')
    .innerJoin('refund_events', 'refund_events.id', 'listing_case_events.event_id')
    .where(sql<boolean>`listing_case_events.listing_case_id = listing_cases.id`)
    .where('refund_events.state', '<>', 'dropped')
}

/** One listing case with its evidence, the newest first, and the one before it; null where there is none. */
export async function findListingCase(db: Db, id: number) {
  const found = await db
    .selectFrom('listing_cases')
    .leftJoin('users', 'users.id', 'listing_cases.closed_by')
    .leftJoin('listing_cases as former', 'former.id', 'listing_cases.former_id')
    .selectAll('listing_cases')
    .select(['users.name as closer', 'former.fix as former_fix', 'former.closed_at as former_closed_at'])
    .where('listing_cases.id', '=', id)
    .executeTakeFirst()
  if (!found) return null
  const evidence = await db
    .selectFrom('listing_case_events')
    .innerJoin('refund_events', 'refund_events.id', 'listing_case_events.event_id')
    .leftJoin('posts', 'posts.id', 'refund_events.post_id')
    .select([
      'refund_events.id',
      'refund_events.case_id',
      'refund_events.order_id',
      'refund_events.customer_id',
      'refund_events.state',
      'refund_events.created_at',
      'posts.network',
      'posts.external_id as post',
    ])
    .where('listing_case_events.listing_case_id', '=', id)
    .orderBy('refund_events.id', 'desc')
    .limit(500)
    .execute()
  const later = await db
    .selectFrom('listing_cases')
    .select('id')
    .where('former_id', '=', id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return { ...found, evidence, laterId: later?.id ?? null }
}

export async function countOpenListingCases(db: Db): Promise<number> {
  const row = await db
    .selectFrom('listing_cases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return row.count
}

/** Closes a listing case with what was fixed. @returns false where somebody closed it before */
export async function closeListingCase(
  store: Store,
  { id, userId, fix }: { id: number; userId: number; fix: string },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const closed = await trx
      .updateTable('listing_cases')
      .set({ state: 'closed', closed_at: sql<Date>`now()`, closed_by: userId, fix })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .returning('id')
      .executeTakeFirst()
    if (closed) await audit(trx, `user:${userId}`, 'listing-case.closed', `listing-case:${id}`)
    return closed !== undefined
  })
}
