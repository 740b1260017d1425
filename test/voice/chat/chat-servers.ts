import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignatureError, verifyMessage } from '../../../src/signature.ts'

export const TOKEN = 'chatwork-token'
export const SECRET = 'a webhook secret of sixteen'

export interface Heard {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface ChatServers {
  host: string
  origin: string
  /** What was taken, in order. */
  heard: Heard[]
  /** Every request, whatever was said to it. */
  asked: Heard[]
  /** What time it is there. */
  clock: () => Date
  /** Takes over the answers; null: each behaves as its documentation says. */
  behave: ((heard: Heard, response: ServerResponse) => void) | null
  close(): Promise<void>
}

/** Slack, Chatwork, a workflow of Teams and a webhook of one's own, on loopback, with the answers they document. */
export async function startChatServers(): Promise<ChatServers> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const heard = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }
      servers.asked.push(heard)
      if (servers.behave) return servers.behave(heard, response)
      const [status, body] = request.method === 'POST' ? answer(heard, servers.clock()) : [405, '']
      if (status < 300) servers.heard.push(heard)
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const servers: ChatServers = {
    host,
    origin: `http://${host}`,
    heard: [],
    asked: [],
    clock: () => new Date(),
    behave: null,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return servers
}

type Answer = [status: number, body: unknown]

function answer(heard: Heard, now: Date): Answer {
  if (heard.path.startsWith('/services/')) return slack(heard)
  if (heard.path.startsWith('/v2/')) return chatwork(heard)
  if (heard.path.startsWith('/workflows/')) return teams(heard)
  if (heard.path.startsWith('/hook')) return webhook(heard, now)
  return [404, 'not found']
}

function slack({ path, headers, body }: Heard): Answer {
  if (path !== '/services/T1/B1/secret') return [404, 'no_service']
  if (headers['content-type'] !== 'application/json') return [400, 'invalid_payload']
  const { text, blocks } = JSON.parse(body)
  if (!text) return [400, 'no_text']
  const sound = blocks.every((block: { type: string; text?: { text: string }; elements?: unknown[] }) => {
    const words = block.text?.text
    if (block.type === 'section') return words !== undefined && words.length > 0 && words.length <= 3000
    return ['rich_text', 'context'].includes(block.type) && Array.isArray(block.elements)
  })
  return sound && blocks.length <= 50 ? [200, 'ok'] : [400, 'invalid_blocks']
}

function chatwork({ path, headers, body }: Heard): Answer {
  if (headers['x-chatworktoken'] !== TOKEN) return [401, { errors: ['Invalid API token'] }]
  if (path !== '/v2/rooms/123456/messages') return [404, { errors: ['Room not found'] }]
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') return [400, { errors: ['form'] }]
  const text = new URLSearchParams(body).get('body')
  return text ? [200, { message_id: '1' }] : [400, { errors: ["Parameter 'body' is required"] }]
}

function teams({ path, body }: Heard): Answer {
  if (path !== '/workflows/w1?sig=secret') return [401, { error: { code: 'AuthorizationFailed' } }]
  if (Buffer.byteLength(body) > 28 * 1024) return [413, '']
  const { type, attachments } = JSON.parse(body)
  const card = attachments?.[0]?.content
  return type === 'message' && card?.type === 'AdaptiveCard'
    ? [202, '']
    : [400, { error: { code: 'Invalid' } }]
}

function webhook({ path, headers, body }: Heard, now: Date): Answer {
  try {
    const header = headers['kikimimi-signature'] as string
    verifyMessage({ method: 'POST', path, body }, header, [SECRET], now)
    return [200, { taken: true }]
  } catch (error) {
    return [error instanceof SignatureError ? 401 : 500, '']
  }
}
