import { afterAll, beforeAll, expect, test } from 'vitest'
import { payableAtStripe } from '../../src/refunds/index.ts'
import { everyComplaint, type Money, openMoney, roomy } from './money-at-test.ts'

let money: Money
beforeAll(async () => {
  money = await openMoney()
  // A provider that pays dinars in steps of ten fils, as Stripe does.
  money.outside.gateways = {
    ...money.outside.gateways,
    payment: { ...money.outside.gateways.payment, payable: payableAtStripe },
  }
})
afterAll(() => money.close())

const payouts = () =>
  roomy(money.payouts, {
    budgets: { perDayMinor: { KWD: 1e9, USD: 1e9 }, allPerDay: { currency: 'USD', minor: 1e9 } },
    exchange: [{ from: '2020-01-01', rates: { USD: 1, KWD: 3.25 } }],
  })

async function settle(priceMinor: number, sharePercent: number, currency = 'KWD') {
  await money.rules(everyComplaint({ amount: { sharePercent } }))
  const order = money.newOrder({ priceMinor, currency })
  const event = await money.complain(order)
  const settled = await money.settle(event, payouts())
  const decision = await money.decisionOf(event)
  const plain = (text: string) => text.replace(/\u00a0/g, ' ')
  const sentence = { en: plain(decision.sentence.en), ja: plain(decision.sentence.ja) }
  return { settled, decision: { ...decision, sentence } }
}

test('what the provider can not pay exactly is rounded down before it is reserved, and said', async () => {
  const { settled, decision } = await settle(10_248, 50)
  expect(settled.outcome).toBe('pay')
  expect(decision).toMatchObject({ amount_minor: 5_120, limit_hit: 'payable' })
  expect(decision.sentence.en).toContain('in larger steps, so it is KWD 5.120')
  expect(decision.sentence.ja).toContain('KWD 5.120')
  const id = settled.outcome === 'pay' ? (settled.refundId ?? 0) : 0
  expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
})

test('what it can not pay at all is left to a person', async () => {
  const { settled, decision } = await settle(9, 100)
  expect(settled.outcome).toBe('ask')
  expect(decision).toMatchObject({ amount_minor: 9, limit_hit: 'payable' })
  expect(decision.sentence.en).toContain('can not pay so small an amount')
})

test('an amount that it can pay is left as it is', async () => {
  const { decision } = await settle(299, 50, 'USD')
  expect(decision).toMatchObject({ amount_minor: 150, limit_hit: null })
  expect(decision.sentence.en).not.toContain('steps')
})
