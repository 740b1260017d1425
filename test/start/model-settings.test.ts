import { describe, expect, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { loadReplies, ModelPriceError } from '../../src/replies/index.ts'
import { templatesWith } from '../replies/fixtures.ts'

const KEY = { OPENAI_API_KEY: 'sk-test', OPENAI_MODEL: 'gpt-4.1-mini' }

describe('the settings of a language model', () => {
  test('are off by themselves, and on with a key and a model', () => {
    expect(loadConfig({}).openai).toBeNull()
    expect(loadConfig({ OPENAI_DAILY_BUDGET_USD: '3' }).openai).toBeNull()
    expect(
      loadConfig({ ...KEY, OPENAI_DAILY_BUDGET_USD: '0.25', OPENAI_TIMEOUT_SECONDS: '3' }).openai,
    ).toEqual({
      apiKey: 'sk-test',
      baseUrl: null,
      model: 'gpt-4.1-mini',
      dailyBudgetMicroUsd: 250_000,
      timeoutMs: 3000,
      concurrency: 4,
    })
  })

  test('a key or an address without a model, and a model without either, are faults', () => {
    expect(() => loadConfig({ OPENAI_API_KEY: 'sk' })).toThrow(
      /OPENAI_MODEL: missing, but OPENAI_API_KEY given/,
    )
    expect(() => loadConfig({ OPENAI_BASE_URL: 'https://m.example/v1' })).toThrow(/OPENAI_MODEL: missing/)
    expect(() => loadConfig({ OPENAI_MODEL: 'm' })).toThrow(/OPENAI_MODEL: needs OPENAI_API_KEY/)
  })

  test.each([
    'https://models.example/v1/',
    'http://localhost:11434/v1',
    'http://127.0.0.1:8080/v1',
    'http://[::1]:8080/v1',
    'http://192.168.1.20:8000/v1',
    'http://172.20.0.3:8000/v1',
    'http://[fd12:3456::1]:8000/v1',
    'http://ollama:11434/v1',
    'http://gpu.internal/v1',
  ])('%s may be asked, even without a key', (url) => {
    const { openai } = loadConfig({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm' })
    expect(openai).toMatchObject({ apiKey: null, baseUrl: url.replace(/\/$/, '') })
  })

  test.each([
    'http://models.example/v1',
    'http://8.8.8.8/v1',
    'http://172.32.0.1/v1',
    'http://10.evil.example/v1',
  ])('%s is refused: words and key would travel in the open', (url) => {
    expect(() => loadConfig({ ...KEY, OPENAI_BASE_URL: url })).toThrow(/OPENAI_BASE_URL: plain http/)
  })

  test.each([
    'ftp://models.example',
    'models.example',
    'https://me:secret@models.example/v1',
    'https://m.example/v1?k=1',
  ])('%s is no address of a server', (url) => {
    expect(() => loadConfig({ ...KEY, OPENAI_BASE_URL: url })).toThrow(/OPENAI_BASE_URL: must/)
  })
})

describe('the price of a model', () => {
  test('is that of its day', () => {
    const dir = templatesWith({
      'prices.yaml': (old) =>
        old.replace(
          'models:\n',
          'models:\n  - { model: m, inputMicroUsd: 10, outputMicroUsd: 20, validFrom: 2026-01-01 }\n' +
            '  - { model: m, inputMicroUsd: 5, outputMicroUsd: 10, validFrom: 2026-12-01 }\n',
        ),
    })
    const { prices } = loadReplies(dir)
    expect(prices.modelPrice('m', new Date('2026-11-30T23:59:59Z'))).toMatchObject({ inputMicroUsd: 10 })
    expect(prices.modelPrice('m', new Date('2026-12-01T00:00:00Z'))).toMatchObject({ outputMicroUsd: 10 })
  })

  test('that nobody wrote down stops the start with what to write', async () => {
    const config = loadConfig({ OPENAI_API_KEY: 'sk-test', OPENAI_MODEL: 'house-model' })
    const outside = { x: null, smtpUrl: '', shop: null, payments: null, sandboxWeb: null }
    // Before anything is opened: there is no such database.
    await expect(startApp(config, 'postgres://127.0.0.1:1/none', outside)).rejects.toThrow(ModelPriceError)
    const { prices } = loadReplies('templates')
    expect(() => prices.modelPrice('house-model')).toThrow(ModelPriceError)
    expect(() => prices.modelPrice('house-model')).toThrow(
      /- \{ model: "house-model", inputMicroUsd: \d+, .*validFrom: /,
    )
  })
})
