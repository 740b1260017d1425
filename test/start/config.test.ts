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

test('plain http to X is only for this machine', () => {
  const real = { ...X, REFUNDS: 'off' }
  expect(faultsOf({ ...real, X_API_ORIGIN: 'http://x.example' }).join()).toContain('https')
  expect(faultsOf({ ...real, X_API_ORIGIN: 'http://127.0.0.1:8080' })).toEqual([])
  expect(faultsOf({ X_API_ORIGIN: 'https://127.0.0.1:8080' }).join()).toContain('X_API_KEY')
})
