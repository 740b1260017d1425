import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A request as a handler sees it. */
export interface Call {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  body: unknown
}

export type Handler = (call: Call, response: ServerResponse) => void

/** A JSON server on a free port, closed when the test is over. */
export async function jsonServer(handle: Handler): Promise<{ origin: string; calls: Call[] }> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const call: Call = {
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'http://server'),
      headers: request.headers,
      body: readBody(request, body),
    }
    calls.push(call)
    handle(call, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

/** A form comes as it is. */
function readBody({ headers }: IncomingMessage, body: string): unknown {
  if (headers['content-type']?.includes('form-urlencoded')) return body
  return body === '' ? undefined : JSON.parse(body)
}

/** Answers with JSON. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** An origin where nothing listens. */
export async function closedOrigin(): Promise<string> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return `http://127.0.0.1:${port}`
}
