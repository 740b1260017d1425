import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttp } from '../../src/http/index.ts'
import { registry } from '../../src/metrics.ts'
import { openQueues, type Queues } from '../../src/queue/index.ts'
import { signMessage } from '../../src/refunds/index.ts'
import { disputesPage, isDisputed } from '../../src/store/provider-events.ts'
import { reservedRefund, rowOf } from '../money/reserved-refund.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { type StripeServer, startStripe } from '../support/stripe-server.ts'

const PATH = '/v1/webhooks/payments'
const SECRETS = { stripe: ['whsec_old_0123456789', 'whsec_new_0123456789'], payments: ['pay-secret-012345'] }

let db: TestStore
let queues: Queues
let origin: string
let close: () => void

beforeAll(async () => {
  db = await createTestStore()
  queues = await openQueues({ redisUrl: null, databaseUrl: db.url })
  const app = express()
  app.use(
    createHttp({
      store: db.store,
      queues,
      health: async () => [],
      metricsToken: null,
      tokenSecrets: ['s'.repeat(32)],
      shopApiKey: null,
      webhooks: SECRETS,
    }).router,
  )
  const server = app.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = () => server.close()
})
afterAll(async () => {
  close()
  await queues.close()
  await db.close()
})

const counted = async (provider: string, outcome: string) =>
  Number(
    new RegExp(`^kikimimi_webhooks_total\\{provider="${provider}",outcome="${outcome}"\\} (\\d+)$`, 'm').exec(
      await registry.metrics(),
    )?.[1] ?? 0,
  )

const queued = async () => {
  const { waiting, delayed } = await queues.counts('payout')
  return waiting + delayed
}

const events = () => db.store.selectFrom('provider_events').selectAll().execute()

async function post(path: string, headers: Record<string, string>, body: string) {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: answer.status, body: (await answer.json()) as { error?: string } }
}

const postStripe = ({ body, signature }: { body: string; signature: string }) =>
  post('/v1/webhooks/stripe', { 'stripe-signature': signature }, body)

function postPayments(event: object, options: { secret?: string; at?: Date } = {}) {
  const body = JSON.stringify(event)
  const { secret = SECRETS.payments[0] as string, at = new Date() } = options
  const signature = signMessage({ method: 'POST', path: PATH, body }, secret, at)
  return post(PATH, { 'kikimimi-signature': signature }, body)
}

const refundEvent = (id: string, refundKey: string | undefined, refundId = 're_1') => ({
  id,
  type: 'refund.failed',
  data: { refund: { id: refundId, paymentId: 'pay-1', metadata: { refundKey } } },
})

let lines = 0
async function aRefund(): Promise<{ id: number; key: string }> {
  lines += 1
  const id = await reservedRefund(db, `line-${lines}`)
  return { id, key: (await rowOf(db, id)).key }
}

async function stripeRefund(stripe: StripeServer, refundKey?: string) {
  const payment = stripe.addPayment({})
  const refund = stripe.refundByOther(payment.id, 100)
  if (refundKey) refund.metadata = { refundKey }
  return refund
}

