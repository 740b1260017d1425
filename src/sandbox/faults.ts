import type { IncomingMessage, ServerResponse } from 'node:http'

export type FaultKind = 'status' | 'delay' | 'drop-before' | 'drop-after' | 'garbage' | 'html-503'

export interface Fault {
  /** An endpoint name, or a pattern tested against `METHOD /path?query`. */
  route: RegExp | string
  /** How many requests it strikes; 1 unless told. */
  times?: number
  /** Strikes this share of the requests, 0 to 1, chosen by chance; all of them unless told. */
  share?: number
  kind: FaultKind
  /** For `status`; 500 unless told. */
  status?: number
  /** Extra headers for `status`, e.g. `retry-after`. */
  headers?: Record<string, string>
  /** For `delay`, and before any other kind. */
  delayMs?: number
}

export interface Faults {
  inject(fault: Fault): void
  /** Takes the first waiting fault that fits this request, using up one of its `times`. */
  take(endpoint: string, request: IncomingMessage): Fault | undefined
  clear(): void
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = []
  return {
    inject(fault) {
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    take(endpoint, request) {
      const line = `${request.method} ${request.url}`
      const hit = waiting.find(
        ({ fault }) =>
          (typeof fault.route === 'string' ? fault.route === endpoint : fault.route.test(line)) &&
          (fault.share === undefined || Math.random() < fault.share),
      )
      if (!hit) return undefined
      hit.left -= 1
      if (hit.left <= 0) waiting = waiting.filter((entry) => entry !== hit)
      return hit.fault
    },
    clear() {
      waiting = []
    },
  }
}

/** What a handler answers; nothing is on the wire yet, so that a fault can still swallow it. */
export interface Answer {
  status: number
  headers?: Record<string, string>
  /** Sent as JSON; none at all when undefined. */
  body?: unknown
}

/**
 * Lets a fault strike around a handler and puts the outcome on the wire.
 * Resolves with the status sent, or 0 where the connection was cut.
 */
export async function answerWithFault(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  handle: () => Promise<Answer> | Answer,
): Promise<number> {
  if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
  if (fault?.kind === 'drop-before') {
    request.socket.destroy()
    return 0
  }
  if (fault?.kind === 'status') {
    const status = fault.status ?? 500
    return send(response, { status, headers: fault.headers, body: plainProblem(status) })
  }
  if (fault?.kind === 'html-503') {
    response.writeHead(503, { 'content-type': 'text/html; charset=utf-8' })
    response.end(
      '<!DOCTYPE html><html><head><title>Over capacity</title></head><body><h1>503</h1></body></html>',
    )
    return 503
  }
  const answer = await handle()
  if (fault?.kind === 'drop-after') {
    request.socket.destroy()
    return 0
  }
  if (fault?.kind === 'garbage') {
    const text = JSON.stringify(answer.body ?? {})
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
    response.end(text.slice(0, Math.max(1, Math.floor(text.length / 2))))
    return 200
  }
  return send(response, answer)
}

function send(response: ServerResponse, answer: Answer): number {
  if (answer.body === undefined) response.writeHead(answer.status, answer.headers).end()
  else {
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      ...answer.headers,
    })
    response.end(JSON.stringify(answer.body))
  }
  return answer.status
}

function plainProblem(status: number): unknown {
  const title = status === 503 ? 'Service Unavailable' : status === 429 ? 'Too Many Requests' : 'Error'
  return { title, detail: title, type: 'about:blank', status }
}
