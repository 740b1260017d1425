import { describe, expect, test } from 'vitest'
import { ConfigError, loadConfig, sandboxParts } from '../../src/config.ts'

const X = { X_API_KEY: 'k', X_API_SECRET: 's', X_ACCESS_TOKEN: 't', X_ACCESS_SECRET: 'u' }
const MAIL = { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'Shop <no-reply@shop.example>' }
const SHOP = { SHOP_ORIGIN: 'https://shop.example', SHOP_API_TOKEN: 't', SHOP_API_KEY: 'k'.repeat(16) }
const PAYMENTS = { PAYMENTS_ORIGIN: 'https://pay.example', PAYMENTS_API_KEY: 'k' }

const faultsOf = (env: Record<string, string>): string[] => {
  try {
    loadConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).faults
  }
  return []
}

describe('settings', () => {
  test('need nothing at all: then everything is the sandbox', () => {
    expect(sandboxParts(loadConfig({}))).toEqual({ x: true, shop: true, payments: true, mail: true })
  })

  test('are all judged at once, each fault with its name and what would be right', () => {
    const faults = faultsOf({
      PORT: 'soon',
      DATABASE_URL: 'mysql://x',
      METRICS_TOKEN: 'short',
      X_API_KEY: 'k',
    })
    expect(faults).toHaveLength(4)
    expect(faults.join('\n')).toMatch(/PORT/)
    expect(faults.join('\n')).toMatch(/DATABASE_URL: must start with postgres/)
    expect(faults.join('\n')).toMatch(/METRICS_TOKEN: must be at least 16/)
    expect(faults.join('\n')).toMatch(
      /X_API_SECRET, X_ACCESS_TOKEN, X_ACCESS_SECRET: missing, but X_API_KEY given/,
    )
  })

  test('an empty value means "not set"', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: '' }).port).toBe(3000)
  })

  test('an unknown worker is named', () => {
    expect(faultsOf({ WORKERS: 'listen,brew' }).join()).toContain('brew')
    expect(loadConfig({ WORKERS: 'listen, triage' }).workers).toEqual(['listen', 'triage'])
    expect(loadConfig({ WORKERS: 'none' }).workers).toEqual([])
  })
})

describe('play money and real customers', () => {
  test.each([
    ['a real network with sandbox payments', X],
    ['real mail with sandbox payments', { SMTP_URL: 'smtp://mail.example' }],
    ['a real network and shop with sandbox payments', { ...X, ...SHOP }],
    ['real mail and payments with a sandbox shop', { SMTP_URL: 'smtp://mail.example', ...PAYMENTS }],
  ])('%s is refused', (_name, env) => {
    expect(faultsOf(env).join()).toContain('play money')
  })

  test.each([
    ['with refunds switched off', { ...X, REFUNDS: 'off' }],
    ['with a real shop and real payments', { ...X, ...MAIL, ...SHOP, ...PAYMENTS }],
  ])('a real network is fine %s', (_name, env) => {
    expect(faultsOf(env)).toEqual([])
  })

  test('real payments are refused where customers would never be told', () => {
    expect(faultsOf({ ...SHOP, ...PAYMENTS }).join()).toContain('never told')
    expect(faultsOf({ ...SHOP, ...PAYMENTS, SMTP_URL: 'smtp://mail.example' }).join()).toContain('MAIL_FROM')
  })

  test('a real shop with sandbox payments is refused even on a sandbox network', () => {
    expect(faultsOf(SHOP).join()).toContain('PAYMENTS_')
  })
})

describe('who gives the money back', () => {
  const real = { ...X, ...MAIL, ...SHOP }
  const STRIPE = { STRIPE_SECRET_KEY: 'rk_live_abc123' }

  test('is Stripe, with as many webhook secrets as are valid now', () => {
    const env = { ...real, ...STRIPE, STRIPE_WEBHOOK_SECRET: 'whsec_old_0123456789, whsec_new_0123456789' }
    expect(loadConfig(env).payments).toEqual({
      kind: 'stripe',
      secretKey: 'rk_live_abc123',
      webhookSecrets: ['whsec_old_0123456789', 'whsec_new_0123456789'],
      apiOrigin: null,
    })
    expect(sandboxParts(loadConfig(env)).payments).toBe(false)
  })

  test('or a payment system of the shop’s own, below a path too', () => {
    const env = {
      ...real,
      ...PAYMENTS,
      PAYMENTS_ORIGIN: 'https://pay.example/api/',
      PAYMENTS_SIGNING_SECRET: 's'.repeat(16),
    }
    expect(loadConfig(env).payments).toEqual({
      kind: 'http',
      origin: 'https://pay.example/api',
      apiKey: 'k',
      signingSecret: 's'.repeat(16),
      webhookSecrets: [],
    })
  })

  test.each([
    ['both', { ...STRIPE, ...PAYMENTS }, /not by both/],
    ['a publishable key', { STRIPE_SECRET_KEY: 'pk_live_abc' }, /STRIPE_SECRET_KEY: must be a secret/],
    [
      'a webhook secret alone',
      { ...PAYMENTS, STRIPE_WEBHOOK_SECRET: 'whsec_0123456789ab' },
      /needs STRIPE_SECRET_KEY/,
    ],
    [
      'a short one among them',
      { ...STRIPE, STRIPE_WEBHOOK_SECRET: 'whsec_0123456789ab,x' },
      /each must be at least 16/,
    ],
    [
      'another Stripe out there',
      { ...STRIPE, STRIPE_API_ORIGIN: 'https://stripe.example' },
      /on this machine/,
    ],
    [
      'a signing secret alone',
      { ...STRIPE, PAYMENTS_SIGNING_SECRET: 's'.repeat(16) },
      /needs PAYMENTS_ORIGIN/,
    ],
    [
      'a key in the open',
      { ...PAYMENTS, PAYMENTS_ORIGIN: 'http://pay.example' },
      /PAYMENTS_ORIGIN: plain http/,
    ],
    [
      "the shop's token in the open",
      { ...PAYMENTS, SHOP_ORIGIN: 'http://shop.example' },
      /SHOP_ORIGIN: plain http/,
    ],
  ])('%s is refused in words', (_name, env, words) => {
    expect(faultsOf({ ...real, ...env }).join('\n')).toMatch(words)
  })

  test('a Stripe that a test plays is on this machine', () => {
    expect(faultsOf({ ...real, ...STRIPE, STRIPE_API_ORIGIN: 'http://127.0.0.1:12111' })).toEqual([])
  })
})

test('plain http to X is only for this machine', () => {
  const real = { ...X, REFUNDS: 'off' }
  expect(faultsOf({ ...real, X_API_ORIGIN: 'http://x.example' }).join()).toContain('https')
  // A name that only looks like this machine's address.
  expect(faultsOf({ ...real, X_API_ORIGIN: 'http://127.0.0.1.x.example' }).join()).toContain('https')
  expect(faultsOf({ ...real, X_API_ORIGIN: 'http://127.0.0.1:8080' })).toEqual([])
  expect(faultsOf({ X_API_ORIGIN: 'https://127.0.0.1:8080' }).join()).toContain('X_API_KEY')
})
