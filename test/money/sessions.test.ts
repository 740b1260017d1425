import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createShopClient, loadRefundRules, type RefundRule, settleSession } from '../../src/refunds/index.ts'
import type { RefundState } from '../../src/store/schema.ts'
import {
  findSession,
  oldestUndecidedSession,
  registerSession,
  sessionReports,
  storeQuality,
  storeReports,
} from '../../src/store/sessions.ts'
import { measureSession, playbackEvent } from '../../src/streaming/index.ts'
import { answer, closedOrigin, jsonServer } from '../refunds/json-server.ts'
import { rulesFolder } from '../refunds/rules-folder.ts'
import { play, type Step } from '../streaming/player.ts'
import { createTestStore, type TestStore } from '../support/store.ts'

const rules = loadRefundRules('templates/refunds')
const GOOD: Step[] = [
  ['s', 900],
  ['p', 600_000],
  ['a', 1_000_000],
]
const BAD: Step[] = [
  ['s', 900],
  ['p', 600_000],
  ['r', 60_000],
  ['p', 600_000],
  ['q', 0],
]

let db: TestStore
let lines = 0

beforeAll(async () => {
  db = await createTestStore()
})
afterAll(() => db.close())

/** A shop on the wire: order `line-7` has one line, `line-7`, of $2.99 unless told. */
async function shopOnTheWire(currency = 'USD') {
  const { origin } = await jsonServer(({ url }, response) => {
    const id = url.pathname.split('/').at(-1) as string
    if (url.pathname.includes('/customers/')) {
      answer(response, 200, { id, name: 'Laura', email: 'laura@example.com', locale: 'en', country: 'US' })
      return
    }
    const line = { id, sku: 'film', title: 'Casablanca', kind: 'rental', priceMinor: 299, quantity: 1 }
    answer(response, 200, {
      id,
      customerId: `customer-of-${id}`,
      placedAt: new Date(),
      country: 'US',
      currency,
      paymentId: 'pay-1',
      lines: [line],
    })
  })
  return createShopClient({ origin, apiToken: 'token' })
}

function nextLine(): string {
  lines += 1
  return `line-${lines}`
}

async function register(sid: string, line: string): Promise<void> {
  const registered = {
    sid,
    customerId: `customer-of-${line}`,
    orderId: line,
    orderLineId: line,
    title: 'Casablanca',
  }
  expect(await registerSession(db.store, registered)).toBe(true)
}

async function send(sid: string, steps: Step[], from = 0): Promise<void> {
  const reports = play(steps, { sid }).slice(from)
  await storeReports(
    db.store,
    sid,
    reports.map(({ cmcd }, index) => ({ mode: 'event', sn: from + index, cmcd })),
  )
}

/** What the quality worker does with a session that is over. */
async function measure(sid: string): Promise<void> {
  const session = await findSession(db.store, sid)
  if (!session) throw new Error(`there is no session ${sid}`)
  const quality = measureSession(await sessionReports(db.store, sid))
  await storeQuality(db.store, session, { ...quality }, 'ended')
}

async function settle(
  sid: string,
  shop: Awaited<ReturnType<typeof shopOnTheWire>>,
  by: RefundRule[] = rules,
) {
  return settleSession(db.store, shop, by, sid, playbackEvent)
}

const decisionOf = (sid: string) =>
  db.store.selectFrom('refund_decisions').selectAll().where('sid', '=', sid).executeTakeFirstOrThrow()
const stateOf = async (sid: string) => (await findSession(db.store, sid))?.state

describe('a session that is watched on after it was decided', () => {
  test('is decided again where no rule spoke, and refunded', async () => {
    const shop = await shopOnTheWire()
    await register('on', nextLine())
    await send('on', GOOD)
    await measure('on')
    expect(await settle('on', shop)).toEqual({ outcome: 'no-rule', refundId: null })
    expect(await stateOf('on')).toBe('decided')
    await send('on', [...GOOD, ...BAD.slice(1)], GOOD.length)
    expect(await stateOf('on')).toBe('open')
    await measure('on')
    expect(await settle('on', shop)).toMatchObject({ outcome: 'pay', refundId: expect.any(Number) })
    expect(await decisionOf('on')).toMatchObject({ outcome: 'pay', amount_minor: 299 })
  })

  test('stays decided where it was refunded', async () => {
    const shop = await shopOnTheWire()
    await register('paid', nextLine())
    await send('paid', BAD)
    await measure('paid')
    expect((await settle('paid', shop)).outcome).toBe('pay')
    await send('paid', [...BAD, ['p', 60_000]], BAD.length)
    expect(await stateOf('paid')).toBe('decided')
  })

  test('stays decided where a player only repeats itself', async () => {
    const shop = await shopOnTheWire()
    await register('again', nextLine())
    await send('again', GOOD)
    await measure('again')
    await settle('again', shop)
    await send('again', GOOD)
    expect(await stateOf('again')).toBe('decided')
  })

  test('is not forgotten where its reports came between the measurement and the decision', async () => {
    const shop = await shopOnTheWire()
    await register('between', nextLine())
    await send('between', GOOD)
    await measure('between')
    await send('between', [...GOOD, ...BAD.slice(1)], GOOD.length)
    expect((await settle('between', shop)).outcome).toBe('no-rule')
    expect(await stateOf('between')).toBe('open')
  })
})