describe('an event of Stripe', () => {
  test('about a refund of ours has that refund looked up, once, and says nothing of its money', async () => {
    const stripe = await startStripe()
    const { id, key } = await aRefund()
    const before = await queued()
    const refund = await stripeRefund(stripe, key)
    refund.status = 'failed'
    const event = stripe.event('refund.failed', refund, { secret: SECRETS.stripe[0] })
    expect((await postStripe(event)).status).toBe(200)
    expect(await rowOf(db, id)).toMatchObject({ state: 'reserved', recheck_at: expect.any(Date) })
    expect(await queued()).toBe(before + 1)

    await db.store.updateTable('refunds').set({ recheck_at: null }).where('id', '=', id).execute()
    expect((await postStripe(event)).status).toBe(200)
    expect((await rowOf(db, id)).recheck_at).toBeNull()
    expect(await queued()).toBe(before + 1)
    expect(await counted('stripe', 'repeated')).toBe(1)
    const stored = (await events()).filter((row) => row.refund_id === id)
    expect(stored).toMatchObject([
      { provider: 'stripe', type: 'refund.failed', refund_key: key, state: 'asked' },
    ])
  })

  test('finds the refund by the key of a later round too', async () => {
    const stripe = await startStripe()
    const { id, key } = await aRefund()
    const event = stripe.event('refund.updated', await stripeRefund(stripe, `${key}:3`), {
      secret: SECRETS.stripe[1],
    })
    await postStripe(event)
    expect((await rowOf(db, id)).recheck_at).not.toBeNull()
  })

  test('about a refund of others, or of another kind, is kept and nothing more', async () => {
    const stripe = await startStripe()
    const before = await queued()
    const secret = SECRETS.stripe[0]
    const types = [
      stripe.event('refund.created', await stripeRefund(stripe), { secret, id: 'evt_others' }),
      stripe.event('refund.created', await stripeRefund(stripe, 'refund:unheard:of'), { secret }),
      stripe.event('customer.created', { id: 'cus_1' }, { secret }),
    ]
    for (const event of types) expect((await postStripe(event)).status).toBe(200)
    expect(await queued()).toBe(before)
    expect((await events()).find((row) => row.event_id === 'evt_others')?.state).toBe('noted')
  })

  test('that is forged, altered or unsigned is refused, counted, and nothing is done', async () => {
    const stripe = await startStripe()
    const { id, key } = await aRefund()
    const [before, forged] = [(await events()).length, await counted('stripe', 'forged')]
    const refund = await stripeRefund(stripe, key)
    const right = stripe.event('refund.failed', refund, { secret: SECRETS.stripe[0] })
    for (const event of [
      stripe.event('refund.failed', refund, { secret: 'whsec_of_somebody_else' }),
      { ...right, body: right.body.replace('refund.failed', 'refund.xxxxxx') },
      { ...right, signature: '' },
      { ...right, signature: 'nonsense' },
    ]) {
      const answer = await postStripe(event)
      expect(answer.status).toBe(400)
      expect(answer.body.error).toMatch(/sign/)
    }
    expect(await counted('stripe', 'forged')).toBe(forged + 4)
    expect(await events()).toHaveLength(before)
    expect((await rowOf(db, id)).recheck_at).toBeNull()
  })

  test.each([
    ['an hour old', -3_600_000],
    ['from the future', 3_600_000],
  ])('that is %s is refused with that reason', async (_, skewMs) => {
    const stripe = await startStripe()
    const refund = await stripeRefund(stripe, (await aRefund()).key)
    const at = new Date(Date.now() + skewMs)
    const before = await counted('stripe', 'clock-skew')
    const answer = await postStripe(stripe.event('refund.failed', refund, { secret: SECRETS.stripe[0], at }))
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('clock') } })
    expect(await counted('stripe', 'clock-skew')).toBe(before + 1)
  })

  test('that is old is not made young by a second time in its header', async () => {
    const stripe = await startStripe()
    const { id, key } = await aRefund()
    const refund = await stripeRefund(stripe, key)
    const at = new Date(Date.now() - 3_600_000)
    const old = stripe.event('refund.failed', refund, { secret: SECRETS.stripe[0], at })
    const now = `t=${Math.floor(Date.now() / 1000)}`
    for (const signature of [
      `${now},${old.signature}`,
      `${old.signature},${now}`,
      ` ${now},${old.signature}`,
    ]) {
      expect((await postStripe({ ...old, signature })).status).toBe(400)
    }
    expect((await rowOf(db, id)).recheck_at).toBeNull()
  })

  test('signed and yet unreadable is refused as such', async () => {
    const stripe = await startStripe()
    const event = stripe.event('refund.failed', { object: 'refund' }, { secret: SECRETS.stripe[0] })
    expect((await postStripe(event)).status).toBe(400)
    expect(await counted('stripe', 'malformed')).toBe(1)
  })

  test('of a dispute opens it, for both names of the payment, and a late one does not open it again', async () => {
    const stripe = await startStripe()
    const payment = stripe.addPayment({ amount: 150000, currency: 'isk' })
    const dispute = stripe.openDispute(payment.id)
    const secret = SECRETS.stripe[0]
    const created = stripe.event('charge.dispute.created', dispute, { secret })
    expect(await isDisputed(db.store, payment.id)).toBe(false)
    await postStripe(created)
    expect(await isDisputed(db.store, payment.id)).toBe(true)
    expect(await isDisputed(db.store, payment.charge)).toBe(true)
    expect((await disputesPage(db.store))[0]).toMatchObject({
      provider: 'stripe',
      amount_minor: 1500,
      currency: 'ISK',
      status: 'open',
    })
    await postStripe(
      stripe.event('charge.dispute.closed', stripe.closeDispute(dispute.id, 'won'), { secret }),
    )
    expect(await isDisputed(db.store, payment.id)).toBe(false)
    dispute.status = 'needs_response'
    await postStripe(stripe.event('charge.dispute.updated', dispute, { secret }))
    expect(await isDisputed(db.store, payment.id)).toBe(false)
  })

  test('of a dispute that was lost keeps the payment disputed: its money is gone', async () => {
    const stripe = await startStripe()
    const payment = stripe.addPayment({})
    const lost = stripe.closeDispute(stripe.openDispute(payment.id).id, 'lost')
    await postStripe(stripe.event('charge.dispute.closed', lost, { secret: SECRETS.stripe[0] }))
    expect(await isDisputed(db.store, payment.id)).toBe(true)
  })
})

