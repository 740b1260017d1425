import type { IncomingMessage } from 'node:http'
import { CheckedRequestError, type Resolve, sendChecked } from '../checked-request.ts'

export const MAX_BYTES = 5 * 1024 * 1024
const TIMEOUT_MS = 10_000
const MAX_REDIRECTS = 3

export interface Picture {
  type: string
  bytes: Buffer
}

export interface FetchPictureOptions {
  /** Origin of the sandbox's own pages: the only one that may be plain http, on this machine, and send SVG. */
  trustedOrigin: string | null
  resolve?: Resolve
  timeoutMs?: number
}

/** A picture that can not be had; `message` says why, for the log. */
export class PictureError extends Error {
  override name = 'PictureError'
}

/**
 * Loads a picture from a stranger's server: https on its usual port, public addresses only, every redirect checked
 * again, nothing sent along. The name is resolved once and the connection goes to the addresses that were checked, so
 * that a name that changes its answer in between leads nowhere else.
 * @throws PictureError
 */
export async function fetchPicture(url: string, options: FetchPictureOptions): Promise<Picture> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
  let target = url
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const place = placeOf(target, options)
    const response = await get(place, options, signal)
    try {
      const { statusCode = 0, headers } = response
      if (statusCode >= 300 && statusCode < 400 && headers.location) {
        if (place.trusted) throw new PictureError('the sandbox sends nobody elsewhere')
        if (!URL.canParse(headers.location, target)) throw new PictureError('it sends us nowhere')
        target = new URL(headers.location, target).href
        continue
      }
      if (statusCode !== 200) throw new PictureError(`it answered HTTP ${statusCode}`)
      if (headers['content-encoding'] && headers['content-encoding'] !== 'identity') {
        throw new PictureError('it is compressed, though nobody asked for that')
      }
      const bytes = await readBody(response, signal)
      const type = typeOf(bytes) ?? (place.trusted ? svgType(headers['content-type']) : null)
      if (!type) throw new PictureError('it is no JPEG, PNG, GIF or WebP')
      return { type, bytes }
    } finally {
      response.destroy()
    }
  }
  throw new PictureError('it sends us around in circles')
}

/** Whether an address is one that we would try at all. */
export function mayFetch(url: string, trustedOrigin: string | null): boolean {
  if (!URL.canParse(url)) return false
  const { origin, protocol, port, username, password } = new URL(url)
  if (origin === trustedOrigin) return true
  return protocol === 'https:' && port === '' && username === '' && password === ''
}

interface Place {
  url: URL
  trusted: boolean
}

function placeOf(target: string, { trustedOrigin }: FetchPictureOptions): Place {
  if (!mayFetch(target, trustedOrigin)) {
    throw new PictureError('its address is no https address on the usual port')
  }
  const url = new URL(target)
  return { url, trusted: url.origin === trustedOrigin }
}

async function get({ url, trusted }: Place, { resolve }: FetchPictureOptions, signal: AbortSignal) {
  try {
    return await sendChecked({
      url,
      headers: { accept: 'image/webp,image/png,image/jpeg,image/gif' },
      signal,
      allowPrivate: trusted,
      resolve,
    })
  } catch (error) {
    throw error instanceof CheckedRequestError ? new PictureError(error.message) : error
  }
}

async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const tooLarge = `it is larger than ${MAX_BYTES} bytes`
  if (Number(response.headers['content-length'] ?? 0) > MAX_BYTES) throw new PictureError(tooLarge)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response) {
      size += chunk.length
      if (size > MAX_BYTES) throw new PictureError(tooLarge)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof PictureError) throw error
    throw new PictureError(signal.aborted ? 'it took too long' : `it broke off: ${(error as Error).message}`)
  }
  return Buffer.concat(chunks)
}

/** What the first bytes say; what a server says about them is not believed. */
function typeOf(bytes: Buffer): string | null {
  const begins = (at: number, text: string) => bytes.toString('latin1', at, at + text.length) === text
  if (begins(0, '\xff\xd8\xff')) return 'image/jpeg'
  if (begins(0, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (begins(0, 'GIF87a') || begins(0, 'GIF89a')) return 'image/gif'
  return begins(0, 'RIFF') && begins(8, 'WEBP') ? 'image/webp' : null
}

function svgType(contentType: string | undefined): string | null {
  return contentType?.split(';')[0]?.trim() === 'image/svg+xml' ? 'image/svg+xml' : null
}
