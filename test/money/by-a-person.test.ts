import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadPayouts, payRefund, retryRefund, settleUnknownRefund } from '../../src/refunds/index.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { type Provider, refusal, startProvider } from './provider.ts'
import { ledgerOf, letPass, mailOf, reservedRefund, rowOf } from './reserved-refund.ts'

const payouts = loadPayouts('templates/payouts.yaml')
const DAY_MS = 86_400_000
const userId = 7

let db: TestStore
let provider: Provider
let id: number
let key: string
let lines = 0

beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())
beforeEach(async () => {
  lines += 1
  id = await reservedRefund(db, `line-${lines}`)
  key = `refund:line-${lines}:playback`
  provider = await startProvider()
})

const pay = () => payRefund(db.store, provider.gateways, id, mailOf)
const retry = () => retryRefund(db.store, payouts, { refundId: id, userId })
const settle = (paid: boolean, providerId?: string) =>
  settleUnknownRefund(db.store, { refundId: id, userId, paid, ...(providerId ? { providerId } : {}) })

const mails = () => db.store.selectFrom('mails').select('state').where('refund_id', '=', id).execute()

async function audited(): Promise<string[]> {
  const rows = await db.store
    .selectFrom('audit_log')
    .select(['actor', 'action'])
    .where('subject', '=', `refund:${id}`)
    .orderBy('id')
    .execute()
  return rows.map((row) => `${row.actor} ${row.action}`)
}

async function failRefund(): Promise<void> {
  const usual = provider.onSend
  provider.onSend = () => refusal('insufficient_balance')
  expect((await pay()).outcome).toBe('failed')
  provider.onSend = usual
}

async function loseRefund(): Promise<void> {
  const usual = provider.onSend
  provider.onSend = () => null
  await pay()
  await letPass(db, id, DAY_MS)
  expect((await pay()).outcome).toBe('unknown')
  provider.onSend = usual
}

describe('a refund that failed', () => {
  test('is sent again under a new key once a person says so, and the books tell both rounds', async () => {
    await failRefund()
    expect(await retry()).toEqual({ outcome: 'reserved' })
    expect(await rowOf(db, id)).toMatchObject({
      state: 'reserved',
      round: 2,
      error: null,
      approved_by: userId,
    })
    expect(await pay()).toMatchObject({ outcome: 'paid', mailId: expect.any(Number) })
    expect(provider.sent).toEqual([key, `${key}:2`])
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 failed', '2 reserved', '2 paid'])
    expect(await audited()).toEqual([
      'worker:payout refund.failed',
      'user:7 refund.retried',
      'worker:payout refund.paid',
    ])
    expect(await checkLedger(db.store)).toEqual([])
  })

  test('can fail and be sent again many times', async () => {
    for (let round = 1; round <= 3; round += 1) {
      await failRefund()
      expect(await retry()).toEqual({ outcome: 'reserved' })
    }
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(provider.sent.at(-1)).toBe(`${key}:4`)
    expect(await checkLedger(db.store)).toEqual([])
  })

  test('and stands at the provider after all is booked and not sent again', async () => {
    await failRefund()
    provider.list.push({ id: 're_old', status: 'succeeded', metadata: { refundKey: key } })
    await retry()
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(await rowOf(db, id)).toMatchObject({ state: 'paid', provider_id: 're_old' })
    expect(provider.sent).toEqual([key])
    expect(await ledgerOf(db, id)).toContain('2 paid')
  })

  test('is sent again by one of two people who press at once', async () => {
    await failRefund()
    const both = await Promise.all([retry(), retry()])
    expect(both.map((each) => each.outcome).sort()).toEqual(['conflict', 'reserved'])
    expect((await rowOf(db, id)).round).toBe(2)
  })

  test('is not sent again where the line was refunded otherwise meanwhile', async () => {
    await failRefund()
    await reservedRefund(db, `line-${lines}`, 'complaint')
    expect(await retry()).toMatchObject({ outcome: 'capped', limit: 'charge' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 failed'])
  })

  test('is the only one that can be sent again', async () => {
    expect(await retry()).toEqual({ outcome: 'conflict', state: 'reserved' })
    await pay()
    expect(await retry()).toEqual({ outcome: 'conflict', state: 'paid' })
    expect(await retryRefund(db.store, payouts, { refundId: 999_999, userId })).toEqual({
      outcome: 'conflict',
      state: 'gone',
    })
  })
})

describe('a refund of which nobody knows whether it was paid', () => {
  test('is booked when a person found it at the provider, and its customer is told once', async () => {
    await loseRefund()
    expect(await settle(true, 're_77')).toEqual({ outcome: 'paid' })
    expect(await rowOf(db, id)).toMatchObject({ state: 'paid', provider_id: 're_77', untold: true })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 paid'])
    expect(await audited()).toContain('user:7 refund.settled')
    const sent = provider.sent.length
    expect(await pay()).toMatchObject({ outcome: 'paid', mailId: expect.any(Number) })
    expect(await pay()).toEqual({ outcome: 'done' })
    expect(await mails()).toEqual([{ state: 'intent' }])
    expect(provider.sent).toHaveLength(sent)
  })

  test('frees its money when a person did not find it, and can then be sent again', async () => {
    await loseRefund()
    expect(await settle(false)).toEqual({ outcome: 'failed' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 failed'])
    expect(await mails()).toEqual([])
    expect(await retry()).toEqual({ outcome: 'reserved' })
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(await checkLedger(db.store)).toEqual([])
  })

  test('is settled once', async () => {
    await loseRefund()
    const both = await Promise.all([settle(true), settle(false)])
    expect(both.filter((each) => each.outcome === 'conflict')).toHaveLength(1)
  })

  test('is the only one that can be settled', async () => {
    expect(await settle(true)).toEqual({ outcome: 'conflict', state: 'reserved' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved'])
  })
})
