import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config.ts'

const REAL = {
  PUBLIC_URL: 'https://care.example',
  X_API_KEY: 'k',
  X_API_SECRET: 's',
  X_ACCESS_TOKEN: 't',
  X_ACCESS_SECRET: 'ts',
  SMTP_URL: 'smtps://mail.example',
  MAIL_FROM: 'Hinata <care@hinata.example>',
  SHOP_ORIGIN: 'https://shop.example',
  SHOP_API_TOKEN: 'ours',
  SHOP_API_KEY: 'theirs-0123456789',
  PAYMENTS_ORIGIN: 'https://pay.example',
  PAYMENTS_API_KEY: 'pay',
}
const LINKING = {
  X_CLIENT_ID: 'client',
  SHOP_OIDC_ISSUER: 'https://id.shop.example',
  SHOP_OIDC_CLIENT_ID: 'kikimimi',
  SHOP_OIDC_CLIENT_SECRET: 'secret',
}

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

test('without its settings nobody is linked, and nothing is wrong', () => {
  expect(loadConfig(REAL).linking).toBeNull()
  expect(loadConfig({}).linking).toBeNull()
})

test('X’s client and the shop’s sign-in work together, with a secret at X or without', () => {
  expect(loadConfig({ ...REAL, ...LINKING }).linking).toEqual({
    x: { clientId: 'client', clientSecret: null },
    shop: { issuer: 'https://id.shop.example', clientId: 'kikimimi', clientSecret: 'secret' },
  })
  const confidential = loadConfig({ ...REAL, ...LINKING, X_CLIENT_SECRET: 'hush' })
  expect(confidential.linking?.x.clientSecret).toBe('hush')
})

test.each([
  ['one half', { ...REAL, X_CLIENT_ID: 'client' }, /SHOP_OIDC_ISSUER.*only work together/],
  ['a secret without its client', { ...REAL, X_CLIENT_SECRET: 'hush' }, /X_CLIENT_SECRET: needs X_CLIENT_ID/],
  [
    'a sign-in in the open',
    { ...REAL, ...LINKING, SHOP_OIDC_ISSUER: 'http://id.shop.example' },
    /must be https/,
  ],
  [
    'a link that only we can open',
    { ...REAL, ...LINKING, PUBLIC_URL: 'http://localhost:3000' },
    /PUBLIC_URL: must be an https/,
  ],
  ['real sign-ins in the sandbox', LINKING, /both real/],
])('%s is refused with what would be right', (_, env, words) => {
  expect(faultsOf(env).join('\n')).toMatch(words)
})
