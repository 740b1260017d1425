import { sql } from 'kysely'
import type { Db, Trx } from './database.ts'
import { storable } from './posts.ts'

export interface OwnReplyRow {
  externalId: string
  inReplyTo: string
  text: string
  /** By the network's clock; left out where it does not say. */
  postedAt?: Date
}

export interface TimelineState {
  /** Everything from here on is known that stood there when the last reading began … */
  covered_from: Date
  read_at: Date
  /** … except what the network showed late since the last thorough reading. */
  deep_at: Date | null
  /** The newest post of ours that was seen, at all and by the last thorough reading; by the network's clock. */
  newest_at: Date | null
  deep_newest_at: Date | null
}

/** Replies older than this are of no use: nobody asks that far back. */
const KEEP = sql`interval '8 days'`

/** One reads a network's timeline at a time, for this transaction; the others wait and find it read. */
export async function lockTimeline(trx: Trx, network: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`own-timeline:${network}`}, 0))`.execute(trx)
}

/** The database's clock, which all processes share. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`
    select date_trunc('milliseconds', clock_timestamp()) as now`.execute(db)
  return rows[0]?.now as Date
}

export async function timelineState(db: Db, network: string): Promise<TimelineState | null> {
  const row = await db
    .selectFrom('own_timelines')
    .select(['covered_from', 'read_at', 'deep_at', 'newest_at', 'deep_newest_at'])
    .where('network', '=', network)
    .executeTakeFirst()
  return row ?? null
}

/** Keeps what was read and how far that went. */
export async function saveTimeline(
  trx: Trx,
  network: string,
  replies: readonly OwnReplyRow[],
  state: TimelineState,
): Promise<void> {
  const values = replies.map(({ externalId, inReplyTo, text }) => ({
    network,
    external_id: externalId,
    in_reply_to: inReplyTo,
    text: storable(text),
  }))
  for (let from = 0; from < values.length; from += 500) {
    await trx
      .insertInto('own_replies')
      .values(values.slice(from, from + 500))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await trx
    .insertInto('own_timelines')
    .values({ network, ...state })
    .onConflict((conflict) => conflict.column('network').doUpdateSet(state))
    .execute()
}

/** Our replies to a post, by whatever hand, the first one first. */
export async function ownRepliesTo(db: Db, network: string, inReplyTo: string): Promise<OwnReplyRow[]> {
  return db
    .selectFrom('own_replies')
    .select(['external_id as externalId', 'in_reply_to as inReplyTo', 'text'])
    .where('network', '=', network)
    .where('in_reply_to', '=', inReplyTo)
    .orderBy(sql`length(external_id)`)
    .orderBy('external_id')
    .execute()
}

/** @returns how many were forgotten */
export async function forgetOwnReplies(db: Db): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('own_replies')
    .where('seen_at', '<', sql<Date>`now() - ${KEEP}`)
    .executeTakeFirst()
  await sql`
    update own_timelines set covered_from = greatest(covered_from, now() - ${KEEP})`.execute(db)
  return Number(numDeletedRows)
}
