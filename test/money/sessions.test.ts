import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createShopClient,
  loadPayouts,
  loadRefundRules,
  type RefundRule,
  registerRules,
  type SettleParts,
  settleEvent,
} from '../../src/refunds/index.ts'
import { sessionReports, storeReports } from '../../src/store/cmcd-reports.ts'
import { raisePlaybackEvent } from '../../src/store/playback-events.ts'
import type { RefundState } from '../../src/store/schema.ts'
import {
  findSession,
  oldestUndecidedSession,
  registerSession,
  storeQuality,
} from '../../src/store/sessions.ts'
import { findWaiting } from '../../src/store/sweep.ts'
import { linePlayback, measureSession } from '../../src/streaming/index.ts'
import { answer, closedOrigin, jsonServer } from '../refunds/json-server.ts'
import { rulesFolder } from '../refunds/rules-folder.ts'
import { play, type Step } from '../streaming/player.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { startProvider } from './provider.ts'

const rules = loadRefundRules('templates/refunds')
const EVENING = Date.parse('2026-11-20T20:00:00Z')
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
let gateways: SettleParts['gateways']

beforeAll(async () => {
  db = await createTestStore()
  await activate(rules)
})
afterAll(() => db.close())
beforeEach(async () => {
  gateways = (await startProvider()).gateways
})

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
      paymentId: `pay-${id}`,
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

/** @param laterMs as if it had been watched, and told of, so much later */
async function send(sid: string, steps: Step[], from = 0, laterMs = 0): Promise<void> {
  const reports = play(steps, { sid, start: EVENING + laterMs }).slice(from)
  await storeReports(
    db.store,
    sid,
    reports.map(({ cmcd }, index) => ({ mode: 'event', sn: from + index, cmcd })),
  )
  if (laterMs === 0) return
  const at = new Date(Date.now() + laterMs)
  await db.store.updateTable('cmcd_reports').set({ received_at: at }).where('sid', '=', sid).execute()
}

/** What the quality worker does with a session that is over. */
async function measure(sid: string): Promise<void> {
  const session = await findSession(db.store, sid)
  if (!session) throw new Error(`there is no session ${sid}`)
  const quality = measureSession(await sessionReports(db.store, sid))
  await storeQuality(db.store, session, { ...quality }, 'ended')
}

/** These rules pay, and no others. */
async function activate(by: RefundRule[]): Promise<void> {
  await db.store.deleteFrom('refund_rule_versions').execute()
  await registerRules(db.store, by, { activateFirst: true })
}

/** What the quality and refund workers do with a session that was measured. */
async function settle(sid: string, shop: SettleParts['shop']) {
  const line = (await findSession(db.store, sid))?.order_line_id ?? ''
  const id = (await raisePlaybackEvent(db.store, line, 0)) ?? (await eventOf(line))
  return settleEvent(db.store, partsWith(shop), id)
}

function partsWith(shop: SettleParts['shop']): SettleParts {
  return {
    shop,
    gateways,
    payouts: loadPayouts('templates/payouts.yaml'),
    ownerOf: () => 'catalogue',
    idleMs: 60_000,
    playback: linePlayback,
  }
}

/** Lets the time pass for which a line's event waits. */
async function dueNow(line: string): Promise<void> {
  await db.store
    .updateTable('refund_events')
    .set({ due_since: new Date(Date.now() - 1) })
    .where('key', '=', `playback:${line}`)
    .execute()
}

