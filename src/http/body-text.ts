import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Request, type Response } from 'express'

/** Reads a body as text; rejects as `express.text` does, with the status to answer. */
export type TextReader = (request: IncomingMessage, response: ServerResponse) => Promise<string>

/**
 * Reads bodies of up to `limit` bytes. One that says how long it is and comes as plain UTF-8, as players send it,
 * is read at once; anything else goes through `express.text`, which knows compression and other encodings.
 */
export function createTextReader(limit: number): TextReader {
  const text = express.text({ type: () => true, limit })
  return (request, response) => {
    const length = plainLength(request)
    if (length !== null && length <= limit) return readPlain(request)
    return new Promise((done, fail) => {
      // It needs nothing of Express but the type.
      text(request as Request, response as Response, (error?: unknown) => {
        const { body } = request as Request
        if (error) fail(error)
        else done(typeof body === 'string' ? body : '')
      })
    })
  }
}

/** How many bytes the text of this request has, where its headers tell: sent as it is, with its length. */
export function plainLength({ headers }: IncomingMessage): number | null {
  const length = headers['content-length']
  const type = headers['content-type']
  const plain = type === 'application/cmcd' || type === undefined || !/charset/i.test(type)
  return length !== undefined && plain && headers['content-encoding'] === undefined ? Number(length) : null
}

/**
 * Node itself holds the body to the length that it announced. Of a caller that went away nobody waits for the answer:
 * then there is no end, and the promise goes with its request.
 */
function readPlain(request: IncomingMessage): Promise<string> {
  return new Promise((done) => {
    let whole: Buffer | null = null
    let parts: Buffer[] | null = null
    request.on('data', (part: Buffer) => {
      if (whole === null) whole = part
      else {
        parts ??= [whole]
        parts.push(part)
      }
    })
    request.on('end', () => done((parts ? Buffer.concat(parts) : (whole ?? '')).toString('utf8')))
  })
}
