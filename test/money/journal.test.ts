import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  companyDay,
  JOURNAL_COLUMNS,
  journalRow,
  paidLines,
  reserveLines,
  reversedLines,
} from '../../src/refunds/index.ts'
import { type JournalLine, journalLines } from '../../src/store/journal.ts'
import { runCli } from '../cli/run-cli.ts'
import { everyComplaint, type Money, openMoney, person } from './money-at-test.ts'

const TOKYO = { timeZone: 'Asia/Tokyo', closesAt: '00:00' }

let money: Money
let env: Record<string, string>
beforeAll(async () => {
  money = await openMoney()
  await money.rules(everyComplaint())
  env = { DATABASE_URL: money.db.url }
})
afterAll(() => money.close())

async function linesOf(span: { from: string; to: string }, days = TOKYO): Promise<JournalLine[]> {
  const lines: JournalLine[] = []
  for await (const line of journalLines(money.store, span, days)) lines.push(line)
  return lines
}

/** A refund of ￥1,100 (tax of 10 % included) with entries at these moments. */
async function booked(...at: string[]): Promise<number> {
  const { id } = await money.reserved({ priceMinor: 1100, currency: 'JPY' })
  await money.store.updateTable('refunds').set({ tax_rate_percent: '10' }).where('id', '=', id).execute()
  for (const [n, time] of at.entries()) {
    const [event, lines] = (
      [
        ['paid', paidLines],
        ['reversed', reversedLines],
        ['reserved', reserveLines],
      ] as const
    )[n % 3] as ['paid', typeof paidLines]
    await money.store
      .insertInto('ledger_entries')
      .values(
        lines(1100, 'JPY').map(({ account, amountMinor, currency }) => ({
          refund_id: id,
          round: 1 + Math.floor((n + 1) / 3),
          event,
          account,
          amount_minor: amountMinor,
          currency,
          at: new Date(time),
        })),
      )
      .execute()
  }
  return id
}

describe('the journal', () => {
  test('puts each line on the company’s day, and both ends of a span count', async () => {
    const id = await booked('2026-03-30T15:00:00Z', '2026-03-31T14:59:59.999Z', '2026-03-31T15:00:00Z')
    const of = async (from: string, to: string, days = TOKYO) =>
      (await linesOf({ from, to }, days))
        .filter(({ refundId }) => refundId === id)
        .map(({ day, event, account }) => `${day} ${event} ${account}`)
    expect(await of('2026-03-31', '2026-03-31')).toEqual([
      '2026-03-31 paid customer:owed',
      '2026-03-31 paid refunds:reserved',
      '2026-03-31 paid refunds:paid',
      '2026-03-31 paid provider:balance',
      '2026-03-31 reversed provider:balance',
      '2026-03-31 reversed refunds:paid',
    ])
    expect(await of('2026-04-01', '2026-04-30')).toHaveLength(2)
    expect(await of('2026-03-31', '2026-04-01')).toHaveLength(8)
    // Books that close at three in the morning.
    expect(await of('2026-03-30', '2026-03-30', { ...TOKYO, closesAt: '03:00' })).toHaveLength(4)
  })

  test('sums to zero in each currency, however many pages it takes', async () => {
    for (let n = 0; n < 3; n += 1) await booked('2026-05-01T00:00:00Z')
    const id = await booked()
    await money.store
      .insertInto('ledger_entries')
      .values(
        Array.from({ length: 5000 }, (_, n) => ({
          refund_id: id,
          round: 100 + Math.floor(n / 2),
          event: 'reserved' as const,
          account: n % 2 === 0 ? 'refunds:reserved' : 'customer:owed',
          amount_minor: n % 2 === 0 ? 3 : -3,
          currency: 'JPY',
          at: new Date('2026-05-02T00:00:00Z'),
        })),
      )
      .execute()
    const lines = await linesOf({ from: '2026-05-01', to: '2026-05-02' })
    expect(lines).toHaveLength(5000 + 3 * 4)
    expect(lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0)
    expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length)
  })

  test.each([
    ['JPY', 1100, 10, '1100', '100'],
    ['JPY', 1080, 8, '1080', '80'],
    ['USD', 299, 7.25, '2.99', '0.20'],
    ['USD', 5, null, '0.05', ''],
    ['KWD', 5120, null, '5.120', ''],
    ['HUF', 299000, 27, '2990.00', '635.67'],
  ])('writes %s %d with %s %% of tax as %s, of it %s', (currency, amountMinor, percent, amount, tax) => {
    const line = { ...(LINE as JournalLine), currency, amountMinor, taxRatePercent: percent }
    const column = (name: string) => journalRow(line)[JOURNAL_COLUMNS.indexOf(name as never)]
    expect([column('debit'), column('credit'), column('tax_included')]).toEqual([amount, '', tax])
    const other = journalRow({ ...line, amountMinor: -amountMinor })
    expect(other[JOURNAL_COLUMNS.indexOf('credit')]).toBe(amount)
  })
})

