import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { payRefund, ShopUnavailableError } from '../../src/refunds/index.ts'
import { countUnknownRefunds, oldestUnsettledRefund } from '../../src/store/refunds.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { type Provider, refusal, startProvider } from './provider.ts'
import { ledgerOf, letPass, mailOf, reservedRefund, rowOf } from './reserved-refund.ts'

const HOUR_MS = 3_600_000

let db: TestStore
let provider: Provider
let id: number
let lines = 0

beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())
beforeEach(async () => {
  lines += 1
  id = await reservedRefund(db, `line-${lines}`)
})

const pay = () => payRefund(db.store, provider.gateways, id, mailOf)

describe('a provider that gives no answer', () => {
  test('is asked again after ever longer pauses, from 5 seconds to 5 minutes', async () => {
    provider = await startProvider()
    provider.onSend = () => ({ status: 401, body: {} })
    const pauses: number[] = []
    for (const waitedMs of [0, 60_000, 240_000, HOUR_MS]) {
      await letPass(db, id, waitedMs)
      const result = await pay()
      expect(result.outcome).toBe('later')
      pauses.push(Math.round((result as { delayMs: number }).delayMs / 1000))
    }
    expect(pauses).toEqual([5, 30, 150, 300])
    expect(await rowOf(db, id)).toMatchObject({ state: 'sending', error: expect.stringContaining('401') })
  })

  test('for a day leaves the refund to a person, with the reason and the money still reserved', async () => {
    provider = await startProvider()
    provider.onSend = () => ({ status: 401, body: {} })
    await pay()
    provider.listStatus = 401
    await letPass(db, id, 24 * HOUR_MS - 60_000)
    expect((await pay()).outcome).toBe('later')
    await letPass(db, id, 60_000)
    const before = await countUnknownRefunds(db.store)
    expect(await pay()).toEqual({ outcome: 'unknown' })
    expect(await rowOf(db, id)).toMatchObject({ state: 'unknown', error: expect.stringContaining('401') })
    expect(await countUnknownRefunds(db.store)).toBe(before + 1)
    expect(await ledgerOf(db, id)).toEqual(['1 reserved'])
    const audited = await db.store
      .selectFrom('audit_log')
      .select('action')
      .where('subject', '=', `refund:${id}`)
      .execute()
    expect(audited.map((row) => row.action)).toEqual(['refund.unknown'])
    expect(await pay()).toEqual({ outcome: 'done' })
  })

  test('that has it after all is believed, however late', async () => {
    provider = await startProvider()
    const taken = provider.onSend
    provider.onSend = (key) => {
      taken(key)
      return null
    }
    expect((await pay()).outcome).toBe('later')
    await letPass(db, id, 30 * HOUR_MS)
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(provider.sent).toHaveLength(1)
  })

  test('gets nothing under a key that it may have forgotten', async () => {
    provider = await startProvider()
    provider.onSend = () => null
    await pay()
    await letPass(db, id, 23 * HOUR_MS)
    expect((await pay()).outcome).toBe('later')
    expect(provider.sent).toHaveLength(1)
    await letPass(db, id, HOUR_MS)
    expect((await pay()).outcome).toBe('unknown')
    expect(provider.sent).toHaveLength(1)
  })
})

