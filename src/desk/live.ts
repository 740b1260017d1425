import type { Response } from 'express'
import pg from 'pg'
import { deskLog } from '../log.ts'

const CHANNEL = 'kikimimi_desk'
const THROTTLE_MS = 700
const PING_MS = 20_000
const RECONNECT_MS = 1000

/** Tells open pages that something changed; what changed they ask for themselves, each with its own rights. */
export interface Live {
  /** Keeps a response open as a stream of server-sent events. */
  attach(response: Response): void
  close(): Promise<void>
}

/** Listens on one connection for as long as this process lives, across restarts of Postgres. */
export function startLive(databaseUrl: string): Live {
  const open = new Set<Response>()
  let closing = false
  let connected = false
  let client: pg.Client | null = null
  const announced = new Map<string, NodeJS.Timeout>()
  let again: NodeJS.Timeout | null = null

  const send = (text: string) => {
    for (const response of open) response.write(text)
  }
  /** 'presence': only who looks at what has changed, which lists need not know. */
  const changed = (what: 'desk' | 'presence' = 'desk') => {
    if (announced.has(what)) return
    const announce = setTimeout(() => {
      announced.delete(what)
      send(`event: ${what}\ndata: changed\n\n`)
    }, THROTTLE_MS)
    announced.set(what, announce)
  }
  const ping = setInterval(() => send(': still here\n\n'), PING_MS)

  async function connect(): Promise<void> {
    const mine = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      application_name: 'kikimimi-desk',
    })
    client = mine
    const lost = (error?: unknown) => {
      if (closing || client !== mine) return
      client = null
      // Once an outage, not once a try.
      if (connected)
        deskLog.warn({ err: error }, 'lost the connection that listens for changes; trying again')
      connected = false
      mine.end().catch(() => {})
      again = setTimeout(connect, RECONNECT_MS)
    }
    mine.on('error', lost)
    mine.on('end', () => lost())
    mine.on('notification', ({ payload }) => changed(payload === 'presence' ? 'presence' : 'desk'))
    try {
      await mine.connect()
      await mine.query(`listen ${CHANNEL}`)
      connected = true
      // What happened while nobody listened is announced as one change.
      changed()
    } catch (error) {
      lost(error)
    }
  }
  const first = connect()

  return {
    attach(response) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      response.write('retry: 2000\n\n')
      open.add(response)
      response.on('close', () => open.delete(response))
    },
    async close() {
      closing = true
      clearInterval(ping)
      for (const announce of announced.values()) clearTimeout(announce)
      if (again) clearTimeout(again)
      for (const response of open) response.end()
      open.clear()
      await first
      await client?.end().catch(() => {})
    },
  }
}
