import { createHmac, timingSafeEqual } from 'node:crypto'

const TOLERANCE_SECONDS = 300

/** `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 over time, method, path with query, and body, joined by full stops. */
export function sign(method: string, path: string, body: string, secret: string, now = new Date()): string {
  const seconds = Math.floor(now.getTime() / 1000)
  return `t=${seconds},v1=${hmac(seconds, method, path, body, secret)}`
}

/** Why a signature is not right; null where it is. */
export function signatureFault(
  header: string | undefined,
  method: string,
  path: string,
  body: string,
  secrets: readonly string[],
): { code: 'bad_signature' | 'clock_skew'; message: string } | null {
  const [, time, given] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  if (!time || !given) {
    return { code: 'bad_signature', message: 'Sign with Kikimimi-Signature: t=<Unix seconds>,v1=<hex>.' }
  }
  const seconds = Number(time)
  const right = secrets.some((secret) =>
    timingSafeEqual(Buffer.from(hmac(seconds, method, path, body, secret)), Buffer.from(given)),
  )
  if (!right) {
    return { code: 'bad_signature', message: 'The signature does not belong to this request.' }
  }
  const skew = Math.abs(Date.now() / 1000 - seconds)
  if (skew <= TOLERANCE_SECONDS) return null
  return { code: 'clock_skew', message: `The request was signed ${Math.round(skew)} s away from now.` }
}

function hmac(seconds: number, method: string, path: string, body: string, secret: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${method}.${path}.${body}`).digest('hex')
}
