import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  approveRefund,
  auditLedger,
  companyDay,
  denyRefund,
  failedLines,
  giveUpRefund,
  type LedgerEntry,
  type LedgerEntryKind,
  type LedgerLine,
  type Payouts,
  paidLines,
  refundKey,
  retryRefund,
  reversedLines,
  settleUnknownRefund,
} from '../../src/refunds/index.ts'
import { capHit, reserve } from '../../src/refunds/payouts/reserve.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { lockReservations, reservedOn } from '../../src/store/payout-limits.ts'
import { insertDecision } from '../../src/store/refund-decisions.ts'
import {
  beginPayout,
  insertRefund,
  markFailed,
  markPaid,
  markReversed,
  markUnknown,
  notePending,
  type RefundRow,
} from '../../src/store/refunds.ts'
import { type Money, openMoney, person, roomy } from './money-at-test.ts'

const CHARGED = 1_000
const BUDGETS = { USD: 2_500, JPY: 1_800 }
const ALL = 3_000
const STEPS = [
  'reserve',
  'ask',
  'begin',
  'pending',
  'pay',
  'fail',
  'lose',
  'reverse',
  'retry',
  'found paid',
  'found unpaid',
  'approve',
  'deny',
  'give up',
] as const

let money: Money
let payouts: Payouts
let userId: number
let runs = 0
beforeAll(async () => {
  money = await openMoney()
  userId = await person(money, 'judge')
  payouts = roomy(money.payouts, {
    budgets: { perDayMinor: BUDGETS, allPerDay: { currency: 'USD', minor: ALL } },
    exchange: [{ from: '2020-01-01', rates: { USD: 1, JPY: 0.0066 } }],
  })
})
afterAll(() => money.close())

/** What settling an event does, with the amount given: under the key, inside the caps, or a person is asked. */
async function give(line: string, cause: string, amountMinor: number, asked: boolean): Promise<void> {
  const currency = line.endsWith('0') ? 'JPY' : 'USD'
  await money.store.transaction().execute(async (trx) => {
    await lockReservations(trx)
    const order = { id: line, chargedMinor: CHARGED, othersMinor: 0 }
    const wanted = { refundId: null, orderLineId: line, chargedMinor: CHARGED, amountMinor, currency, order }
    const state = asked || (await capHit(trx, payouts, wanted, new Date())) ? 'ask' : 'pay'
    const common = { order_line_id: line, customer_id: 'c', amount_minor: amountMinor, currency }
    const decisionId = await insertDecision(trx, {
      ...common,
      outcome: state,
      reasons: '[]',
      inputs: '{}',
      sentence: '{"en":"","ja":""}',
    })
    const refundId = await insertRefund(trx, {
      ...common,
      key: refundKey(line, cause),
      decision_id: decisionId as number,
      order_id: line,
      payment_id: `pay-${line}`,
      title: 'Thing',
      locale: 'en',
      charged_minor: CHARGED,
      order_minor: CHARGED,
      state: 'asked',
    })
    if (refundId === null || state === 'ask') return
    const { order: _, ...money } = wanted
    await reserve(trx, payouts, { ...money, refundId, round: 1 }, new Date())
  })
}

const lines = { paid: paidLines, failed: failedLines, reversed: reversedLines }
const of = (kind: keyof typeof lines, refund: RefundRow) => lines[kind](refund.amount_minor, refund.currency)

async function move(step: (typeof STEPS)[number], refund: RefundRow): Promise<void> {
  const { store } = money
  const by = { refundId: refund.id, userId }
  if (step === 'begin') await beginPayout(store, refund, 'http')
  if (step === 'pending') await notePending(store, refund.id, `re_${refund.id}`)
  if (step === 'pay')
    await markPaid(store, refund, {
      providerId: `re_${refund.id}_${refund.round}`,
      lines: of('paid', refund),
      mail: null,
    })
  if (step === 'fail') await markFailed(store, refund, 'no', of('failed', refund))
  if (step === 'lose') await markUnknown(store, refund.id, 'lost')
  if (step === 'reverse') await markReversed(store, refund, 'came back', of('reversed', refund))
  if (step === 'retry') await retryRefund(store, payouts, by)
  if (step === 'found paid') await settleUnknownRefund(store, { ...by, paid: true })
  if (step === 'found unpaid') await settleUnknownRefund(store, { ...by, paid: false })
  if (step === 'approve') await approveRefund(store, payouts, by)
  if (step === 'deny') await denyRefund(store, by)
  if (step === 'give up') await giveUpRefund(store, { ...by, note: 'enough' })
}

