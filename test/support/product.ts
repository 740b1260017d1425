import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type Outside, startApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { callbackUrls } from '../../src/linking/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { testRedisUrl } from './redis-url.ts'
import { createTestStore, type TestStore } from './store.ts'
import { shareTriageCache } from './triage-cache.ts'

export interface TestProduct {
  app: App
  config: Config
  sandbox: Sandbox
  db: TestStore
  origin: string
  shopApiKey: string
  /** Stops the product and starts it again on the same database and sandbox. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface ProductOptions {
  env?: Record<string, string>
  feed?: 'story' | 'none'
  speed?: number
}

/** The whole product on a database of its own, with a sandbox for the outside world. */
export async function startProduct(options: ProductOptions = {}): Promise<TestProduct> {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-product-'))
  shareTriageCache(folder)
  const db = await createTestStore()
  const sandbox = await startSandbox({
    dir: join(folder, 'sandbox'),
    feed: options.feed ?? 'none',
    speed: options.speed ?? 1,
    limits: 'raised',
  })
  const shopApiKey = randomBytes(16).toString('hex')
  const config = loadConfig({
    PORT: '0',
    DATA_DIR: folder,
    DATABASE_URL: db.url,
    REDIS_URL: testRedisUrl() ?? '',
    QUEUE_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    X_POLL_SECONDS: '1',
    SESSION_IDLE_SECONDS: '2',
    ...options.env,
  })
  const outside: Outside = {
    x: { ...sandbox.x },
    smtpUrl: `smtp://${sandbox.smtp.host}:${sandbox.smtp.port}`,
    shop: { origin: sandbox.shop.origin, apiToken: sandbox.shop.apiToken, apiKey: shopApiKey },
    payments: sandbox.payments,
    cord: sandbox.shop.cord,
    linking: sandbox.signIn,
    sandboxWeb: sandbox.web.origin,
  }
  const product: TestProduct = {
    app: await startApp(config, db.url, outside),
    config,
    sandbox,
    db,
    origin: '',
    shopApiKey,
    async restart() {
      await product.app.close()
      product.app = await startApp(config, db.url, outside)
      product.origin = `http://127.0.0.1:${product.app.port}`
      sandbox.payments.control.sendWebhooksTo(`${product.origin}/v1/webhooks/payments`)
      sandbox.signIn.setRedirectUris(callbackUrls(`http://localhost:${product.app.port}`))
    },
    async close() {
      await product.app.close()
      await sandbox.close()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  product.origin = `http://127.0.0.1:${product.app.port}`
  sandbox.payments.control.sendWebhooksTo(`${product.origin}/v1/webhooks/payments`)
  sandbox.signIn.setRedirectUris(callbackUrls(`http://localhost:${product.app.port}`))
  return product
}
