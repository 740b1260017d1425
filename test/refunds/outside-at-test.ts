import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createShopClient, type Gateways, openGateways, type ShopClient } from '../../src/refunds/index.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'

export interface Outside {
  box: Sandbox
  shop: ShopClient
  gateways: Gateways
  close(): Promise<void>
}

/** The sandbox's shop and payment provider, and our clients of them. */
export async function openOutside(): Promise<Outside> {
  const dir = mkdtempSync(join(tmpdir(), 'outside-'))
  const box = await startSandbox({ dir, feed: 'none' })
  const access = { origin: box.shop.origin, apiToken: box.shop.apiToken, timeoutMs: 1_000 }
  const { origin, apiKey, signingSecret, webhookSecrets } = box.payments
  return {
    box,
    shop: createShopClient(access),
    gateways: openGateways({ kind: 'http', origin, apiKey, signingSecret, webhookSecrets }, access),
    async close() {
      await box.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

let customers = 0

/** A customer of their own with one order of one line. */
export function orderOf(
  box: Sandbox,
  line: {
    sku?: string
    kind?: 'physical' | 'rental'
    priceMinor?: number
    quantity?: number
    currency?: string
    promisedAt?: Date
  } = {},
): { customerId: string; orderId: string; lineId: string; paymentId: string } {
  const n = ++customers
  const [customerId, orderId, paymentId] = [`cus_t${n}`, `ord_t${n}`, `pay_t${n}`]
  const { priceMinor = 2000, quantity = 1, currency = 'USD' } = line
  box.shop.control.addCustomer({
    id: customerId,
    name: 'Ada Test',
    email: `ada${n}@example.com`,
    locale: 'en',
    country: 'US',
  })
  box.shop.control.addOrder({
    id: orderId,
    customerId,
    placedAt: new Date(Date.now() - 5 * 86_400_000).toISOString(),
    country: 'US',
    currency,
    paymentId,
    lines: [
      {
        id: `${orderId}-1`,
        sku: line.sku ?? `sku-t${n}`,
        title: 'Decaf coffee beans',
        kind: line.kind ?? 'physical',
        priceMinor,
        quantity,
        ...(line.promisedAt ? { promisedAt: line.promisedAt.toISOString() } : {}),
      },
    ],
  })
  box.payments.control.addPayment({ id: paymentId, amountMinor: priceMinor * quantity, currency })
  return { customerId, orderId, lineId: `${orderId}-1`, paymentId }
}
