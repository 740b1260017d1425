import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Somewhere that we do not go, or can not; `message` says why, without the address, which may be a secret. */
export class CheckedRequestError extends Error {
  override name = 'CheckedRequestError'
}

export type Resolve = (hostname: string) => Promise<LookupAddress[]>

export interface CheckedRequest {
  url: URL
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Of name look-up, connection and answer, headers and body. */
  signal: AbortSignal
  /** True where this machine and private networks are meant to be reached. */
  allowPrivate: boolean
  /** Left out: the system's. */
  resolve?: Resolve | undefined
}

/**
 * Sends a request to an address that strangers or settings name. The name is resolved once and the connection goes to
 * the addresses that were checked, so that a name that changes its answer in between leads nowhere else. Redirects are
 * not followed; the caller reads or destroys the answer.
 * @throws CheckedRequestError
 */
export async function sendChecked(asked: CheckedRequest): Promise<IncomingMessage> {
  return open(asked, await checkedAddresses(asked))
}

async function checkedAddresses({ url, signal, allowPrivate, resolve }: CheckedRequest) {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const family = isIP(hostname)
  const addresses = family
    ? [{ address: hostname, family }]
    : await inTime(resolve ?? ((name) => lookup(name, { all: true })), hostname, signal)
  // One private address among public ones is reason enough to stay away.
  if (
    addresses.length === 0 ||
    !(allowPrivate || addresses.every(({ address }) => isPublicAddress(address)))
  ) {
    throw new CheckedRequestError('its address is not a public one')
  }
  return addresses
}

async function inTime(resolve: Resolve, hostname: string, signal: AbortSignal): Promise<LookupAddress[]> {
  try {
    return await Promise.race([
      resolve(hostname),
      new Promise<never>((_, fail) =>
        signal.addEventListener('abort', () => fail(new Error('no answer in time')), { once: true }),
      ),
    ])
  } catch (error) {
    throw new CheckedRequestError(`its name can not be resolved: ${(error as Error).message}`)
  }
}

function open(
  { url, method = 'GET', headers, body, signal }: CheckedRequest,
  addresses: LookupAddress[],
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const lookupChecked: LookupFunction = (_hostname, { all }, done) => {
    const [first] = addresses
    if (all) done(null, addresses)
    else done(null, first?.address ?? '', first?.family)
  }
  return new Promise((done, fail) => {
    const sent = request(url, {
      method,
      // A connection of its own: none that was opened for another name is used again.
      agent: false,
      signal,
      headers: {
        'accept-encoding': 'identity',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      maxHeaderSize: 16 * 1024,
      lookup: lookupChecked,
    })
    sent.once('response', done)
    sent.on('error', (error) =>
      fail(
        new CheckedRequestError(
          signal.aborted ? 'no answer in time' : `it can not be reached: ${error.message || 'no connection'}`,
        ),
      ),
    )
    sent.end(body)
  })
}
