import { sql } from 'kysely'
import type { Db } from './database.ts'

/** What a case gives the customer: refunds and goodwill, given or still to come, a sum for each currency. */
export async function moneyOfCase(db: Db, caseId: number): Promise<{ minor: number; currency: string }[]> {
  return db
    .selectFrom('refunds')
    .select(['currency', sql<number>`sum(amount_minor)::bigint`.as('minor')])
    .where('case_id', '=', caseId)
    .where('state', '<>', 'denied')
    .where('reversed_at', 'is', null)
    .groupBy('currency')
    .orderBy('currency')
    .execute()
}
