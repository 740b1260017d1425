import type { IncomingMessage } from 'node:http'

/** Reads a request body as text; null when it is larger than `limitBytes`. */
export async function readBody(request: IncomingMessage, limitBytes = 1_000_000): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size <= limitBytes) chunks.push(chunk as Buffer)
  }
  return size > limitBytes ? null : Buffer.concat(chunks).toString('utf8')
}
