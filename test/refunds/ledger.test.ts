import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  assertBalanced,
  auditLedger,
  balances,
  failedLines,
  type LedgerEntry,
  LedgerError,
  paidLines,
  reserveLines,
  reversedLines,
} from '../../src/refunds/index.ts'

const LINES = { reserved: reserveLines, paid: paidLines, failed: failedLines, reversed: reversedLines }
const LIVES = [
  ['reserved'],
  ['reserved', 'paid'],
  ['reserved', 'failed'],
  ['reserved', 'paid', 'reversed'],
] as const

function life(refundId: string, kinds: readonly (keyof typeof LINES)[], amount: number, currency: string) {
  return kinds.map((kind): LedgerEntry => ({ refundId, kind, lines: LINES[kind](amount, currency) }))
}

const refunds = fc
  .array(
    fc.record({
      kinds: fc.constantFrom(...LIVES),
      amount: fc.integer({ min: 1, max: 1_000_000 }),
      currency: fc.constantFrom('USD', 'JPY', 'EUR'),
    }),
  )
  .map((all) =>
    all.map((one, index) => ({ ...one, entries: life(`r${index}`, one.kinds, one.amount, one.currency) })),
  )

test('every entry sums to zero in one currency, and so does any part of the ledger', () => {
  fc.assert(
    fc.property(refunds, (all) => {
      const entries = all.flatMap((refund) => refund.entries)
      for (const { lines } of entries) assertBalanced(lines)
      for (const accounts of balances(entries.flatMap(({ lines }) => lines)).values()) {
        expect([...accounts.values()].reduce((sum, one) => sum + one, 0)).toBe(0)
        expect((accounts.get('refunds:reserved') ?? 0) + (accounts.get('customer:owed') ?? 0)).toBe(0)
      }
    }),
  )
})

test('reserved is what is still open and paid is what stayed paid', () => {
  fc.assert(
    fc.property(refunds, (all) => {
      const totals = balances(all.flatMap(({ entries }) => entries.flatMap(({ lines }) => lines)))
      const sum = (currency: string, last: string) =>
        all
          .filter((refund) => refund.currency === currency && refund.kinds.at(-1) === last)
          .reduce((total, { amount }) => total + amount, 0)
      for (const [currency, accounts] of totals) {
        expect(accounts.get('refunds:reserved') ?? 0).toBe(sum(currency, 'reserved'))
        expect(accounts.get('refunds:paid') ?? 0).toBe(sum(currency, 'paid'))
      }
      expect(auditLedger(all.flatMap(({ entries }) => entries))).toEqual([])
    }),
  )
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12])('%d is not an amount', (amount) => {
  for (const lines of Object.values(LINES)) expect(() => lines(amount, 'USD')).toThrow(LedgerError)
})

test('a currency that is none is refused', () => {
  expect(() => reserveLines(1, 'usd')).toThrow(LedgerError)
})

test('the audit finds what was paid twice, never reserved, changed or unbalanced', () => {
  const [reserved, paid] = life('r1', ['reserved', 'paid'], 299, 'USD') as [LedgerEntry, LedgerEntry]
  expect(auditLedger([reserved, paid, paid])).toEqual(['refund r1: paid after paid'])
  expect(auditLedger([paid])).toEqual(['refund r1: paid after nothing'])
  expect(auditLedger([reserved, { ...paid, lines: paidLines(300, 'USD') }])).toEqual([
    'refund r1: paid of 300 USD, but 299 USD was reserved',
  ])
  expect(auditLedger([{ ...reserved, lines: reserved.lines.slice(1) }]).join()).toContain(
    'not a balanced entry',
  )
})
