import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { messagesOfCords, takeCordMessage, tellShopAgain } from '../../../src/store/cord-messages.ts'
import { openCords, pastCords } from '../../../src/store/cords.ts'
import { openSignals } from '../../../src/store/signals.ts'
import {
  type CordTarget,
  createAndonWatch,
  pullCord,
  resumeCord,
  selfPull,
  sendCordMessage,
} from '../../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { addContacts, openShop, THINGS } from './andon-at-test.ts'

let db: TestStore
let shop: Awaited<ReturnType<typeof openShop>>
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(async () => {
  db = await createTestStore()
  // cords of several tests differ in their keys, as those of one database do
  await sql`select setval(pg_get_serial_sequence('cords', 'id'), ${Math.floor(Math.random() * 1e9)}::bigint)`.execute(
    db.store,
  )
})
afterEach(async () => {
  shop.control.clearFaults()
  await db.close()
})

const pull = (actor = 'user:7', name = 'heater-kotori') =>
  pullCord(db.store, { kind: 'product', name, reason: 'It smokes', actor, signalId: null }, THINGS)
const end = (id: number) =>
  resumeCord(
    db.store,
    { id, actor: 'user:8', cause: 'A loose wire', fix: 'All were taken back', vouchedBy: 'Hana Ito' },
    THINGS,
  )
const send = (target: Partial<CordTarget> = {}) =>
  sendCordMessage(db.store, { ...shop.target, ...target }, new Date())
/** The time until the next attempt has gone by. */
const wait = () => sql`update cord_messages set next_try_at = now() where state = 'waiting'`.execute(db.store)
const messages = async (id: number) => messagesOfCords(db.store, [id])

describe('a cord', () => {
  test('pulled by two at once is one cord, and the second is told', async () => {
    const pulls = await Promise.all([pull('user:7'), pull('user:8'), pull('user:9')])
    expect(pulls.filter(({ pulled }) => pulled)).toHaveLength(1)
    expect(new Set(pulls.map(({ id }) => id)).size).toBe(1)
    expect(await openCords(db.store)).toHaveLength(1)
    expect(await messages(pulls[0]?.id ?? 0)).toHaveLength(1)
    const news = await db.store.selectFrom('chat_news').select('kind').execute()
    expect(news).toEqual([{ kind: 'cord' }])
  })

  test('let go by two at once is let go once, with cause, fix and name, and can be pulled anew', async () => {
    const { id } = await pull()
    const ends = await Promise.all([end(id), end(id)])
    expect(ends.filter((each) => each !== null)).toHaveLength(1)
    expect(await pastCords(db.store, 9)).toMatchObject([
      { id, cause: 'A loose wire', fix: 'All were taken back', vouched_by: 'Hana Ito', resumed_by: 'user:8' },
    ])
    expect((await pull()).pulled).toBe(true)
  })

  test('leaves a history that nobody can change', async () => {
    const { id } = await pull()
    await expect(sql`update cords set reason = 'nothing' where id = ${id}`.execute(db.store)).rejects.toThrow(
      /history/,
    )
    await end(id)
    await expect(sql`update cords set cause = 'us' where id = ${id}`.execute(db.store)).rejects.toThrow(
      /history/,
    )
    await expect(sql`delete from cords where id = ${id}`.execute(db.store)).rejects.toThrow()
    const actions = await db.store
      .selectFrom('audit_log')
      .select('action')
      .where('subject', '=', `cord:${id}`)
      .execute()
    expect(actions.map(({ action }) => action)).toEqual(['cord.pulled', 'cord.resumed'])
  })
})

