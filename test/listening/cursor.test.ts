import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { pollSource } from '../../src/listening/index.ts'
import { registerSources } from '../../src/store/sources.ts'
import { until } from '../sandbox/support.ts'
import {
  BRAND,
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

const WEEK_MS = 7 * 24 * 3600_000

function idAt(ms: number): string {
  return String(BigInt(ms - 1_288_834_974_657) << 22n)
}

describe('the cursor of a source', () => {
  it('moves with the posts that it covers, and only asks for later ones', async () => {
    const r = await rig()
    const [first, second] = complain(r.box, 2)
    expect((await pollNow(r))?.posts).toHaveLength(2)
    expect((await sourceOf(r.store)).since_id).toBe(second)
    const [third] = complain(r.box, 1, 2)
    expect((await pollNow(r))?.posts).toHaveLength(1)
    expect((await pollNow(r))?.posts).toHaveLength(0)
    expect(await storedIds(r.store)).toEqual([first, second, third])
    expect(await sourceOf(r.store)).toMatchObject({ since_id: third, state: 'ok', problem: null, gap: null })
    const asked = r.box.x.control.requests().filter((each) => each.endpoint === 'mentions')
    expect(new URLSearchParams(asked.at(-1)?.path.split('?')[1]).get('since_id')).toBe(third)
  })

  it('stays behind when storing fails: nothing is lost, nothing comes twice', async () => {
    const r = await rig()
    const ids = complain(r.box, 3)
    await sql`create function power_cut() returns trigger language plpgsql as
      $$ begin if new.since_id is distinct from old.since_id then raise 'power cut'; end if; return new; end $$`.execute(
      r.store,
    )
    await sql`create trigger power_cut before update on sources for each row execute function power_cut()`.execute(
      r.store,
    )
    expect((await pollNow(r))?.posts).toEqual([])
    expect(await storedIds(r.store)).toEqual([])
    expect(await sourceOf(r.store)).toMatchObject({ since_id: null, state: 'retrying', failures: 1 })
    await sql`drop trigger power_cut on sources`.execute(r.store)
    expect((await pollNow(r))?.posts).toHaveLength(3)
    expect(await storedIds(r.store)).toEqual(ids)
    expect(await sourceOf(r.store)).toMatchObject({ since_id: ids.at(-1), state: 'ok', failures: 0 })
  })

  it('survives a poller that is killed with the posts in its hands', async () => {
    const r = await rig()
    const ids = complain(r.box, 3)
    const { apiKey, apiSecret, accessToken, accessSecret, origin, ca } = r.box.x
    const keys = { apiKey, apiSecret, accessToken, accessSecret, origin, ca }
    const program = fileURLToPath(new URL('poll-and-hang.ts', import.meta.url))
    const child = spawn(process.execPath, [program, JSON.stringify({ databaseUrl: r.url, keys })])
    await once(child.stdout, 'data')
    // Its lock holds as long as it lives, and no longer.
    expect(await pollSource(r.store, r.network, 'x:mentions', 60_000)).toBeNull()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await storedIds(r.store)).toEqual([])
    const stored = await until(
      () => pollSource(r.store, r.network, 'x:mentions', 60_000),
      (result) => result !== null,
    )
    expect(stored?.posts).toHaveLength(3)
    expect(await storedIds(r.store)).toEqual(ids)
  })

  it('is worked on by one poller at a time', async () => {
    const r = await rig()
    complain(r.box, 3)
    const other = connect(r.box, r.store)
    await makeDue(r.store)
    r.box.x.control.inject({ route: 'mentions', kind: 'delay', delayMs: 200 })
    const results = await Promise.all([
      pollSource(r.store, r.network, 'x:mentions', 60_000),
      pollSource(r.store, other, 'x:mentions', 60_000),
    ])
    expect(results.map((result) => result?.posts.length ?? null).sort()).toEqual([3, null])
    // Nor is it polled again before its time.
    expect(await pollSource(r.store, other, 'x:mentions', 60_000)).toBeNull()
    expect(r.box.x.control.requests().filter((each) => each.endpoint === 'mentions')).toHaveLength(1)
  })

  it('is polled beside any number of others without starving the pool of connections', async () => {
    const searches = Array.from({ length: 30 }, (_, i) => ({ name: `s${i}`, query: `parcel${i}` }))
    const r = await rig({ searches })
    const ids = searches.map((_, i) => r.box.x.control.post({ author: `a${i}`, text: `parcel${i} is late` }))
    const before = Date.now()
    expect(await pollAll(r)).toBe(31)
    expect(Date.now() - before).toBeLessThan(8000)
    const problems = await r.store
      .selectFrom('sources')
      .select(['id', 'problem'])
      .where('state', '<>', 'ok')
      .execute()
    expect(problems).toEqual([])
    expect(await storedIds(r.store)).toEqual(ids)
  })

  it('is kept, with its gap, for a source that is switched off and on again', async () => {
    const r = await rig({ searches: [{ name: 'brand', query: 'parcel' }] })
    const [id] = complain(r.box, 1)
    await pollAll(r)
    await registerSources(r.store, 'x', [{ id: 'x:mentions', kind: 'mentions', query: null }])
    expect((await sourceOf(r.store, 'x:search:brand')).enabled).toBe(false)
    await registerSources(r.store, 'x', await r.network.sources())
    expect(await sourceOf(r.store, 'x:search:brand')).toMatchObject({ enabled: true, since_id: id })
  })
})

