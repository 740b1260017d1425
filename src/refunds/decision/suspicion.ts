import type { Db } from '../../store/database.ts'
import { repeatedClaims } from '../../store/repeated-claims.ts'
import type { Payouts } from '../payouts/payouts.ts'
import type { RefundHistory } from './event.ts'

/** Earlier refunds for playback to this customer or on this device, and why a person should look where they are many. */
export async function suspicionOf(
  db: Db,
  payouts: Payouts,
  claim: { customerId: string; deviceHash: string | null; orderLineId: string },
): Promise<Pick<RefundHistory, 'suspicious' | 'claimsByCustomer' | 'claimsByDevice'>> {
  const { perCustomer, perDevice, days } = payouts.repeatedClaims
  const { byCustomer, byDevice } = await repeatedClaims(db, { ...claim, days })
  const claims = {
    claimsByCustomer: byCustomer,
    claimsByDevice: claim.deviceHash === null ? null : byDevice,
  }
  if (byCustomer >= perCustomer) return { ...claims, suspicious: often('customer', byCustomer, days) }
  if (byDevice >= perDevice) return { ...claims, suspicious: often('device', byDevice, days) }
  return { ...claims, suspicious: null }
}

function often(who: 'customer' | 'device', count: number, days: number) {
  return {
    en: `playback was refunded for ${count} orders ${who === 'customer' ? 'of this customer' : 'on this device'} within ${days} days`,
    ja: `${who === 'customer' ? 'このお客様' : 'この端末'}では、過去${days}日間に再生不良の返金が${count}件あります`,
  }
}
