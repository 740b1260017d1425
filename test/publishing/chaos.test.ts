import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Fault } from '../../src/sandbox/index.ts'
import { registerSources } from '../../src/store/sources.ts'
import { freshStore } from '../listening/support.ts'
import { sandbox } from '../sandbox/support.ts'
import { answersTo, type Prepared, prepare, replyRow, writes } from './support.ts'

const DRAFTS = 24
const READBACK_MS = 1200
const TIMEOUT_MS = 300
const PROGRAM = fileURLToPath(new URL('publisher.ts', import.meta.url))

/** The same faults in the same order every time; the moments of the kills are the machine's. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

it.each([1, 2])(
  'whatever happens on the wire and to the processes, each approved reply stands in public exactly once (seed %i)',
  async (seed) => {
    const random = seeded(seed)
    const [box, { store, url }] = await Promise.all([sandbox({ limits: 'raised' }), freshStore()])
    await registerSources(store, 'x', [{ id: 'x:mentions', kind: 'mentions', query: null }])
    const { control } = box.x
    control.setReadbackDelayMs(300)
    const approved: Prepared[] = []
    const unapproved: Prepared[] = []
    for (let i = 0; i < DRAFTS; i++) {
      const kind = { author: `author${i}`, answer: `We are sorry, ${i}.` }
      approved.push(await prepare({ box, store }, kind))
      if (i % 4 === 0)
        unapproved.push(await prepare({ box, store }, { ...kind, author: `other${i}`, state: 'pending' }))
    }
    const draftIds = [...approved, ...unapproved].map((each) => each.draftId)

    const faults: Omit<Fault, 'route'>[] = [
      { kind: 'drop-before' },
      { kind: 'drop-after' },
      { kind: 'drop-after', delayMs: 200 },
      { kind: 'status', status: 503 },
      { kind: 'garbage' },
      { kind: 'html-503' },
      { kind: 'delay', delayMs: 200 },
      { kind: 'delay', delayMs: 500 },
    ]
    const routes = ['create_post', 'create_post', 'create_post', 'lookup', 'user_posts', 'me']
    const { apiKey, apiSecret, accessToken, accessSecret, origin, ca } = box.x
    const keys = { apiKey, apiSecret, accessToken, accessSecret, origin, ca }
    const start = (): ChildProcess => {
      const shuffled = draftIds.toSorted(() => random() - 0.5)
      const told = {
        databaseUrl: url,
        keys,
        draftIds: shuffled,
        readbackMs: READBACK_MS,
        timeoutMs: TIMEOUT_MS,
      }
      return spawn(process.execPath, [PROGRAM, JSON.stringify(told)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    }

    let kills = 0
    const until = Date.now() + 6000
    const sent = async () =>
      (await store.selectFrom('replies').select('id').where('state', '=', 'sent').execute()).length
    while (Date.now() < until && (await sent()) < DRAFTS) {
      for (let i = 0; i < 6; i++) {
        const fault = faults[Math.floor(random() * faults.length)] as Omit<Fault, 'route'>
        control.inject({ route: routes[Math.floor(random() * routes.length)] as string, ...fault })
      }
      const children = [start(), start()]
      const exits = children.map((child) => once(child, 'exit'))
      await Promise.all(children.map((child) => once(child.stdout as NodeJS.ReadableStream, 'data')))
      for (const child of children) {
        await new Promise((wake) => setTimeout(wake, 20 + random() * 250))
        if (child.kill('SIGKILL')) kills++
      }
      await Promise.all(exits)
    }
    control.clearFaults()
    const last = start()
    expect(await once(last, 'exit')).toEqual([0, null])

    for (const each of approved) {
      expect(answersTo(box, each.externalId)).toHaveLength(1)
      expect(await replyRow(store, each.draftId)).toMatchObject({ state: 'sent' })
    }
    for (const each of unapproved) expect(answersTo(box, each.externalId)).toEqual([])
    expect(control.timeline()).toHaveLength(DRAFTS)
    // X would have refused a second one as a duplicate: none was even tried.
    expect(writes(box).filter((request) => request.status === 403)).toEqual([])
    expect(kills).toBeGreaterThan(3)
  },
  40_000,
)