describe('after an outage', () => {
  it('350 posts are walked back to until the gap is closed', async () => {
    const r = await rig()
    const before = complain(r.box, 1)
    await pollAll(r)
    const missed = complain(r.box, 350, 1)
    expect(await pollAll(r)).toBe(4)
    expect(await storedIds(r.store)).toEqual([...before, ...missed])
    expect(await sourceOf(r.store)).toMatchObject({ since_id: missed.at(-1), gap: null, warning: null })
  })

  it('a process killed in the middle of the walk goes on where it stood, and hears what came meanwhile', async () => {
    const r = await rig()
    const before = complain(r.box, 1)
    await pollAll(r)
    const missed = complain(r.box, 350, 1)
    await pollNow(r)
    await pollNow(r)
    const halfway = await sourceOf(r.store)
    expect(halfway).toMatchObject({ since_id: before[0], gap: { newestId: missed.at(-1), walked: 200 } })
    const later = complain(r.box, 2, 351)
    const reborn = { store: r.store, network: connect(r.box, r.store) }
    await pollAll(reborn)
    await pollAll(reborn)
    expect(await storedIds(r.store)).toEqual([...before, ...missed, ...later])
    expect(await sourceOf(r.store)).toMatchObject({ since_id: later.at(-1), gap: null })
    // 100 a page, each read once.
    const seen = r.box.x.control.charges().filter((charge) => charge.kind === 'ownedRead')
    expect(new Set(seen.map((charge) => charge.resource)).size).toBe(seen.length)
  })

  it("900 posts are more than X's mentions reach back, which is said", async () => {
    const r = await rig()
    complain(r.box, 1)
    await pollAll(r)
    const missed = complain(r.box, 900, 1)
    await pollAll(r)
    expect((await storedIds(r.store)).slice(1)).toEqual(missed.slice(-800))
    const source = await sourceOf(r.store)
    expect(source.warning).toMatch(/800.*older ones may be lost/)
    expect(source).toMatchObject({ state: 'ok', since_id: missed.at(-1), gap: null })
    // It stands until a person has seen it.
    await pollAll(r)
    expect((await sourceOf(r.store)).warning).toBe(source.warning)
  })

  it('posts that come during the walk push others out of reach, which is said too', async () => {
    const r = await rig()
    complain(r.box, 1)
    await pollAll(r)
    complain(r.box, 900, 1)
    await pollNow(r)
    complain(r.box, 30, 901)
    await pollAll(r)
    expect((await sourceOf(r.store)).warning).toMatch(/older ones may be lost/)
  })

  it('a first look is no outage: nothing is said about what nobody asked for', async () => {
    const r = await rig()
    complain(r.box, 820)
    await pollAll(r)
    expect((await sourceOf(r.store)).warning).toBeNull()
    expect(await storedIds(r.store)).toHaveLength(800)
  })

  it('a first look goes back one day', async () => {
    const r = await rig({ searches: [{ name: 'brand', query: 'parcel' }] })
    const post = (author: string, ageHours: number) =>
      r.box.x.control.post({ author, text: `@${BRAND} parcel!`, createdAt: Date.now() - ageHours * 3600_000 })
    post('old', 25)
    const fresh = post('fresh', 23)
    await pollAll(r)
    expect(await storedIds(r.store)).toEqual([fresh])
  })

  it('of more than seven days a search says what it can not see any more and goes on', async () => {
    const r = await rig({ searches: [{ name: 'brand', query: 'parcel' }] })
    await r.store
      .updateTable('sources')
      .set({ since_id: idAt(Date.now() - WEEK_MS - 60_000) })
      .execute()
    const ids = [
      r.box.x.control.post({ author: 'a', text: 'parcel one', createdAt: Date.now() - WEEK_MS / 2 }),
      r.box.x.control.post({ author: 'b', text: 'parcel two' }),
    ]
    await pollAll(r)
    expect(await storedIds(r.store)).toEqual(ids)
    const source = await sourceOf(r.store, 'x:search:brand')
    expect(source.warning).toMatch(/seven days/)
    expect(source).toMatchObject({ state: 'ok', since_id: ids[1] })
  })

  it('a walk that was left lying for more than seven days is given up instead of being refused for ever', async () => {
    const r = await rig({ searches: [{ name: 'brand', query: 'parcel' }] })
    const old = Date.now() - WEEK_MS - 3600_000
    const gap = { newestId: idAt(old), untilId: idAt(old - 1000), walked: 100 }
    await r.store
      .updateTable('sources')
      .set({ since_id: idAt(old - 3600_000), gap: JSON.stringify(gap) })
      .where('kind', '=', 'search')
      .execute()
    const id = r.box.x.control.post({ author: 'b', text: 'parcel two' })
    await pollAll(r)
    await pollAll(r)
    expect(await storedIds(r.store)).toEqual([id])
    expect(await sourceOf(r.store, 'x:search:brand')).toMatchObject({ state: 'ok', gap: null, since_id: id })
  })

  it('empty pages that promise more are walked through', async () => {
    const r = await rig()
    const [id] = complain(r.box, 1)
    const origin = await mangling(r.box, (request, reply) => {
      const empty = request.url?.includes('/mentions') && !request.url.includes('pagination_token')
      const token = `7140${Buffer.from(JSON.stringify({ before: '9'.repeat(19) })).toString('hex')}`
      const body = JSON.stringify({ meta: { result_count: 0, next_token: token } })
      return empty ? { ...reply, body } : reply
    })
    const network = connect(r.box, r.store, { origin })
    expect((await pollNow({ store: r.store, network }))?.posts).toHaveLength(1)
    expect(await storedIds(r.store)).toEqual([id])
  })

  it('a network that leads in circles is not asked for ever, and the gap stays open', async () => {
    const r = await rig()
    const [first] = complain(r.box, 1)
    await pollAll(r)
    complain(r.box, 150, 1)
    let page = ''
    const origin = await mangling(r.box, (request, reply) => {
      if (!request.url?.includes('/mentions')) return reply
      page ||= reply.body
      return { ...reply, body: page }
    })
    const network = connect(r.box, r.store, { origin })
    expect(await pollAll({ store: r.store, network })).toBe(2)
    expect(await sourceOf(r.store)).toMatchObject({
      since_id: first,
      state: 'retrying',
      gap: { walked: 100 },
    })
    await pollAll(r)
    expect(await storedIds(r.store)).toHaveLength(151)
  })
})
