import type { Store } from '../../store/database.ts'
import { incidentRefunds } from '../../store/incidents.ts'
import { approveRefund } from './approve-refund.ts'
import type { Payouts } from './payouts.ts'

/**
 * Grants every refund of an incident that waits for a person, those whose film never started first, as far as the
 * day's budgets go; the caller queues 'payout' for the approved ones.
 * @returns how many are left for another day
 */
export async function approveIncident(
  store: Store,
  payouts: Payouts,
  input: { incidentId: number; userId: number },
): Promise<{ approved: number[]; left: number }> {
  const approved: number[] = []
  let left = 0
  for (const { id, state } of await incidentRefunds(store, input.incidentId)) {
    if (state !== 'asked') continue
    const done = await approveRefund(store, payouts, { refundId: id, userId: input.userId })
    if (done.outcome === 'approved') approved.push(id)
    if (done.outcome === 'capped') left += 1
  }
  return { approved, left }
}