async function eventOf(line: string): Promise<number> {
  const event = await db.store
    .selectFrom('refund_events')
    .select('id')
    .where('key', '=', `playback:${line}`)
    .executeTakeFirst()
  return event?.id ?? 0
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
    expect(await settle('on', shop)).toMatchObject({ outcome: 'no-rule', refundId: null })
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
    await raisePlaybackEvent(db.store, (await findSession(db.store, 'slow'))?.order_line_id ?? '', 0)
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

describe('several sessions of an order line', () => {
  test('are decided by what they come to together', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    // Each alone plays for too short a time to count.
    const short: Step[] = [
      ['s', 900],
      ['p', 70_000],
      ['r', 9_000],
      ['p', 1_000],
      ['q', 0],
    ]
    for (const [n, sid] of [`first-${line}`, `second-${line}`].entries()) {
      await register(sid, line)
      await send(sid, short, 0, n * 3_600_000)
      await measure(sid)
    }
    const settled = await settle(`first-${line}`, shop)
    const { inputs, sentence } = await decisionOf(`second-${line}`)
    expect(settled, sentence.en).toMatchObject({ outcome: 'pay' })
    expect(inputs.session).toMatchObject({ playedMs: 142_000, stalledMs: 18_000, stalls: 2, sessions: 2 })
    expect(await stateOf(`first-${line}`)).toBe('decided')
  })

  test('wait for each other: nothing failed where a second try plays', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    await register(`tried-${line}`, line)
    await send(`tried-${line}`, [
      ['s', 4_000],
      ['f', 0],
    ])
    await register(`plays-${line}`, line)
    await send(`plays-${line}`, GOOD)
    await measure(`tried-${line}`)
    expect(await raisePlaybackEvent(db.store, line, 0)).toBeNull()
    await measure(`plays-${line}`)
    expect((await settle(`plays-${line}`, shop)).outcome).toBe('no-rule')
  })

  test('wait for a second try after one that failed, and for a third', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    const failed: Step[] = [
      ['s', 4_000],
      ['f', 0],
    ]
    await register(`failed-${line}`, line)
    await send(`failed-${line}`, failed)
    await measure(`failed-${line}`)
    const event = (await raisePlaybackEvent(db.store, line, 60_000)) as number
    const waiting = async () => (await findWaiting(db.store, 'refund')).some(({ id }) => id === String(event))
    const settleNow = () => settleEvent(db.store, partsWith(shop), event)
    expect(await settleNow()).toMatchObject({ outcome: 'later', delayMs: expect.any(Number) })
    expect(await waiting()).toBe(false)
    await db.store
      .updateTable('streaming_sessions')
      .set({ measured_at: new Date('2020-01-01') })
      .where('sid', '=', `failed-${line}`)
      .execute()
    const alarmed = async () => (await oldestUndecidedSession(db.store))?.getUTCFullYear() === 2020
    expect(await alarmed()).toBe(false)
    // Its time comes while the customer watches.
    await register(`on-${line}`, line)
    await send(`on-${line}`, GOOD)
    await dueNow(line)
    expect([await waiting(), await alarmed()]).toEqual([true, true])
    expect(await settleNow()).toEqual({ outcome: 'done', refundId: null, replacementId: null })
    expect(await waiting()).toBe(false)
    expect(await stateOf(`failed-${line}`)).toBe('ended')
    await measure(`on-${line}`)
    expect(await raisePlaybackEvent(db.store, line, 0)).toBe(event)
    expect((await settleNow()).outcome).toBe('no-rule')
  })

  test('that all failed are refunded once nobody tried again', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    await register(`dead-${line}`, line)
    await send(`dead-${line}`, [
      ['s', 4_000],
      ['f', 0],
    ])
    await measure(`dead-${line}`)
    const event = (await raisePlaybackEvent(db.store, line, 60_000)) as number
    await dueNow(line)
    expect(await settleEvent(db.store, partsWith(shop), event)).toMatchObject({ outcome: 'pay' })
  })

  test('are not put off for ever by a player that goes on telling of its failure', async () => {
    const line = nextLine()
    const dueSince = async () =>
      (
        await db.store
          .selectFrom('refund_events')
          .select('due_since')
          .where('key', '=', `playback:${line}`)
          .executeTakeFirstOrThrow()
      ).due_since
    await register(`open-${line}`, line)
    const failed: Step[] = [['s', 4_000], ...Array.from({ length: 4 }, (): Step => ['f', 5_000])]
    await send(`open-${line}`, failed.slice(0, 2))
    await measure(`open-${line}`)
    await raisePlaybackEvent(db.store, line, 60_000)
    const first = await dueSince()
    await send(`open-${line}`, failed, 2)
    await measure(`open-${line}`)
    await raisePlaybackEvent(db.store, line, 60_000)
    expect(await dueSince()).toEqual(first)
  })

  test('after a refund leave it at that', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    await register(`one-${line}`, line)
    await send(`one-${line}`, BAD)
    await measure(`one-${line}`)
    expect((await settle(`one-${line}`, shop)).outcome).toBe('pay')
    await register(`two-${line}`, line)
    await send(`two-${line}`, BAD)
    await measure(`two-${line}`)
    expect((await settle(`two-${line}`, shop)).outcome).toBe('done')
    expect(await stateOf(`two-${line}`)).toBe('decided')
  })

  test('and settled by eighteen workers at the same moment are one refund', async () => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    const sids = Array.from({ length: 9 }, (_, n) => `${line}-${n}`)
    for (const sid of sids) {
      await register(sid, line)
      await send(sid, BAD)
      await measure(sid)
    }
    const outcomes = await Promise.all([...sids, ...sids].map((sid) => settle(sid, shop)))
    // Nine sessions that played at once are two screens at least: a person looks.
    expect(outcomes.filter(({ outcome }) => outcome === 'ask')).toHaveLength(1)
    const refunds = await db.store
      .selectFrom('refunds')
      .select('id')
      .where('order_line_id', '=', line)
      .execute()
    expect(refunds).toHaveLength(1)
  })
})