test('a slow decision about an older measurement does not stand in the way of a newer one', async () => {
  const shop = await shopOnTheWire()
  await register('slow', nextLine())
  await send('slow', GOOD)
  await measure('slow')
  const watchedOn = async () => {
    expect((await settle('slow', shop)).outcome).toBe('no-rule')
    await send('slow', [...GOOD, ...BAD.slice(1)], GOOD.length)
    await measure('slow')
  }
  const slowShop: typeof shop = {
    ...shop,
    async customer(id) {
      await watchedOn()
      return shop.customer(id)
    },
  }
  expect((await settle('slow', slowShop)).outcome).toBe('pay')
  expect(await decisionOf('slow')).toMatchObject({ outcome: 'pay' })
})

describe('a second bad session of an order line', () => {
  test.each<[RefundState, RegExp, RegExp]>([
    ['asked', /waits for the decision of a person/, /担当者の判断を待っています/],
    ['sending', /is being paid/, /支払い手続き中/],
    ['paid', /was paid already/, /支払い済み/],
    ['denied', /denied by a person/, /見送られました/],
    ['failed', /refused by the payment provider/, /再送できます/],
    ['unknown', /may or may not have been paid/, /不明/],
  ])('pays nothing and says how the first refund stands: %s', async (state, en, ja) => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    for (const sid of [`first-${line}`, `second-${line}`]) {
      await register(sid, line)
      await send(sid, BAD)
      await measure(sid)
    }
    const first = await settle(`first-${line}`, shop)
    expect(first).toMatchObject({ outcome: 'pay' })
    await db.store.updateTable('refunds').set({ state }).where('order_line_id', '=', line).execute()
    expect(await settle(`second-${line}`, shop)).toEqual({ outcome: 'deny', refundId: null })
    const decision = await decisionOf(`second-${line}`)
    expect(decision).toMatchObject({ outcome: 'deny', limit_hit: 'key', amount_minor: 0 })
    expect(decision.sentence.en).toMatch(en)
    expect(decision.sentence.en).toContain('$2.99')
    expect(decision.sentence.ja).toMatch(ja)
  })

  test('and eight more at the same moment are one refund', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    const sids = Array.from({ length: 9 }, (_, n) => `${line}-${n}`)
    for (const sid of sids) {
      await register(sid, line)
      await send(sid, BAD)
      await measure(sid)
    }
    const outcomes = await Promise.all([...sids, ...sids].map((sid) => settle(sid, shop)))
    expect(outcomes.filter(({ outcome }) => outcome === 'pay')).toHaveLength(1)
    const refunds = await db.store
      .selectFrom('refunds')
      .select('id')
      .where('order_line_id', '=', line)
      .execute()
    expect(refunds).toHaveLength(1)
  })
})

test('a shop that is away is waited for, with the session as it was', async () => {
  await register('away', nextLine())
  await send('away', BAD)
  await measure('away')
  const away = createShopClient({ origin: await closedOrigin(), apiToken: 'token' })
  expect(await settle('away', away)).toMatchObject({ outcome: 'later', delayMs: 5_000 })
  await db.store
    .updateTable('streaming_sessions')
    .set({ measured_at: new Date(Date.now() - 120_000) })
    .where('sid', '=', 'away')
    .execute()
  const later = await settle('away', away)
  expect((later as { delayMs: number }).delayMs).toBeGreaterThan(59_000)
  expect(await stateOf('away')).toBe('ended')
  expect((await oldestUndecidedSession(db.store))?.getTime()).toBeLessThan(Date.now() - 119_000)
  expect((await settle('away', await shopOnTheWire())).outcome).toBe('pay')
})

test('a person who is asked without an amount reads what granting it would refund', async () => {
  const shop = await shopOnTheWire('EUR')
  const fixed = loadRefundRules(
    rulesFolder({ r: { when: 'session.stalls > 0', amount: { fixedMinor: { USD: 100 } } } }),
  )
  await register('euro', nextLine())
  await send('euro', BAD)
  await measure('euro')
  expect((await settle('euro', shop, fixed)).outcome).toBe('ask')
  const { sentence, id } = await decisionOf('euro')
  expect(sentence.en).toContain('€2.99')
  expect(sentence.ja).toContain('€2.99')
  const asked = await db.store
    .selectFrom('refunds')
    .select('amount_minor')
    .where('decision_id', '=', id)
    .execute()
  expect(asked).toEqual([{ amount_minor: 299 }])
})

test('a session that has sent two megabytes is full, and what it sent stays', async () => {
  await register('big', nextLine())
  const cmcd = `cid="${'x'.repeat(9_900)}",sid="big",sta=p`
  const reports = Array.from({ length: 100 }, () => ({ mode: 'event' as const, sn: null, cmcd }))
  expect(await storeReports(db.store, 'big', reports)).toBe(100)
  expect(await storeReports(db.store, 'big', reports)).toBe(100)
  const before = await findSession(db.store, 'big')
  expect(await storeReports(db.store, 'big', reports)).toBe('full')
  expect(await findSession(db.store, 'big')).toEqual(before)
  expect(await sessionReports(db.store, 'big')).toHaveLength(200)
  expect(await storeReports(db.store, 'nobody', reports)).toBeNull()
})
