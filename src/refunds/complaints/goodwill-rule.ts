import type { Db } from '../../store/database.ts'
import { type Decision, decideRefund } from '../decision/decide.ts'
import type { RefundEvent } from '../decision/event.ts'
import { orderFacts, usageFor } from '../decision/order-facts.ts'
import type { Payouts } from '../payouts/payouts.ts'
import type { ShopCustomer } from '../shop/shop.ts'
import { activeRules } from '../versions/versions.ts'
import type { OrderLine } from './pick-order-line.ts'

/** What a person wants to give, and what is known of the order line. */
export interface GoodwillFacts extends OrderLine {
  customer: ShopCustomer
  goodwill: { amountMinor: number; method: 'refund' | 'coupon' }
  refundedOnLineMinor: number
  refundedByOthersMinor: number
}

/**
 * What the active rules for goodwill say of it, with every fact they saw; `ruled` is false where there is none, and
 * only the budgets bind.
 */
export async function ruleOnGoodwill(
  trx: Db,
  payouts: Payouts,
  facts: GoodwillFacts,
  now: Date,
): Promise<{ decision: Decision; ruled: boolean }> {
  const rules = (await activeRules(trx)).filter(({ event }) => event === 'goodwill')
  const { goodwill, refundedOnLineMinor, refundedByOthersMinor } = facts
  const usage = await usageFor(trx, payouts, rules, facts, now)
  const event: RefundEvent = {
    kind: 'goodwill',
    at: now,
    goodwill,
    ...orderFacts(facts),
    // Its caller refuses disputed payments by itself.
    history: { refundedOnLineMinor, refundedByOthersMinor, disputed: false, suspicious: null, usage },
  }
  return { decision: decideRefund(event, rules), ruled: rules.length > 0 }
}
