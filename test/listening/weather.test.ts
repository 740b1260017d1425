import { describe, expect, it } from 'vitest'
import { pollSource } from '../../src/listening/index.ts'
import type { Fault } from '../../src/sandbox/index.ts'
import { until } from '../sandbox/support.ts'
import {
  complain,
  connect,
  makeDue,
  mangling,
  pollAll,
  pollNow,
  rig,
  sourceOf,
  storedIds,
} from './support.ts'

const refused = (status: number) => (each: { status: number }) => each.status === status

describe("X's rate limits", () => {
  it('are never run into, by two processes that share a budget', async () => {
    const r = await rig()
    r.box.x.control.setLimits({ mentions: { user: 5 } }, 2000)
    const others = [r.network, connect(r.box, r.store)]
    complain(r.box, 2)
    const end = Date.now() + 5500
    let last = 0
    while (Date.now() < end) {
      await Promise.all(
        others.map(async (network) => {
          await makeDue(r.store)
          await pollSource(r.store, network, 'x:mentions', 60_000)
          await network
            .readPage(
              { id: 'x:mentions', network: 'x', kind: 'mentions', query: null },
              { sinceId: null, untilId: null },
            )
            .catch(() => {})
        }),
      )
      last = r.box.x.control.requests().filter((each) => each.endpoint === 'mentions').length
    }
    expect(r.box.x.control.requests().filter(refused(429))).toEqual([])
    // Nor is the budget left lying: five a window, and at least the second window was found.
    expect(last).toBeGreaterThanOrEqual(8)
  })

  it('that are full make a source "limited" until they reset, without a call', async () => {
    const r = await rig()
    r.box.x.control.setLimits({ mentions: { user: 2 } }, 3000)
    await pollNow(r)
    await pollNow(r)
    expect((await pollNow(r))?.posts).toEqual([])
    const source = await sourceOf(r.store)
    expect(source).toMatchObject({ state: 'limited', failures: 0 })
    expect(source.problem).toMatch(/limit.*used up/)
    const waitMs = source.next_poll_at.getTime() - Date.now()
    expect(waitMs).toBeGreaterThan(500)
    expect(waitMs).toBeLessThan(5000)
    const requests = () => r.box.x.control.requests().filter((each) => each.endpoint === 'mentions')
    expect(requests()).toHaveLength(2)
    const [id] = complain(r.box, 1)
    await until(
      () => pollSource(r.store, r.network, 'x:mentions', 60_000),
      (result) => result !== null,
    )
    expect(await storedIds(r.store)).toEqual([id])
    expect(await sourceOf(r.store)).toMatchObject({ state: 'ok', problem: null })
    expect(requests().filter(refused(429))).toEqual([])
  })

  it('that somebody else used up are told by a 429, and its reset is waited for', async () => {
    const r = await rig()
    r.box.x.control.setLimits({ mentions: { user: 0 } }, 60_000)
    await pollNow(r)
    const source = await sourceOf(r.store)
    expect(source.state).toBe('limited')
    expect(source.next_poll_at.getTime() - Date.now()).toBeGreaterThan(50_000)
    // Everybody knows now.
    await pollNow({ store: r.store, network: connect(r.box, r.store) })
    expect(r.box.x.control.requests().filter(refused(429))).toHaveLength(1)
  })

  it('whose reset is over by our clock already are not hammered', async () => {
    const r = await rig()
    const reset = String(Math.floor(Date.now() / 1000) - 30)
    const headers = {
      'x-rate-limit-limit': '300',
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': reset,
    }
    r.box.x.control.inject({ route: 'mentions', kind: 'status', status: 429, headers })
    await pollNow(r)
    const source = await sourceOf(r.store)
    expect(source.state).toBe('limited')
    expect(source.next_poll_at.getTime()).toBeGreaterThan(Date.now() + 500)
  })
})

