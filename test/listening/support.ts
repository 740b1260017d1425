import { createServer, type IncomingMessage, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import { createXNetwork, type Network, pollSource } from '../../src/listening/index.ts'
import type { XOptions } from '../../src/listening/x/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Store } from '../../src/store/database.ts'
import { callRoom, recordCharges, recordRateLimit, takeCall } from '../../src/store/meters.ts'
import { dueSources, registerSources } from '../../src/store/sources.ts'
import { sandbox } from '../sandbox/support.ts'
import { createTestStore } from '../support/store.ts'

export const BRAND = 'hinata_shop'
const { prices } = loadReplies('templates')

export interface Rig {
  box: Sandbox
  url: string
  store: Store
  network: Network
}

export async function freshStore(): Promise<{ store: Store; url: string }> {
  const made = await createTestStore()
  onTestFinished(() => made.close())
  return { store: made.store, url: made.url }
}

/** The sandbox's X, a database of its own, and the real connector between them. */
export async function rig(more: XMore = {}): Promise<Rig> {
  const [box, { store, url }] = await Promise.all([sandbox(), freshStore()])
  const network = connect(box, store, more)
  await registerSources(store, 'x', await network.sources())
  return { box, store, url, network }
}

export type XMore = Partial<Pick<XOptions, 'searches' | 'timeoutMs' | 'readbackMs' | 'allowance'>> & {
  origin?: string
  ca?: string | null
}

/** The real connector, put together as the product does. */
export function connect(box: Sandbox, store: Store, more: XMore = {}): Network {
  const { apiKey, apiSecret, accessToken, accessSecret } = box.x
  const ca = more.ca === null ? {} : { ca: more.ca ?? box.x.ca }
  const network = createXNetwork({
    keys: { apiKey, apiSecret, accessToken, accessSecret, origin: more.origin ?? box.x.origin, ...ca },
    searches: more.searches ?? [],
    budget: {
      take: (endpoint, keepFree) => takeCall(store, 'x', endpoint, keepFree),
      look: (endpoint, keepFree) => callRoom(store, 'x', endpoint, keepFree),
      record: (endpoint, limit) => recordRateLimit(store, 'x', endpoint, limit),
    },
    meter: {
      async charge(units) {
        const charges = units.map((unit) => ({ ...unit, microUsd: prices.priceMicroUsd(unit.kind) }))
        await recordCharges(store, 'x', charges)
      },
    },
    ...(more.allowance ? { allowance: more.allowance } : {}),
    ...(more.timeoutMs ? { timeoutMs: more.timeoutMs } : {}),
    ...(more.readbackMs === undefined ? {} : { readbackMs: more.readbackMs }),
  })
  onTestFinished(() => network.close())
  return network
}

/** Polls one source now, whatever it waits for. */
export async function pollNow({ store, network }: Pick<Rig, 'store' | 'network'>, id = 'x:mentions') {
  await makeDue(store, id)
  return pollSource(store, network, id, 60_000)
}

export async function makeDue(store: Store, id?: string): Promise<void> {
  await store
    .updateTable('sources')
    .set({ next_poll_at: sql<Date>`now() - interval '1 second'` })
    .$if(id !== undefined, (query) => query.where('id', '=', id as string))
    .execute()
}

/** Polls everything that is due until nothing more is; returns how many pages that took. */
export async function pollAll({ store, network }: Pick<Rig, 'store' | 'network'>): Promise<number> {
  await makeDue(store)
  for (let pages = 0; ; ) {
    const due = await dueSources(store, [network.name])
    if (due.length === 0) return pages
    const results = await Promise.all(due.map((id) => pollSource(store, network, id, 60_000)))
    pages += results.filter((result) => result !== null).length
  }
}

export function sourceOf(store: Store, id = 'x:mentions') {
  return store.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export async function storedIds(store: Store): Promise<string[]> {
  const rows = await store.selectFrom('posts').select('external_id').orderBy('external_id').execute()
  return rows.map((row) => row.external_id)
}

/** Complaints of as many people; returns their ids, oldest first. */
export function complain(box: Sandbox, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) =>
    box.x.control.post({ author: `customer${from + i}`, text: `@${BRAND} my parcel ${from + i} is late` }),
  )
}

export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

/** Plain HTTP in front of the sandbox, for answers that it never gives: `mangle` changes them, or cuts them off. */
export async function mangling(
  box: Sandbox,
  mangle: (request: IncomingMessage, reply: Reply) => Reply | 'cut' | 'trickle',
): Promise<string> {
  const server: Server = createServer((request, response) => {
    const { hostname, port } = new URL(box.x.origin)
    const { method, url, headers } = request
    const forward = httpsRequest(
      { host: hostname, port, path: url, method, headers, ca: box.x.ca, agent: false },
      async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        const limits = Object.entries(answer.headers).filter(([name]) => /^(content-type|x-)/.test(name))
        const reply = mangle(request, {
          status: answer.statusCode ?? 500,
          headers: Object.fromEntries(limits) as Record<string, string>,
          body: Buffer.concat(chunks).toString(),
        })
        if (reply === 'cut') {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' })
          response.write('{"data":[')
          setTimeout(() => response.destroy(), 50)
        } else if (reply === 'trickle') {
          response.writeHead(200, { 'content-type': 'application/json' })
          const drip = setInterval(() => response.write(' '), 50)
          response.on('close', () => clearInterval(drip))
        } else response.writeHead(reply.status, reply.headers).end(reply.body)
      },
    )
    forward.on('error', () => response.destroy())
    request.pipe(forward)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => server.close(() => done()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
