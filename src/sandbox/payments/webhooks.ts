import { randomBytes } from 'node:crypto'
import { sign } from './signature.ts'

/** Signed as this path, wherever the receiver's address ends. */
const PATH = '/v1/webhooks/payments'
const ATTEMPTS = 5
const FIRST_PAUSE_MS = 200

export interface SentWebhook {
  id: string
  type: string
  /** The receiver's last answer; 0 where there was none. */
  status: number
}

/** Sends signed events, again after a pause while the receiver does not answer 2xx. */
export function createWebhooks(secret: string) {
  const sent: SentWebhook[] = []
  const underway = new Set<Promise<void>>()
  const stopping = new AbortController()
  let target: string | null = null

  async function deliver(entry: SentWebhook, url: string, body: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !stopping.signal.aborted; attempt += 1) {
      entry.status = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'kikimimi-signature': sign('POST', PATH, body, secret),
        },
        body,
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(5000)]),
      }).then(
        ({ status }) => status,
        () => 0,
      )
      if (entry.status >= 200 && entry.status < 300) return
      await pause(FIRST_PAUSE_MS * 2 ** attempt, stopping.signal)
    }
  }

  return {
    sent: () => sent.map((entry) => ({ ...entry })),
    setTarget(url: string | null) {
      target = url
    },
    send(type: string, data: Record<string, unknown>): void {
      if (target === null) return
      const id = `evt_${randomBytes(12).toString('hex')}`
      const entry: SentWebhook = { id, type, status: 0 }
      sent.push(entry)
      const body = JSON.stringify({ id, type, createdAt: new Date().toISOString(), data })
      const delivery = deliver(entry, target, body).finally(() => underway.delete(delivery))
      underway.add(delivery)
    },
    async close() {
      stopping.abort()
      await Promise.all(underway)
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      done()
    })
  })
}
