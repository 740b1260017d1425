import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface Credentials {
  apiKey: string
  apiSecret: string
  accessToken: string
  accessSecret: string
  bearerToken: string
  userAccessToken: string
  shopApiToken: string
  paymentsApiKey: string
  xClientId: string
  xClientSecret: string
  shopClientId: string
  shopClientSecret: string
  certificate: { pem: string; key: string; expiresAt: string }
}

/** The brand's X account id: the same in every sandbox. */
export const BRAND_USER_ID = '1458021986513039361'

/** Made up once per folder, then the same after every restart, as keys from a developer console are. */
export async function loadCredentials(dir: string): Promise<Credentials> {
  const path = join(dir, 'credentials.json')
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Credentials) : undefined
  if (stored && Date.parse(stored.certificate.expiresAt) > Date.now() + 86_400_000) {
    return { ...stored, ...withSignIn(stored) }
  }

  const secret = (bytes: number) => randomBytes(bytes).toString('base64url')
  const credentials: Credentials = {
    ...(stored ?? {
      apiKey: secret(18),
      apiSecret: secret(36),
      accessToken: `${BRAND_USER_ID}-${secret(30)}`,
      accessSecret: secret(33),
      bearerToken: `AAAAAAAAAAAAAAAAAAAAA${secret(60)}`,
      userAccessToken: secret(68),
      shopApiToken: `shop_${secret(24)}`,
      paymentsApiKey: `pay_sandbox_${secret(24)}`,
    }),
    ...withSignIn(stored),
    certificate: await makeCertificate(),
  }
  mkdirSync(dir, { recursive: true })
  writeFileSync(`${path}.new`, JSON.stringify(credentials, null, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return credentials
}

/** Folders of earlier versions have no keys for signing people in. */
function withSignIn(stored: Partial<Credentials> | undefined) {
  const secret = (bytes: number) => randomBytes(bytes).toString('base64url')
  return {
    xClientId: stored?.xClientId ?? secret(25),
    xClientSecret: stored?.xClientSecret ?? secret(37),
    shopClientId: stored?.shopClientId ?? 'kikimimi',
    shopClientSecret: stored?.shopClientSecret ?? secret(32),
  }
}

async function makeCertificate(): Promise<Credentials['certificate']> {
  const expires = new Date(Date.now() + 365 * 86_400_000)
  const pems = await generate([{ name: 'commonName', value: 'api.x.com' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 86_400_000),
    notAfterDate: expires,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'api.x.com' },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { pem: pems.cert, key: pems.private, expiresAt: expires.toISOString() }
}
