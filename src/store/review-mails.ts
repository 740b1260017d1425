import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Store, Trx } from './database.ts'

export interface ReviewMail {
  period: string
  department: string
}

/** Writes down that a department is to be sent a review. @returns false where it was written down before */
export async function intendReview(trx: Trx, { period, department }: ReviewMail): Promise<boolean> {
  const { rows } = await sql<{ period: string }>`
    insert into review_mails (period, department) values (${period}, ${department})
    on conflict do nothing returning period`.execute(trx)
  return rows.length > 0
}

/** Reviews that wait to be mailed, the oldest first. */
export async function reviewsToSend(store: Store, limit = 20): Promise<ReviewMail[]> {
  const { rows } = await sql<ReviewMail>`
    select period, department from review_mails where state = 'intent' and next_try_at <= now()
    order by created_at, department limit ${limit}`.execute(store)
  return rows
}

/** Says what became of a mail; one that could not be sent now waits. */
export async function concludeReview(
  store: Store,
  { period, department }: ReviewMail,
  outcome: { state: 'sent' | 'rejected' } | { laterMs: number },
  error: string | null = null,
): Promise<void> {
  if ('laterMs' in outcome) {
    const next = new Date(Date.now() + outcome.laterMs)
    await sql`
      update review_mails set next_try_at = ${next}, error = ${error}
      where period = ${period} and department = ${department}`.execute(store)
    return
  }
  await store.transaction().execute(async (trx) => {
    await sql`
      update review_mails set state = ${outcome.state}, error = ${error},
        sent_at = case when ${outcome.state} = 'sent' then now() end
      where period = ${period} and department = ${department} and state = 'intent'`.execute(trx)
    const action = outcome.state === 'sent' ? 'review.mail-sent' : 'review.mail-failed'
    await audit(trx, 'worker:reviews', action, `review:${period}:${department}`)
  })
}
