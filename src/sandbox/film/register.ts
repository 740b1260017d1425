import { randomUUID } from 'node:crypto'
import type { ProductAddress } from '../feed/play-sessions.ts'
import type { ShopControl } from '../shop/index.ts'

/** What a player needs to play and to report. */
export interface Viewing {
  sid: string
  title: string
  /** Where its CMCD reports go, with the session's token. */
  reportUrl: string
}

/**
 * The shop tells the product that a customer is about to watch what was bought.
 * @returns null where the shop has no such order line
 */
export async function registerViewing(
  shop: ShopControl,
  product: ProductAddress,
  orderLineId: string,
): Promise<Viewing | null> {
  const order = shop.orders().find(({ lines }) => lines.some(({ id }) => id === orderLineId))
  const line = order?.lines.find(({ id }) => id === orderLineId)
  if (!order || !line) return null
  const sid = randomUUID()
  const answer = await fetch(`${product.origin}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${product.shopApiKey}` },
    body: JSON.stringify({
      sid,
      customerId: order.customerId,
      orderId: order.id,
      orderLineId,
      title: line.title,
    }),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (answer.status !== 201) {
    throw new Error(`POST /v1/sessions answered ${answer.status}: ${text.slice(0, 200)}`)
  }
  const { token } = JSON.parse(text) as { token: string }
  const reportUrl = `${product.origin}/v1/cmcd?token=${encodeURIComponent(token)}`
  return { sid, title: line.title, reportUrl }
}
