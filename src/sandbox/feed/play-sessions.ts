import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Journal, openJournal } from '../journal.ts'
import type { ShopControl } from '../shop/index.ts'
import { durationMs, reportsOf } from './cmcd.ts'
import { type PlayerSession, SESSIONS } from './sessions.ts'

export interface ProductAddress {
  origin: string
  shopApiKey: string
}

/** How far a session has come; enough to tell the rest of it, unchanged, after a crash. */
interface Progress {
  key: string
  sid: string
  startedAtMs: number
  token?: string
  done?: boolean
}

const GARBAGE = [
  '%%%not cmcd at all',
  'sid="unterminated,sn=,e=ps',
  '{"sn":12,"sta":"p"}',
  'e=ps,sta=zz,ts=yesterday,v=2',
]
const FIRST_AFTER_MS = 2_000
const BETWEEN_MS = 4_000
const MAX_TRIES = 40

/** Starts the players one after another; those that are done already stay silent. Returns a function that stops them. */
export function playSessions(
  path: string,
  shop: ShopControl,
  product: ProductAddress,
  speed: number,
  log: (message: string) => void,
): () => void {
  const progress = new Map<string, Progress>()
  const journal = openJournal<Progress>(path, (entry) => progress.set(entry.key, entry))
  const stop = new AbortController()

  const plays = SESSIONS.map(async (session, index) => {
    await sleep((FIRST_AFTER_MS + index * BETWEEN_MS) / speed, undefined, { signal: stop.signal })
    if (!progress.get(session.key)?.done) await playSession(session)
  })
  Promise.allSettled(plays).then((results) => {
    for (const result of results)
      if (result.status === 'rejected' && !stop.signal.aborted) log(`a player gave up: ${result.reason}`)
    journal.close()
  })

  async function playSession(session: PlayerSession): Promise<void> {
    let state = progress.get(session.key) ?? {
      key: session.key,
      sid: randomUUID(),
      startedAtMs: Date.now() - durationMs(session),
    }
    state = remember(journal, progress, state)
    if (!state.token)
      state = remember(journal, progress, { ...state, token: await register(session, state.sid) })

    const target = `${product.origin}/v1/cmcd?token=${encodeURIComponent(state.token ?? '')}`
    for (const body of requestsOf(session, reportsOf(session, state.sid, state.startedAtMs))) {
      await post(target, body, { 'content-type': 'application/cmcd' })
      await sleep(40 / speed, undefined, { signal: stop.signal })
    }
    remember(journal, progress, { ...state, done: true })
    log(`the player of "${session.key}" has finished`)
  }

  /** The shop tells the product who watches what, and gets the token that the player reports with. */
  async function register(session: PlayerSession, sid: string): Promise<string> {
    const order = shop.orders().find((one) => one.id === session.orderId)
    const line = order?.lines.find((one) => one.id === session.orderLineId)
    const body = JSON.stringify({
      sid,
      customerId: order?.customerId,
      orderId: session.orderId,
      orderLineId: session.orderLineId,
      title: line?.title,
      region: order?.country,
      network: 'hinata-cdn',
      player: session.version === 1 ? 'hinata-tv 3.2' : 'hls.js 1.7.4',
      deviceId: `device-of-${order?.customerId}`,
    })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${product.shopApiKey}` }
    const answer = await post(`${product.origin}/v1/sessions`, body, headers)
    const { token } = JSON.parse(answer) as { token?: string }
    if (!token)
      throw new Error(
        `POST /v1/sessions answered without a token for ${session.key}: ${answer.slice(0, 200)}`,
      )
    return token
  }

  /** Sends again after 429, 5xx and lost connections, as players do; takes any other refusal as final. */
  async function post(url: string, body: string, headers: Record<string, string>): Promise<string> {
    let trouble = ''
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      try {
        const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)])
        const response = await fetch(url, { method: 'POST', body, headers, signal })
        const text = await response.text()
        if (response.status !== 429 && response.status < 500) return text
        trouble = `status ${response.status}`
      } catch (error) {
        stop.signal.throwIfAborted()
        trouble = String(error)
      }
      await sleep(Math.min(250 * 2 ** attempt, 3000), undefined, { signal: stop.signal })
    }
    throw new Error(`${new URL(url).pathname} could not be reached: ${trouble}`)
  }

  return () => {
    stop.abort()
  }
}

function remember(journal: Journal<Progress>, progress: Map<string, Progress>, state: Progress): Progress {
  journal.append(state)
  progress.set(state.key, state)
  return state
}

/** Cuts the reports into requests as the network delivers them: some late, some twice, some mangled. */
export function requestsOf(session: PlayerSession, reports: string[]): string[] {
  const bodies: string[] = []
  for (let i = 0; i < reports.length; i += session.batchSize)
    bodies.push(reports.slice(i, i + session.batchSize).join('\n'))
  const delivered: string[] = []
  bodies.forEach((body, index) => {
    delivered.push(body)
    if (index % 7 === 6) delivered.push(body)
    if (session.garbage && index % 4 === 1) delivered.push(GARBAGE[(index >> 2) % GARBAGE.length] as string)
  })
  for (let i = 3; i + 1 < delivered.length; i += 5)
    [delivered[i], delivered[i + 1]] = [delivered[i + 1] as string, delivered[i] as string]
  return delivered
}
