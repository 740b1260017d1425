import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { retryDeadLetter } from '../../src/store/dead-letters.ts'
import { raisePlaybackEvent } from '../../src/store/playback-events.ts'
import { reservedRefund } from '../money/reserved-refund.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { testRedisUrl } from '../support/redis-url.ts'
import { until } from '../support/until.ts'

let product: TestProduct

beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product.close())

const count = async (table: 'posts' | 'triages' | 'drafts' | 'cases') => {
  const row = await product.db.store
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}

/** Empties the whole queue, as an operator's mistake would. */
async function emptyQueue(): Promise<void> {
  const url = testRedisUrl()
  if (url) {
    const redis = new Redis(url)
    const keys = await redis.keys(`${product.config.queuePrefix}:*`)
    if (keys.length > 0) await redis.del(keys)
    redis.disconnect()
    return
  }
  const { rows } = await sql<{ name: string }>`
    select format('bullmq.%I', table_name) as name from information_schema.tables
    where table_schema = 'bullmq' and table_name like '%job%' and table_type = 'BASE TABLE'`.execute(
    product.db.store,
  )
  for (const { name } of rows) await sql`delete from ${sql.raw(name)}`.execute(product.db.store)
}

async function post(text: string, author: string): Promise<void> {
  product.sandbox.x.control.post({ author, text: `@${product.sandbox.x.username} ${text}` })
}

describe('when something breaks', () => {
  test('a queue that was emptied is filled again from the tables, and nothing is done twice', async () => {
    // With no worker running, posts are heard and their jobs are lost.
    await product.app.close()
    const listenOnly = { ...product.config, workers: ['listen'] as const }
    const { startApp } = await import('../../src/app.ts')
    const outside = {
      x: { ...product.sandbox.x },
      smtpUrl: `smtp://${product.sandbox.smtp.host}:${product.sandbox.smtp.port}`,
      shop: null,
      payments: null,
      sandboxWeb: null,
    }
    const listener = await startApp(listenOnly, product.db.url, outside)
    for (let each = 0; each < 20; each++)
      await post(`my parcel is three days late, order ${each}`, `flush_${each}`)
    await until('they are heard', async () => (await count('posts')) === 20)
    await emptyQueue()
    await listener.close()
    await product.restart()
    await until('they are triaged and drafted', async () => (await count('drafts')) === 20, 40_000)
    expect(await count('triages')).toBe(20)
    expect(await count('cases')).toBe(20)
  }, 90_000)

  test('a restart goes on where the last process stopped', async () => {
    await post('the box arrived crushed and wet', 'restart_1')
    await until('it is heard', async () => (await count('posts')) === 21)
    await product.restart()
    await until('it is drafted', async () => (await count('drafts')) === 21, 30_000)
    await post('ダンボールが潰れて届きました', 'restart_2')
    await until('the next one too', async () => (await count('drafts')) === 22, 30_000)
    expect(await count('posts')).toBe(22)
  }, 60_000)

  test('what fails for good becomes a dead letter, and goes on once it is mended and tried again', async () => {
    const { store } = product.db
    product.sandbox.shop.control.inject({ route: 'order', times: 1000, kind: 'garbage' })
    const sid = randomUUID()
    const order = product.sandbox.shop.control.orders().find((each) => each.id === 'ord_5001')
    await store
      .insertInto('streaming_sessions')
      .values({
        sid,
        customer_id: order?.customerId as string,
        order_id: 'ord_5001',
        order_line_id: 'ord_5001-1',
        title: 'Casablanca',
        state: 'ended',
        last_report_at: new Date(),
        measured_at: new Date(),
        quality: JSON.stringify({
          sid,
          cid: null,
          startupMs: 900,
          playedMs: 600_000,
          stalls: 9,
          stalledMs: 90_000,
          rebufferRatio: 0.13,
          avgBitrateKbps: 900,
          switches: 0,
          error: null,
          ended: true,
          started: true,
          lostReports: 0,
          implausible: [],
          lastEventAt: new Date().toISOString(),
        }),
      })
      .execute()
    const event = String(await raisePlaybackEvent(store, 'ord_5001-1', 0))
    await product.app.queues.enqueue('refund', [event])
    const letter = await until(
      'it is a dead letter',
      () =>
        store
          .selectFrom('dead_letters')
          .selectAll()
          .where('queue', '=', 'refund')
          .where('state', '=', 'dead')
          .executeTakeFirst(),
      60_000,
    )
    expect(letter.ref).toBe(event)
    expect(letter.error).toMatch(/shop/i)
    expect(product.sandbox.payments.control.refunds()).toHaveLength(0)

    product.sandbox.shop.control.clearFaults()
    const revived = await retryDeadLetter(store, letter.id, 'cli')
    expect(revived).toEqual({ queue: 'refund', ref: event })
    await product.app.queues.enqueue('refund', [event])
    await until('the refund is paid', () => product.sandbox.payments.control.refunds().length === 1, 20_000)
    await until('its mail arrived', async () => (await product.sandbox.smtp.messages()).length === 1)
  }, 120_000)

  test('a payment whose answer was lost is found at the provider and not sent again', async () => {
    const { store } = product.db
    const before = product.sandbox.payments.control.refunds().length
    product.sandbox.payments.control.inject({ route: 'create_refund', times: 1, kind: 'drop-after' })
    const refundId = await reserveRefund('ord_5003', 'ord_5003-1')
    await product.app.queues.enqueue('payout', [refundId])
    const paid = await until(
      'it is marked as paid',
      () =>
        store
          .selectFrom('refunds')
          .selectAll()
          .where('id', '=', refundId)
          .where('state', '=', 'paid')
          .executeTakeFirst(),
      40_000,
    )
    expect(product.sandbox.payments.control.refunds()).toHaveLength(before + 1)
    expect(paid.provider_id).toBe(product.sandbox.payments.control.refunds().at(-1)?.id)
  }, 60_000)

  test('two processes paying one refund pay it once', async () => {
    const before = product.sandbox.payments.control.refunds().length
    const refundId = await reserveRefund('ord_5004', 'ord_5004-1')
    await product.app.queues.enqueue(
      'payout',
      Array.from({ length: 8 }, () => refundId),
    )
    await until('it is paid', () => product.sandbox.payments.control.refunds().length > before, 20_000)
    await new Promise((wake) => setTimeout(wake, 500))
    expect(product.sandbox.payments.control.refunds()).toHaveLength(before + 1)
  }, 40_000)
})

/** A reserved refund of one of the sandbox's order lines. */
async function reserveRefund(orderId: string, lineId: string): Promise<number> {
  const order = product.sandbox.shop.control.orders().find((each) => each.id === orderId)
  const line = order?.lines.find((each) => each.id === lineId)
  if (!order || !line) throw new Error(`the sandbox has no ${lineId}`)
  const { customerId, paymentId, currency } = order
  const { title, priceMinor } = line
  return reservedRefund(product.db, lineId, 'test', {
    orderId,
    customerId,
    paymentId,
    title,
    priceMinor,
    currency,
  })
}
