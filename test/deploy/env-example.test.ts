import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadConfig, sandboxParts } from '../../src/config.ts'
import { COMPOSE_ONLY, exampleLines, filledIn, knownSettings, read } from './settings.ts'

describe('.env.example', () => {
  test('names every setting of src/config.ts and no other, each once', () => {
    const known = knownSettings()
    expect(known).toContain('PORT')
    expect(known).toContain('SESSION_IDLE_SECONDS')
    expect(
      exampleLines()
        .map((line) => line.name)
        .sort(),
    ).toEqual([...known, ...COMPOSE_ONLY].sort())
  })

  test('shows the defaults as they are', () => {
    const shown = exampleLines().filter((line) => !line.active && line.value !== '')
    expect(shown.length).toBeGreaterThanOrEqual(8)
    const env = Object.fromEntries(shown.map(({ name, value }) => [name, value]))
    expect(loadConfig(env)).toEqual(loadConfig({}))
  })

  test('filled in, it is a real run: valid, and nothing is played by the sandbox', () => {
    const config = loadConfig(filledIn())
    expect(sandboxParts(config)).toEqual({ x: false, shop: false, payments: false, mail: false })
  })

  test('Node reads from it what stands without a "#", and nothing else', () => {
    const active = exampleLines().filter((line) => line.active)
    expect(parseEnv(read('.env.example'))).toEqual(
      Object.fromEntries(active.map(({ name, value }) => [name, value])),
    )
  })

  test('holds no secret', () => {
    const secret = /SECRET|TOKEN|KEY|PASSWORD|DATABASE_URL|REDIS_URL|SMTP_URL/
    for (const { name, value } of exampleLines()) if (secret.test(name)) expect(value, name).toBe('')
  })

  test('refunds on, the shop and the payments must be there too', () => {
    const on = { ...filledIn(), REFUNDS: 'on' }
    expect(() => loadConfig(on)).toThrow(/play money/)
    const shop = {
      SHOP_ORIGIN: 'https://shop.example',
      SHOP_API_TOKEN: 'ours',
      SHOP_API_KEY: 'theirs-0123456789',
    }
    const payments = { PAYMENTS_ORIGIN: 'https://pay.example', PAYMENTS_API_KEY: 'pay' }
    const config = loadConfig({ ...on, ...shop, ...payments })
    expect(Object.values(sandboxParts(config))).not.toContain(true)
  })
})
