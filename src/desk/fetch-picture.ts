import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

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
  resolve?: (hostname: string) => Promise<LookupAddress[]>
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
    const place = await placeOf(target, options, signal)
    const response = await get(place, signal)
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
  /** Where to connect to; null: as the sandbox's own address says. */
  addresses: LookupAddress[] | null
}

async function placeOf(target: string, options: FetchPictureOptions, signal: AbortSignal): Promise<Place> {
  if (!mayFetch(target, options.trustedOrigin)) {
    throw new PictureError('its address is no https address on the usual port')
  }
  const url = new URL(target)
  if (url.origin === options.trustedOrigin) return { url, trusted: true, addresses: null }
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const family = isIP(hostname)
  const addresses = family ? [{ address: hostname, family }] : await resolve(hostname, options, signal)
  // One private address among public ones is reason enough to stay away.
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new PictureError('its address is not a public one')
  }
  return { url, trusted: false, addresses }
}

async function resolve(hostname: string, options: FetchPictureOptions, signal: AbortSignal) {
  const ask = options.resolve ?? ((name: string) => lookup(name, { all: true }))
  try {
    return await Promise.race([
      ask(hostname),
      new Promise<never>((_, fail) =>
        signal.addEventListener('abort', () => fail(new Error('no answer in time')), { once: true }),
      ),
    ])
  } catch (error) {
    throw new PictureError(`its name can not be resolved: ${(error as Error).message}`)
  }
}

function get({ url, addresses }: Place, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const lookupChecked: LookupFunction = (_hostname, { all }, done) => {
    const [first] = addresses as LookupAddress[]
    if (all) done(null, addresses as LookupAddress[])
    else done(null, first?.address ?? '', first?.family)
  }
  return new Promise((done, fail) => {
    const sent = request(url, {
      // A connection of its own: none that was opened for another name is used again.
      agent: false,
      signal,
      headers: { accept: 'image/webp,image/png,image/jpeg,image/gif', 'accept-encoding': 'identity' },
      maxHeaderSize: 16 * 1024,
      ...(addresses ? { lookup: lookupChecked } : {}),
    })
    sent.once('response', done)
    sent.on('error', (error) => fail(new PictureError(`it can not be reached: ${error.message}`)))
    sent.end()
  })
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
