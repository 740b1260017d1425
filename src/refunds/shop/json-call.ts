/** Answer of a JSON API: `json` is undefined where the body is not JSON. */
export interface JsonAnswer {
  status: number
  json: unknown
}

/** No whole answer came. `sent` is false only where the request can not have reached the server. */
export class JsonCallError extends Error {
  override name = 'JsonCallError'
  sent: boolean
  constructor(message: string, sent: boolean, cause: unknown) {
    super(message, { cause })
    this.sent = sent
  }
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
const MAX_ANSWER_BYTES = 1_000_000

/**
 * Calls a JSON API once: no retries, no redirects followed (they would carry the token elsewhere).
 * @throws JsonCallError on a time-out, a lost connection or an answer that is too long
 */
export async function callJson(
  url: URL,
  options: {
    method: 'GET' | 'POST'
    headers: Record<string, string>
    body?: unknown
    /** The body as JSON text already, where it was signed. */
    text?: string
    timeoutMs: number
  },
): Promise<JsonAnswer> {
  const { method, headers, body, timeoutMs } = options
  const text = options.text ?? (body === undefined ? undefined : JSON.stringify(body))
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { status: response.status, json: parse(await readText(response)) }
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code
    const what =
      (error as Error).name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : (code ?? String(error))
    throw new JsonCallError(`${method} ${url.origin}${url.pathname}: ${what}`, wasSent(error), error)
  }
}

/** Whether the request of a failed call may have reached its server; false only where it certainly did not. */
export function wasSent(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: string; cause?: { code?: string } }
  return !NOT_SENT.has(cause?.code ?? code ?? '')
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