describe('a complaint about a film that was refunded', () => {
  test.each<[RefundState, RegExp, RegExp]>([
    ['asked', /waits for the decision of a person/, /担当者の判断を待っています/],
    ['sending', /is being paid/, /支払い手続き中/],
    ['paid', /was paid already/, /支払い済み/],
    ['denied', /denied by a person/, /見送られました/],
    ['failed', /refused by the payment provider/, /再送できます/],
    ['unknown', /may or may not have been paid/, /不明/],
  ])('pays nothing and says how the refund stands: %s', async (state, en, ja) => {
    const shop = await shopOnTheWire()
    const line = nextLine()
    const complaint = { event: 'complaint.coded', codes: ['streaming.*'], when: undefined }
    await activate([
      ...rules.filter(({ event }) => event.startsWith('playback')),
      ...loadRefundRules(rulesFolder({ complained: complaint })),
    ])
    await register(`seen-${line}`, line)
    await send(`seen-${line}`, BAD)
    await measure(`seen-${line}`)
    expect(await settle(`seen-${line}`, shop)).toMatchObject({ outcome: 'pay' })
    await db.store.updateTable('refunds').set({ state }).where('order_line_id', '=', line).execute()
    const { id } = await db.store
      .insertInto('refund_events')
      .values({
        key: `complaint:${line}`,
        kind: 'complaint',
        customer_id: `customer-of-${line}`,
        order_id: line,
        order_line_id: line,
        code: 'streaming.quality',
        facts: JSON.stringify({ codes: ['streaming.quality'], severity: 2, confidence: 0.9 }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    expect(await settleEvent(db.store, partsWith(shop), id)).toMatchObject({ outcome: 'deny' })
    const decision = await db.store
      .selectFrom('refund_decisions')
      .selectAll()
      .where('event_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(decision).toMatchObject({ outcome: 'deny', limit_hit: 'key', amount_minor: 0 })
    expect(decision.sentence.en).toMatch(en)
    expect(decision.sentence.en).toContain('$2.99')
    expect(decision.sentence.ja).toMatch(ja)
    await activate(rules)
  })
})

test('a shop that is away is waited for, with the session as it was', async () => {
  await register('away', nextLine())
  await send('away', BAD)
  await measure('away')
  const away = createShopClient({ origin: await closedOrigin(), apiToken: 'token' })
  expect(await settle('away', away)).toMatchObject({ outcome: 'later', delayMs: 5_000 })
  const before = new Date(Date.now() - 120_000)
  await db.store
    .updateTable('streaming_sessions')
    .set({ measured_at: before })
    .where('sid', '=', 'away')
    .execute()
  const waiting = (await findSession(db.store, 'away'))?.order_line_id ?? ''
  await db.store
    .updateTable('refund_events')
    .set({ due_since: before })
    .where('key', '=', `playback:${waiting}`)
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
  await activate(fixed)
  expect((await settle('euro', shop)).outcome).toBe('ask')
  await activate(rules)
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