describe('an X that has a bad day', () => {
  const kinds: [string, Omit<Fault, 'route'>, RegExp][] = [
    ['a 500', { kind: 'status', status: 500 }, /500/],
    ['a 503 as an HTML page', { kind: 'html-503' }, /503/],
    ['half an answer', { kind: 'garbage' }, /not JSON/],
    ['a dropped connection', { kind: 'drop-before' }, /can not be reached/],
    ['silence', { kind: 'delay', delayMs: 1200 }, /can not be reached.*timeout/i],
  ]
  it.each(kinds)('gives %s: the source tries again, and is well again', async (_, fault, words) => {
    const r = await rig({ timeoutMs: 400 })
    const ids = complain(r.box, 2)
    r.box.x.control.inject({ route: 'mentions', ...fault })
    await pollNow(r)
    const source = await sourceOf(r.store)
    expect(source).toMatchObject({ state: 'retrying', failures: 1, since_id: null })
    expect(source.problem).toMatch(words)
    await pollNow(r)
    expect(await storedIds(r.store)).toEqual(ids)
    expect(await sourceOf(r.store)).toMatchObject({ state: 'ok', failures: 0, problem: null })
  })

  it('is asked less and less often', async () => {
    const r = await rig()
    r.box.x.control.inject({ route: 'mentions', kind: 'status', status: 502, times: 20 })
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      await pollNow(r)
      waits.push((await sourceOf(r.store)).next_poll_at.getTime() - Date.now())
    }
    for (const [i, wait] of waits.entries()) {
      const full = Math.min(300_000, 1000 * 2 ** i)
      expect(wait).toBeGreaterThan(full / 2 - 200)
      expect(wait).toBeLessThanOrEqual(full)
    }
  })

  it('breaks off in the middle of an answer, or trickles it: nobody waits for ever', async () => {
    const r = await rig()
    const [id] = complain(r.box, 1)
    let how: 'cut' | 'trickle' | null = 'cut'
    const origin = await mangling(r.box, (request, reply) =>
      how !== null && request.url?.includes('/mentions') ? how : reply,
    )
    const network = connect(r.box, r.store, { origin, timeoutMs: 400 })
    await pollNow({ store: r.store, network })
    expect((await sourceOf(r.store)).state).toBe('retrying')
    how = 'trickle'
    const before = Date.now()
    await pollNow({ store: r.store, network })
    expect(Date.now() - before).toBeLessThan(2000)
    expect(await sourceOf(r.store)).toMatchObject({ state: 'retrying', failures: 2 })
    how = null
    await pollNow({ store: r.store, network })
    expect(await storedIds(r.store)).toEqual([id])
  })
})

describe('what only people can mend', () => {
  it('revoked keys are said, and work again after they were restored, without a restart', async () => {
    const r = await rig()
    r.box.x.control.revoke('oauth1')
    await pollNow(r)
    const source = await sourceOf(r.store)
    expect(source.state).toBe('revoked')
    expect(source.problem).toMatch(/401.*developer console/)
    r.box.x.control.restore()
    const ids = complain(r.box, 1)
    await pollNow(r)
    r.box.x.control.revoke('oauth1')
    await pollNow(r)
    expect((await sourceOf(r.store)).state).toBe('revoked')
    r.box.x.control.restore()
    ids.push(...complain(r.box, 1, 1))
    await pollNow(r)
    expect(await storedIds(r.store)).toEqual(ids)
    expect(await sourceOf(r.store)).toMatchObject({ state: 'ok', problem: null })
  })

  it('used-up credit blocks a source until more is bought', async () => {
    const r = await rig()
    const ids = complain(r.box, 1)
    r.box.x.control.setCredit(0)
    await pollNow(r)
    const source = await sourceOf(r.store)
    expect(source.state).toBe('blocked')
    expect(source.problem).toMatch(/credit.*402.*Buy credit/)
    r.box.x.control.setCredit(null)
    await pollNow(r)
    expect(await storedIds(r.store)).toEqual(ids)
  })

  it('a search that X does not understand is said, and the other sources go on', async () => {
    const r = await rig({ searches: [{ name: 'broken', query: '(parcel' }] })
    const ids = complain(r.box, 1)
    await pollAll(r)
    const source = await sourceOf(r.store, 'x:search:broken')
    expect(source.state).toBe('blocked')
    expect(source.problem).toMatch(/400/)
    expect(await storedIds(r.store)).toEqual(ids)
  })

  it('a certificate that nobody vouches for is refused, and nothing is sent to its owner', async () => {
    const r = await rig()
    await pollNow({ store: r.store, network: connect(r.box, r.store, { ca: null }) })
    const source = await sourceOf(r.store)
    expect(source.state).toBe('retrying')
    expect(source.problem).toMatch(/self-signed certificate/)
    expect(r.box.x.control.requests()).toEqual([])
  })

  it('a certificate for another name is refused; the right authority makes the connection', async () => {
    const r = await rig()
    const elsewhere = r.box.x.origin.replace('127.0.0.1', '127.0.0.2')
    const named = r.box.x.origin.replace('127.0.0.1', 'localhost')
    const [id] = complain(r.box, 1)
    await pollNow({ store: r.store, network: connect(r.box, r.store, { origin: elsewhere }) })
    expect((await sourceOf(r.store)).state).toBe('retrying')
    expect(r.box.x.control.requests()).toEqual([])
    await pollNow({ store: r.store, network: connect(r.box, r.store, { origin: named }) })
    expect(await storedIds(r.store)).toEqual([id])
  })
})