describe('an event of a payment system of the shop’s own', () => {
  test('has the refund looked up once, however often it comes', async () => {
    const { id, key } = await aRefund()
    const before = await queued()
    const event = refundEvent(`evt_${randomBytes(6).toString('hex')}`, key)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => postPayments(event)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect((await rowOf(db, id)).recheck_at).not.toBeNull()
    expect(await queued()).toBe(before + 1)
    expect(await counted('http', 'repeated')).toBe(4)
  })

  test('without our key finds the refund by the id that the provider gave it', async () => {
    const { id } = await aRefund()
    await db.store.updateTable('refunds').set({ provider_id: 're_77' }).where('id', '=', id).execute()
    await postPayments(refundEvent('evt_by_id', undefined, 're_77'))
    expect((await rowOf(db, id)).recheck_at).not.toBeNull()
  })

  test('that is forged or signed too long ago is refused with the reason, and nothing is done', async () => {
    const { id, key } = await aRefund()
    const event = refundEvent('evt_forged', key)
    const forged = await postPayments(event, { secret: 'not-the-secret' })
    expect(forged).toMatchObject({ status: 400, body: { error: expect.stringContaining('signature') } })
    const old = await postPayments(event, { at: new Date(Date.now() - 301_000) })
    expect(old).toMatchObject({ status: 400, body: { error: expect.stringContaining('clocks') } })
    expect((await rowOf(db, id)).recheck_at).toBeNull()
    expect(await postPayments(event)).toMatchObject({ status: 200 })
    expect((await rowOf(db, id)).recheck_at).not.toBeNull()
  })

  test.each([
    ['no JSON', 'nonsense'],
    ['an absurd amount', { amountMinor: -1 }],
    ['a currency that is none', { currency: 'YEN' }],
  ])('with %s is refused', async (_, fault) => {
    const dispute = {
      id: 'dp_1',
      paymentId: 'pay-9',
      amountMinor: 299,
      currency: 'USD',
      status: 'open',
      createdAt: '2026-11-20T18:00:00Z',
      ...(typeof fault === 'object' ? fault : {}),
    }
    const event =
      typeof fault === 'object' ? { id: 'evt_bad', type: 'dispute.created', data: { dispute } } : fault
    expect((await postPayments(event as object)).status).toBe(400)
    expect(await isDisputed(db.store, 'pay-9')).toBe(false)
  })

  test('of a dispute is kept with its amount', async () => {
    const dispute = {
      id: 'dp_2',
      paymentId: 'pay-10',
      amountMinor: 299,
      currency: 'USD',
      status: 'open',
      createdAt: '2026-11-20T18:00:00Z',
    }
    await postPayments({ id: 'evt_dispute', type: 'dispute.created', data: { dispute } })
    expect(await isDisputed(db.store, 'pay-10')).toBe(true)
  })
})

test('a body of more than 256 kB is not read', async () => {
  const answer = await post('/v1/webhooks/stripe', { 'stripe-signature': 't=1,v1=0' }, 'x'.repeat(300_000))
  expect(answer.status).toBe(413)
})