async function faults(): Promise<string[]> {
  const found = await checkLedger(money.store)
  const day = companyDay(payouts, new Date())
  for (const [currency, most] of Object.entries(BUDGETS)) {
    const { minor, baseMinor } = await reservedOn(money.store, day, currency)
    if (minor > most) found.push(`${minor} of ${most} ${currency}`)
    if (baseMinor > ALL) found.push(`${baseMinor} of ${ALL} in all`)
  }
  return found
}

async function writtenLedger(): Promise<LedgerEntry[]> {
  const rows = await money.store.selectFrom('ledger_entries').selectAll().orderBy('id').execute()
  const entries = Map.groupBy(rows, (row) => `${row.refund_id} ${row.round} ${row.event}`)
  return [...entries.values()].map((group) => ({
    refundId: String(group[0]?.refund_id),
    kind: group[0]?.event as LedgerEntryKind,
    lines: group.map((row) => ({
      account: row.account as LedgerLine['account'],
      amountMinor: row.amount_minor,
      currency: row.currency,
    })),
  }))
}

const plan = fc.array(
  fc.record({
    step: fc.constantFrom(...STEPS),
    line: fc.integer({ min: 0, max: 1 }),
    cause: fc.constantFrom('item', 'delivery'),
    amount: fc.integer({ min: 1, max: CHARGED }),
    together: fc.boolean(),
  }),
  { minLength: 20, maxLength: 80 },
)

test('whatever is done to refunds, in whatever order and at once, the books balance and no cap is passed', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (steps) => {
      runs += 1
      // Each run has the day's budgets for itself; the books go on.
      await money.store.updateTable('refunds').set({ reserved_on: '2020-01-01' }).execute()
      let together: Promise<void>[] = []
      for (const { step, line, cause, amount, together: joined } of steps) {
        const lineId = `run${runs}-${line}`
        const work = async () => {
          if (step === 'reserve' || step === 'ask') return give(lineId, cause, amount, step === 'ask')
          const refund = await money.store
            .selectFrom('refunds')
            .selectAll()
            .where('key', '=', refundKey(lineId, cause))
            .executeTakeFirst()
          if (refund) await move(step, refund)
        }
        together.push(work())
        if (joined) continue
        await Promise.all(together)
        together = []
        expect(await faults()).toEqual([])
      }
      await Promise.all(together)
      expect(await faults()).toEqual([])
    }),
    { numRuns: 80 },
  )
  expect(auditLedger(await writtenLedger())).toEqual([])
  const kinds = new Set((await writtenLedger()).map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['failed', 'paid', 'reserved', 'reversed'])
}, 120_000)

test('the check finds books that differ from the refunds, though every sum is right', async () => {
  expect(await checkLedger(money.store)).toEqual([])
  await give('odd-1', 'item', 77, true)
  await give('odd-2', 'item', 77, true)
  const [one, two] = await money.store
    .selectFrom('refunds')
    .select('id')
    .where('order_line_id', 'in', ['odd-1', 'odd-2'])
    .orderBy('id')
    .execute()
  // The one is booked and the other says that it is.
  await money.store.transaction().execute(async (trx) => {
    await reserve(
      trx,
      payouts,
      {
        refundId: one?.id ?? 0,
        round: 1,
        orderLineId: 'odd-1',
        chargedMinor: CHARGED,
        amountMinor: 77,
        currency: 'USD',
      },
      new Date(),
    )
    await trx
      .updateTable('refunds')
      .set({ state: 'asked' })
      .where('id', '=', one?.id ?? 0)
      .execute()
    await trx
      .updateTable('refunds')
      .set({ state: 'reserved' })
      .where('id', '=', two?.id ?? 0)
      .execute()
  })
  expect(await checkLedger(money.store)).toEqual([
    `ledger: what is booked of refund ${one?.id} is not what the refund says`,
    `ledger: what is booked of refund ${two?.id} is not what the refund says`,
  ])
})