describe('the shop', () => {
  test('stops the sale, holds what is not shipped, and lets both go again; its answers are kept', async () => {
    const { id } = await pull()
    expect(await send()).toBe(true)
    expect(await messages(id)).toMatchObject([
      { what: 'pulled', state: 'done', answer: { saleStopped: true, ordersHeld: 1, message: null } },
    ])
    expect(shop.control.stopped()).toEqual(['heater-kotori'])
    await end(id)
    await send()
    expect(shop.control.stopped()).toEqual([])
    expect(await send()).toBe(false)
  })

  test('does nothing twice where its answer is lost', async () => {
    const { id } = await pull()
    shop.control.inject({ route: 'cords', kind: 'drop-after' })
    shop.control.inject({ route: 'cords', kind: 'garbage' })
    await send()
    expect(await messages(id)).toMatchObject([{ state: 'waiting', attempts: 1 }])
    await wait()
    await send()
    expect(await messages(id)).toMatchObject([{ state: 'waiting', problem: 'its answer can not be read' }])
    await wait()
    await send()
    expect(await messages(id)).toMatchObject([{ state: 'done', attempts: 3 }])
    expect(shop.control.cords().filter(({ key }) => key === `cord:${id}:pulled`)).toHaveLength(1)
  })

  test('is told again by another process where the first died before or after it sent', async () => {
    const { id } = await pull()
    // it took the message and died
    await takeCordMessage(db.store)
    expect(await send()).toBe(false)
    await wait()
    expect(await send()).toBe(true)
    expect(await messages(id)).toMatchObject([{ state: 'done' }])
    // it sent it and died: nothing was written down
    await sql`update cord_messages set state = 'waiting', answer = null, done_at = null`.execute(db.store)
    await wait()
    await send()
    expect(await messages(id)).toMatchObject([{ state: 'done', answer: { saleStopped: true } }])
    expect(shop.control.cords().filter(({ key }) => key === `cord:${id}:pulled`)).toHaveLength(1)
  })

  test('that is down, slow, private or does not know our secret is tried again, and why is kept', async () => {
    const { id } = await pull()
    const problem = async (target: Partial<CordTarget> = {}) => {
      await wait()
      await send(target)
      const [message] = await messages(id)
      expect(message).toMatchObject({ state: 'waiting' })
      return message?.problem
    }
    shop.control.inject({ route: 'cords', kind: 'html-503' })
    expect(await problem()).toBe('HTTP 503')
    shop.control.inject({ route: 'cords', kind: 'delay', delayMs: 1500 })
    expect(await problem({ timeoutMs: 200 })).toBe('no answer in time')
    expect(await problem({ allowPrivate: false })).toBe('its address is not a public one')
    expect(await problem({ secret: 'another one than it has' })).toBe('HTTP 401')
    expect(await problem({ url: 'http://127.0.0.1:9/' })).toMatch(/^it can not be reached/)
    // each attempt waits longer
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from next_try_at - now())::float8 as seconds from cord_messages`.execute(db.store)
    expect(rows[0]?.seconds).toBeGreaterThan(20)
    expect(await send()).toBe(false)
    expect(await tellShopAgain(db.store, (await messages(id))[0]?.id ?? 0, 'user:7')).toBe(true)
    expect(await send()).toBe(true)
    expect(await messages(id)).toMatchObject([{ state: 'done' }])
  })

  test('that refuses is not asked again by itself, only by a person', async () => {
    const { id } = await pull('user:7', 'no-such-sku')
    await send()
    expect(await messages(id)).toMatchObject([
      { state: 'refused', problem: 'The shop sells no no-such-sku. (not_ours)' },
    ])
    await wait()
    expect(await send()).toBe(false)
    const [message] = await messages(id)
    expect(await tellShopAgain(db.store, message?.id ?? 0, 'user:7')).toBe(true)
    await send()
    await end(id)
    // a stop after the sale went on would be wrong
    expect(await tellShopAgain(db.store, message?.id ?? 0, 'user:7')).toBe(false)
  })

  test('hears of one thing in order: what came later waits for what came first', async () => {
    const { id } = await pull()
    shop.control.inject({ route: 'cords', kind: 'status', status: 500 })
    await send()
    await end(id)
    expect(await send()).toBe(false)
    const other = await pull('user:7', 'kettle-sora')
    expect(await send()).toBe(true)
    expect(await messages(other.id)).toMatchObject([{ state: 'done' }])
    await wait()
    await send()
    await send()
    expect((await messages(id)).map(({ state }) => state)).toEqual(['done', 'done'])
    expect(shop.control.stopped()).toEqual(['kettle-sora'])
  })
})

describe('a cord pulls itself', () => {
  const rule = { reason: 'danger' as const, kinds: ['product' as const], codes: ['item.*'], people: 2 }
  const voice = (person: string) => ({ at: new Date(), code: 'item.safety', severity: 3, person })

  test('only where policy says so, and only with so many people behind it', async () => {
    const watch = createAndonWatch(db.store, { timeZone: 'Asia/Tokyo', things: THINGS })
    await addContacts(db.store, [voice('a'), voice('a')])
    await watch.turn(new Date())
    await watch.turn(new Date())
    expect(await openSignals(db.store, 9)).toMatchObject([{ people: 1 }])
    expect(await selfPull(db.store, [rule], THINGS)).toEqual([])
    await addContacts(db.store, [voice('b')])
    await watch.turn(new Date())
    expect(await selfPull(db.store, [], THINGS)).toEqual([])
    expect(await selfPull(db.store, [{ ...rule, codes: ['delivery.*'] }], THINGS)).toEqual([])
    const [cord] = await selfPull(db.store, [rule], THINGS)
    expect(await openCords(db.store)).toMatchObject([
      { id: cord?.id, pulled_by: 'policy', name: 'heater-kotori' },
    ])
    expect(await openSignals(db.store, 9)).toEqual([])
    // once a person let it go, the same signal does not pull it again
    await end(cord?.id ?? 0)
    expect(await selfPull(db.store, [rule], THINGS)).toEqual([])
  })
})
