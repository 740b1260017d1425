import { refundLog } from '../../log.ts'
import type { Db } from '../../store/database.ts'
import { automaticLastHour, usualForTheHour } from '../../store/payout-limits.ts'
import { openStops, startStop } from '../../store/payout-stops.ts'
import { givenUnderKey } from '../../store/refund-decisions.ts'
import type { Payouts } from '../payouts/payouts.ts'
import { capHit, type Reservation } from '../payouts/reserve.ts'
import type { RefundRule } from '../rules/rule.ts'
import { askInstead } from './ask-instead.ts'
import type { Decision } from './decide.ts'
import type { Facts } from './event-facts.ts'
import type { LimitHit } from './limits.ts'
import { alreadyGiven } from './used-key.ts'

/** What stands between a decision and the money: what was given before, the budgets, and a rush that nobody expects. */
export async function holdBack(
  trx: Db,
  payouts: Payouts,
  ruled: Decision,
  rule: RefundRule | null,
  { event }: Facts,
  { key, order, now }: { key: string; order: NonNullable<Reservation['order']>; now: Date },
): Promise<Decision> {
  if (ruled.outcome === 'no-rule' || (ruled.outcome === 'deny' && ruled.limit !== 'charge')) return ruled
  const repeated = rule?.event === 'complaint.repeated'
  const used = alreadyGiven(ruled, event.order.title, await givenUnderKey(trx, key), repeated)
  if (used) return used
  if (ruled.outcome !== 'pay' || ruled.action !== 'refund' || !rule) return ruled
  const wanted = {
    refundId: null,
    orderLineId: event.order.lineId,
    chargedMinor: event.order.priceMinor,
    amountMinor: ruled.amountMinor,
    currency: ruled.currency,
    order,
  }
  const hit = (await capHit(trx, payouts, wanted, now)) ?? (await rushHit(trx, payouts))
  return hit ? askInstead(ruled, event, rule, hit) : ruled
}

/** More automatic refunds than this hour of the day usually brings: from now on, a person is asked. */
async function rushHit(trx: Db, { unusual }: Payouts): Promise<LimitHit | null> {
  const stopped = (await openStops(trx)).some(({ kind }) => kind === 'unusual-rate')
  if (!stopped) {
    const withThis = (await automaticLastHour(trx)) + 1
    if (withThis < unusual.atLeast) return null
    const usual = await usualForTheHour(trx, unusual.weeks)
    if (withThis <= unusual.factor * usual) return null
    const reason = `${withThis} automatic refunds within an hour; this hour of the day usually brings ${usual.toFixed(1)}`
    await startStop(trx, { kind: 'unusual-rate', reason, actor: 'worker:refund' })
    refundLog.error(
      { lastHour: withThis, usual },
      'automatic payouts are stopped: far more refunds than usual',
    )
  }
  return {
    limit: 'unusual-rate',
    why: {
      en: 'far more refunds than usual are asked for at the moment, so a person agrees to each',
      ja: '現在、返金の件数が普段より大幅に多いため、一件ごとに担当者の承認が必要です',
    },
  }
}