describe('refunds journal', () => {
  test('prints a CSV of its days, which no spreadsheet takes for a formula', async () => {
    const id = await booked('2026-06-15T00:00:00Z')
    await money.store.updateTable('refunds').set({ rule_id: '=1+1' }).where('id', '=', id).execute()
    const { code, out, err } = await runCli(
      ['refunds', 'journal', '--from', '2026-06-01', '--to', '2026-06-30'],
      { env },
    )
    expect([code, err]).toEqual([0, ''])
    const rows = out.split('\r\n').map((row) => row.split(','))
    expect(rows[0]).toEqual([...JOURNAL_COLUMNS])
    expect(rows).toHaveLength(1 + 4 + 1)
    const paid = rows.find((row) => row[6] === 'refunds:paid') ?? []
    expect(paid.slice(1, 12)).toEqual([
      '2026-06-15',
      '2026-06-15T00:00:00.000Z',
      String(id),
      '1',
      'paid',
      'refunds:paid',
      '1100',
      '',
      'JPY',
      '10',
      '100',
    ])
    expect(out).toContain("'=1+1")
    expect(out).not.toMatch(/,=/)
  })

  test('prints today’s on demand as JSON, and the month so far without being told', async () => {
    const today = companyDay(money.payouts, new Date())
    const json = await runCli(['refunds', 'journal', '--from', today, '--to', today, '--json'], { env })
    expect(json.lines()[0]).toMatchObject({ event: 'reserved', currency: 'JPY', day: today })
    const { code, out } = await runCli(['refunds', 'journal'], { env })
    expect(code).toBe(0)
    expect(out.startsWith('line,day,at')).toBe(true)
    expect(out).not.toContain(`,${today},`)
  })

  test.each([
    ['--from', '2026-02-30x'],
    ['--from', '2026-02-30'],
    ['--to', 'today'],
  ])('says what day it wants instead of %s %s', async (option, day) => {
    const { code, err } = await runCli(['refunds', 'journal', option, day], { env })
    expect(code).toBe(2)
    expect(err).toContain(`${option} takes a day such as 2026-11-01`)
  })
})

describe('payouts', () => {
  const cli = (...args: string[]) => runCli(['payouts', ...args], { env })

  test('are stopped and let go on by a person who says why', async () => {
    expect((await cli('status')).out).toBe('Payouts go out. Nothing stops them.\n')
    const { code, err } = await cli('stop')
    expect([code, err]).toEqual([2, expect.stringContaining('--note')])
    expect((await cli('stop', '--note', 'odd refunds', '--json')).lines()).toEqual([{ stopped: true }])
    expect((await cli('stop', '--note', 'again')).out).toBe('They were stopped already.\n')
    const [status] = (await cli('status', '--json')).lines()
    expect(status).toMatchObject({
      stopped: true,
      stops: [{ kind: 'kill-switch', reason: 'odd refunds', by: 'command-line' }],
    })
    const { id } = await money.reserved()
    expect((await money.pay(id)).outcome).toBe('later')
    expect((await cli('resume', '--note', 'seen to')).out).toBe('Ended: kill-switch.\n')
    expect((await money.pay(id)).outcome).toBe('paid')
    const none = await cli('resume', '--note', 'seen to')
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('Nothing stops payouts')])
  })

  test('of several stops go on when each is named', async () => {
    const userId = await person(money, 'somebody')
    await money.store
      .insertInto('payout_stops')
      .values([
        { kind: 'ledger', reason: 'r', started_by: 'worker:sweep' },
        { kind: 'kill-switch', reason: 'r', started_by: `user:${userId}` },
      ])
      .execute()
    const which = await cli('resume', '--note', 'n')
    expect([which.code, which.err]).toEqual([1, expect.stringMatching(/\d+: ledger, \d+: kill-switch/)])
    const ids = /(\d+): ledger, (\d+): kill-switch/.exec(which.err) ?? []
    expect((await cli('resume', '--note', 'n', '999999')).code).toBe(1)
    expect((await cli('resume', '--note', 'n', '--json', ids[1] as string)).lines()).toEqual([
      { id: Number(ids[1]), kind: 'ledger' },
    ])
    expect((await cli('resume', '--note', 'n', ids[2] as string)).code).toBe(0)
  })
}, 60_000)

const LINE: Omit<JournalLine, 'currency' | 'amountMinor' | 'taxRatePercent'> = {
  id: 1,
  day: '2026-11-20',
  at: new Date(0),
  refundId: 1,
  round: 1,
  event: 'paid',
  account: 'refunds:paid',
  orderId: 'o',
  orderLineId: 'l',
  customerId: 'c',
  method: 'payment',
  ruleId: null,
  provider: null,
  providerId: null,
  approvedBy: null,
  grantedBy: null,
}