describe('a refund that is pending at the provider', () => {
  beforeEach(async () => {
    provider = await startProvider()
    provider.onSend = (key) => {
      const taken = { id: 're_p', status: 'pending' as const, metadata: { refundKey: key } }
      provider.list.push(taken)
      return { status: 201, body: taken }
    }
  })

  test('waits as long as the provider goes on saying so, and is paid when it says so', async () => {
    expect((await pay()).outcome).toBe('later')
    for (let day = 0; day < 3; day += 1) {
      await letPass(db, id, 23 * HOUR_MS)
      expect(await pay()).toMatchObject({ outcome: 'later', reason: 'pending at the provider' })
    }
    for (const listed of provider.list) listed.status = 'succeeded'
    expect(await pay()).toMatchObject({ outcome: 'paid', mailId: expect.any(Number) })
    expect(await rowOf(db, id)).toMatchObject({ state: 'paid', provider_id: 're_p' })
  })

  test('and is listed no more is asked for once again, then left to a person, and never sent again', async () => {
    await pay()
    provider.list = []
    expect(await pay()).toMatchObject({ outcome: 'later', delayMs: 60_000 })
    expect(await pay()).toEqual({ outcome: 'unknown' })
    expect(await rowOf(db, id)).toMatchObject({ state: 'unknown', error: expect.stringContaining('re_p') })
    expect(provider.sent).toHaveLength(1)
  })

  test('and was only missing for a moment goes on', async () => {
    await pay()
    const list = provider.list.splice(0)
    await pay()
    provider.list = list.map((listed) => ({ ...listed, status: 'succeeded' }))
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(provider.sent).toHaveLength(1)
  })

  test('and comes to nothing has failed, and its money is free', async () => {
    await pay()
    for (const listed of provider.list) listed.status = 'failed'
    expect(await pay()).toEqual({ outcome: 'failed' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 failed'])
  })
})

describe('a refusal', () => {
  test('of what was never sent before is a failure', async () => {
    provider = await startProvider()
    provider.onSend = () => refusal('payment_not_found')
    expect(await pay()).toEqual({ outcome: 'failed' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 failed'])
  })

  /** The first answer was lost, the list lags, the key is forgotten: the second sending is told "already refunded". */
  async function refusedTheSecondTime(listedThen: boolean): Promise<void> {
    provider = await startProvider()
    provider.onSend = () => null
    await pay()
    provider.onSend = (key) => {
      if (listedThen) provider.list.push({ id: 're_1', status: 'succeeded', metadata: { refundKey: key } })
      return refusal('charge_already_refunded')
    }
  }

  test('after a lost answer is looked into: it was paid', async () => {
    await refusedTheSecondTime(true)
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(await rowOf(db, id)).toMatchObject({ state: 'paid', provider_id: 're_1' })
    expect(await ledgerOf(db, id)).toEqual(['1 reserved', '1 paid'])
  })

  test('after a lost answer that nobody can explain never frees the money', async () => {
    await refusedTheSecondTime(false)
    expect(await pay()).toEqual({ outcome: 'unknown' })
    expect((await rowOf(db, id)).error).toContain('charge_already_refunded')
    expect(await ledgerOf(db, id)).toEqual(['1 reserved'])
  })
})

test('a shop that is away keeps the money where it is until the mail can be written', async () => {
  provider = await startProvider()
  const away = async () => {
    throw new ShopUnavailableError('the shop answered 503')
  }
  expect(await payRefund(db.store, provider.gateways, id, away)).toEqual({
    outcome: 'later',
    reason: 'the shop answered 503',
    delayMs: 5_000,
  })
  await letPass(db, id, 48 * HOUR_MS)
  expect(await payRefund(db.store, provider.gateways, id, away)).toMatchObject({ delayMs: 300_000 })
  expect(await rowOf(db, id)).toMatchObject({ state: 'reserved', error: 'the shop answered 503' })
  expect(provider.sent).toEqual([])
  expect(await pay()).toMatchObject({ outcome: 'paid' })
})

test('health can see since when the longest-waiting refund has had no answer', async () => {
  await db.store
    .updateTable('refunds')
    .set({ state: 'failed' })
    .where('state', 'in', ['reserved', 'sending', 'pending'])
    .execute()
  expect(await oldestUnsettledRefund(db.store)).toBeNull()
  id = await reservedRefund(db, 'line-oldest')
  await letPass(db, id, HOUR_MS)
  expect(await oldestUnsettledRefund(db.store)).toEqual((await rowOf(db, id)).waiting_since)
  provider = await startProvider()
  await pay()
  expect(await oldestUnsettledRefund(db.store)).toBeNull()
})
