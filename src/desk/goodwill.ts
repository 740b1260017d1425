import { z } from 'zod'
import { goodwillAmounts, goodwillBudget, grantGoodwill } from '../refunds/index.ts'
import { showCase } from './case-page.ts'
import type { Desk } from './desk.ts'
import type { KnownOrders } from './known-orders.ts'
import { may } from './roles.ts'
import { typedAmount } from './typed-amount.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const form = z.object({
  line: z.string().min(1).max(200),
  currency: z.string().regex(/^[A-Z]{3}$/),
  method: z.enum(['refund', 'coupon']),
  reason: z.string().trim().min(1).max(500),
  /** Minor units on a button that offers them, or 'other'. */
  amount: z.string().regex(/^(\d{1,10}|other)$/),
  other: z.string().max(20).default(''),
})

/** What a person at the desk gives a customer on the spot. */
export function goodwillRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/cases/:id/goodwill',
      allow: 'close',
      async handle(visit) {
        const caseId = readId(visit)
        const given = readForm(visit, form)
        const { shop, gateways, payouts } = desk.refunds
        if (!shop || !gateways) return goTo(visit, `/cases/${caseId}`, 'refundsOff')
        const amountMinor =
          given.amount === 'other' ? typedAmount(given.other, given.currency) : Number(given.amount)
        if (amountMinor === null) throw new ProblemError(400, 'badAmount')
        const done = await grantGoodwill(
          desk.store,
          { shop, gateways, payouts },
          {
            userId: signedIn(visit).id,
            caseId,
            orderLineId: given.line,
            amountMinor,
            currency: given.currency,
            method: given.method,
            reason: given.reason,
          },
        )
        if (done.outcome === 'refused') {
          const why = done.why[visit.language]
          return showCase(desk, visit, caseId, { alert: { key: 'goodwillRefused', by: why } }, 422)
        }
        if (done.outcome === 'later') {
          return showCase(desk, visit, caseId, { alert: { key: 'shopAway' } }, 409)
        }
        await desk.queues.enqueue('payout', [done.refundId])
        goTo(visit, `/cases/${caseId}`, done.outcome === 'granted' ? 'goodwillGiven' : 'goodwillGivenAlready')
      },
    },
  ]
}

/** What the reader may give for the orders of this customer, a box for each currency; null where nothing can be. */
export async function goodwillOf(desk: Desk, visit: Visit, orders: KnownOrders | null, now = new Date()) {
  const { user } = visit
  if (!user || !orders || orders.lines.length === 0 || !desk.refunds.gateways || !may(user.role, 'close'))
    return null
  const currencies = [...new Set(orders.lines.map((line) => line.currency))]
  return Promise.all(
    currencies.map(async (currency) => {
      const budget = await goodwillBudget(desk.store, desk.refunds.payouts, user.id, currency, now)
      const most = Math.min(budget.mostMinor, budget.leftMinor)
      return {
        currency,
        leftMinor: budget.leftMinor,
        dayMinor: budget.dayMinor,
        mostMinor: most,
        amounts: goodwillAmounts(budget.mostMinor).filter((minor) => minor <= most),
        lines: orders.lines.filter((line) => line.currency === currency),
      }
    }),
  )
}
