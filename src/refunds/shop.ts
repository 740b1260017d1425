import { z } from 'zod'
import { isCurrency } from '../money.ts'
import { MAX_AMOUNT_MINOR } from './amounts.ts'
import { callJson, type JsonAnswer, JsonCallError } from './json-call.ts'

const id = z.string().min(1).max(200)
const country = z.string().regex(/^[A-Z]{2}$/)

const orderSchema = z.object({
  id,
  customerId: id,
  placedAt: z.coerce.date(),
  country,
  currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
  paymentId: id,
  lines: z.array(
    z.object({
      id,
      sku: z.string(),
      title: z.string(),
      kind: z.enum(['physical', 'rental', 'subscription']),
      /** Of one piece. */
      priceMinor: z.int().min(0).max(MAX_AMOUNT_MINOR),
      quantity: z.int().min(1).max(100_000),
    }),
  ),
})

const customerSchema = z.object({
  id,
  name: z.string(),
  email: z.email(),
  locale: z.string().min(2).max(35),
  country,
})

export type ShopOrder = z.output<typeof orderSchema>
export type ShopCustomer = z.output<typeof customerSchema>

/** The shop does not have it, and asking again will not help. */
export class ShopNotFoundError extends Error {
  override name = 'ShopNotFoundError'
}

/** The shop could not be asked, or said "not now"; ask again later. */
export class ShopUnavailableError extends Error {
  override name = 'ShopUnavailableError'
}

/** The shop answered something that is not in its API; someone must look. */
export class ShopAnswerError extends Error {
  override name = 'ShopAnswerError'
}

/** The shop's API as refunds need it. Every call is made once; retrying is the caller's. */
export interface ShopClient {
  order(id: string): Promise<ShopOrder>
  customer(id: string): Promise<ShopCustomer>
}

/**
 * Client of the shop's API: `GET /shop/api/orders/:id` and `GET /shop/api/customers/:id`, bearer token.
 * Its calls throw ShopNotFoundError, ShopUnavailableError or ShopAnswerError.
 */
export function createShopClient(options: {
  origin: string
  apiToken: string
  timeoutMs?: number
}): ShopClient {
  const { origin, apiToken, timeoutMs = 10_000 } = options

  async function get<T extends { id: string }>(what: string, id: string, schema: z.ZodType<T>): Promise<T> {
    // `..` survives encoding and would ask for another page of the shop.
    if (id === '' || /^\.+$/.test(id))
      throw new ShopNotFoundError(`the shop has no ${what} ${JSON.stringify(id)}`)
    let answer: JsonAnswer
    try {
      answer = await callJson(new URL(`/shop/api/${what}s/${encodeURIComponent(id)}`, origin), {
        method: 'GET',
        headers: { authorization: `Bearer ${apiToken}` },
        timeoutMs,
      })
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      throw new ShopUnavailableError(`the shop could not be asked for ${what} ${id}: ${error.message}`, {
        cause: error,
      })
    }
    if (answer.status === 404) throw new ShopNotFoundError(`the shop has no ${what} ${id}`)
    if (answer.status !== 200) {
      const advice = answer.status === 401 || answer.status === 403 ? '; check the API token of the shop' : ''
      throw new ShopUnavailableError(`the shop answered ${answer.status} for ${what} ${id}${advice}`)
    }
    const parsed = schema.safeParse(answer.json)
    if (!parsed.success) throw new ShopAnswerError(`${what} ${id} of the shop: ${faults(parsed.error)}`)
    if (parsed.data.id !== id) throw new ShopAnswerError(`the shop answered for ${parsed.data.id}, not ${id}`)
    return parsed.data
  }

  return {
    order: (id) => get('order', id, orderSchema),
    customer: (id) => get('customer', id, customerSchema),
  }
}

function faults(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`).join('; ')
}
