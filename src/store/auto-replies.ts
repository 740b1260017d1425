import { sql } from 'kysely'
import type { Trx } from './database.ts'

/** Whoever lets replies out by themselves under a cap does so one after the other, so that no two count the same. */
export async function lockAutoReplies(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('auto-replies', 0))`.execute(trx)
}

/** Automatic replies of the last hour, sent or on their way. */
export async function autoRepliesOfHour(trx: Trx): Promise<number> {
  const row = await trx
    .selectFrom('drafts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('auto', '=', true)
    .where('decided_at', '>', sql<Date>`now() - interval '1 hour'`)
    .where('state', 'in', ['approved', 'published'])
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Automatic replies to the author of each case within the last 24 hours, by case. */
export async function autoRepliesOfDay(trx: Trx, caseIds: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await sql<{ id: number; count: number }>`
    select wanted.id, count(*)::int as count
    from cases as wanted
    join cases as theirs on theirs.network = wanted.network and theirs.author_id = wanted.author_id
    join drafts on drafts.case_id = theirs.id
    where wanted.id = any(${caseIds}::bigint[]) and drafts.auto
      and drafts.decided_at > now() - interval '24 hours' and drafts.state in ('approved', 'published')
    group by wanted.id`.execute(trx)
  return new Map(rows.map((row) => [row.id, row.count]))
}
