import { mkdtempSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { TwitterApi, type TwitterApiTokens } from 'twitter-api-v2'
import { onTestFinished } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'

/** A sandbox on a folder of its own; both are gone when the test is over. */
export async function sandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const dir = options.dir ?? freshDir()
  const started = await startSandbox({ dir, feed: 'none', ...options })
  onTestFinished(() => started.close())
  return started
}

export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** The real client, dialling the sandbox where it means to dial api.x.com. */
export function xClient(
  box: Sandbox,
  auth: 'oauth1' | 'bearer' | 'user' = 'oauth1',
  tokens?: TwitterApiTokens,
) {
  const httpAgent = new https.Agent({ keepAlive: false })
  const port = Number(new URL(box.x.origin).port)
  const dial = (options: tls.ConnectionOptions) =>
    tls.connect({ ...options, host: '127.0.0.1', port, ca: box.x.ca })
  httpAgent.createConnection = dial as typeof httpAgent.createConnection
  const given =
    tokens ??
    (auth === 'oauth1'
      ? {
          appKey: box.x.apiKey,
          appSecret: box.x.apiSecret,
          accessToken: box.x.accessToken,
          accessSecret: box.x.accessSecret,
        }
      : auth === 'bearer'
        ? box.x.bearerToken
        : box.x.userAccessToken)
  return new TwitterApi(given as TwitterApiTokens, { httpAgent }).v2
}

/** The errors of twitter-api-v2, as far as the tests look into them. */
export interface XClientError extends Error {
  code: number
  data: { detail: string; errors: { message: string }[] }
  rateLimit: { reset: number }
}

/** What a promise was rejected with; fails where it was not. */
export async function rejection(promise: Promise<unknown>): Promise<XClientError> {
  try {
    await promise
  } catch (error) {
    return error as XClientError
  }
  throw new Error('expected a rejection')
}

export async function until<T>(
  get: () => T | Promise<T>,
  isRight: (value: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await get()
    if (isRight(value)) return value
    if (Date.now() > end)
      throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(value)?.slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
