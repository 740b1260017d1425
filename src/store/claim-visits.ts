import type { Insertable, Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { ClaimStep, Database } from './schema.ts'

export type ClaimVisit = Selectable<Database['claim_visits']>
export type NewClaimVisit = Insertable<Database['claim_visits']>

/** Begins a way through the sign-ins; what has run out meanwhile is forgotten. */
export async function beginClaimVisit(db: Db, visit: NewClaimVisit): Promise<void> {
  await forgetClaimVisits(db)
  await db.insertInto('claim_visits').values(visit).execute()
}

/** The way that a browser is on, or null; looking changes nothing. */
export async function findClaimVisit(db: Db, tokenHash: string): Promise<ClaimVisit | null> {
  const row = await db
    .selectFrom('claim_visits')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', new Date())
    .executeTakeFirst()
  return row ?? null
}

/** Takes a visit that stands at `step` off the table: each step is gone through once, however often it is sent. */
export async function takeClaimVisit(db: Db, tokenHash: string, step: ClaimStep): Promise<ClaimVisit | null> {
  const row = await db
    .deleteFrom('claim_visits')
    .where('token_hash', '=', tokenHash)
    .where('step', '=', step)
    .where('expires_at', '>', new Date())
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Puts a visit that was taken back at its next step, under the browser's new cookie. */
export async function putClaimVisit(
  db: Db,
  visit: ClaimVisit,
  next: { tokenHash: string; step: ClaimStep; checks: Record<string, string> } & Partial<
    Pick<ClaimVisit, 'username' | 'customer_id' | 'customer_name' | 'customer_mail' | 'language'>
  >,
): Promise<void> {
  const { tokenHash, checks, ...changes } = next
  await db
    .insertInto('claim_visits')
    .values({ ...visit, ...changes, token_hash: tokenHash, checks: JSON.stringify(checks) })
    .execute()
}

export async function dropClaimVisit(db: Db, tokenHash: string): Promise<void> {
  await db.deleteFrom('claim_visits').where('token_hash', '=', tokenHash).execute()
}

/** Deletes visits that ran out, with the names in them. */
export async function forgetClaimVisits(db: Db): Promise<void> {
  await db.deleteFrom('claim_visits').where('expires_at', '<=', new Date()).execute()
}
