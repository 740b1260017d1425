import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a model's server does with one request. */
export type Behaviour =
  /** Answers with this object as its content; `usage: null` leaves it out. */
  | { kind: 'answer'; answer: unknown; delayMs?: number; usage?: Usage | null; finish?: string }
  /** The same with a text that need not be JSON. */
  | { kind: 'content'; content: string | null; refusal?: string; finish?: string }
  | { kind: 'status'; status: number; headers?: Record<string, string>; error?: Record<string, unknown> }
  | { kind: 'html' }
  | { kind: 'broken-json' }
  /** Ends the connection in the middle of the body. */
  | { kind: 'cut' }
  /** Says nothing, for ever; with `begun`, after its headers. */
  | { kind: 'hang'; begun?: boolean }
  /** A body that does not end. */
  | { kind: 'flood' }

export interface Usage {
  prompt_tokens: number
  completion_tokens: number
}

export interface ModelRequest {
  url: string
  headers: IncomingHttpHeaders
  /** All that was sent. */
  raw: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  body: any
  /** The customer's text, from between its two lines. */
  text: string
}

export interface ModelServer {
  baseUrl: string
  requests: ModelRequest[]
  /** Most requests that were open at the same time. */
  mostAtOnce(): number
  /** What is done with the requests from now on; `number` counts them from 1. */
  behave(how: Behaviour | ((request: ModelRequest, number: number) => Behaviour)): void
  close(): Promise<void>
}

const USAGE: Usage = { prompt_tokens: 1000, completion_tokens: 50 }

/** A server on this machine that speaks OpenAI's chat completions, as well or as badly as a test wants. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  let behave: (request: ModelRequest, number: number) => Behaviour = () => ({ kind: 'status', status: 500 })
  let open = 0
  let most = 0
  const server = createServer((incoming, response) => {
    open += 1
    most = Math.max(most, open)
    response.once('close', () => {
      open -= 1
    })
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      const body = JSON.parse(raw)
      const content: string = body.messages.at(-1).content
      const text = /^BEGIN-(\w+)\n([\s\S]*)\nEND-\1$/.exec(content)?.[2] ?? content
      const request = { url: incoming.url ?? '', headers: incoming.headers, raw, body, text }
      requests.push(request)
      play(behave(request, requests.length), response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    mostAtOnce: () => most,
    behave(how) {
      behave = typeof how === 'function' ? how : () => how
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function play(behaviour: Behaviour, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'answer': {
      const { answer, delayMs = 0, usage = USAGE, finish = 'stop' } = behaviour
      const message = { role: 'assistant', content: JSON.stringify(answer) }
      setTimeout(() => complete(response, message, finish, usage), delayMs)
      return
    }
    case 'content': {
      const { content, refusal, finish = 'stop' } = behaviour
      complete(response, { role: 'assistant', content, refusal }, finish, USAGE)
      return
    }
    case 'status':
      response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers })
      response.end(JSON.stringify({ error: behaviour.error ?? { message: 'no', code: null } }))
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Welcome!</body></html>')
      return
    case 'broken-json':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"1","choices":[')
      return
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
      response.write('{"id":"1"')
      setTimeout(() => response.destroy(), 20)
      return
    case 'hang':
      if (behaviour.begun) response.writeHead(200, { 'content-type': 'application/json' }).write('{')
      return
    case 'flood': {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"id":"')
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', pour)
      pour()
    }
  }
}

function complete(response: ServerResponse, message: object, finish: string, usage: Usage | null): void {
  if (response.destroyed) return
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'test-model',
      choices: [{ index: 0, message, finish_reason: finish }],
      ...(usage ? { usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } } : {}),
    }),
  )
}
