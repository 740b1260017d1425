import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { MAX_AMOUNT_MINOR } from '../payouts/amounts.ts'
import {
  createShopCall,
  type ShopAccess,
  ShopAnswerError,
  ShopNotFoundError,
  ShopUnavailableError,
} from './shop-call.ts'

export { ShopAnswerError, ShopNotFoundError, ShopUnavailableError } from './shop-call.ts'

const id = z.string().min(1).max(200)
const country = z.string().regex(/^[A-Z]{2}$/)
const amount = z.int().min(0).max(MAX_AMOUNT_MINOR)

const orderSchema = z.object({
  id,
  customerId: id,
  placedAt: z.coerce.date(),
  country,
  currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
  paymentId: id,
  /** What was charged for all of it, shipping and discounts included. */
  totalMinor: amount.optional(),
  lines: z.array(
    z.object({
      id,
      sku: z.string(),
      title: z.string(),
      kind: z.enum(['physical', 'rental', 'subscription']),
      /** Of one piece. */
      priceMinor: amount,
      quantity: z.int().min(1).max(100_000),
      /** Tax within the price: 10 is 10 %. */
      taxRatePercent: z.number().min(0).max(100).optional(),
      promisedAt: z.coerce.date().optional(),
      deliveredAt: z.coerce.date().optional(),
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

const overdueSchema = z.object({
  orderId: id,
  orderLineId: id,
  customerId: id,
  promisedAt: z.coerce.date(),
  /** Whole days since then. */
  daysLate: z.int().min(0).max(36_500),
})

const orderCountSchema = z.object({
  day: z.iso.date(),
  country,
  orders: z.int().min(0).max(1_000_000_000),
})

const replacementSchema = z.object({
  id,
  key: id,
  orderId: id,
  orderLineId: id,
  quantity: z.int().min(1),
  status: z.enum(['created', 'shipped', 'cancelled']),
})

export type ShopOrder = z.output<typeof orderSchema>
export type ShopCustomer = z.output<typeof customerSchema>
export type ShopOverdueLine = z.output<typeof overdueSchema>
export type ShopOrderCount = z.output<typeof orderCountSchema>
export type ShopReplacement = z.output<typeof replacementSchema>

/** The shop says no and will go on saying no, as when the piece is sold out: a case for a person. */
export class ShopRefusedError extends Error {
  override name = 'ShopRefusedError'
  /** The shop's own code, e.g. `out_of_stock`. */
  code: string
  constructor(code: string, message: string) {
    super(`the shop refused: ${message} (${code})`)
    this.code = code
  }
}

/** The shop's API as refunds need it. Every call is made once; retrying is the caller's. */
export interface ShopClient {
  order(id: string): Promise<ShopOrder>
  customer(id: string): Promise<ShopCustomer>
  /** Orders that a customer placed since then, newest first. */
  customerOrders(customerId: string, since: Date): Promise<ShopOrder[]>
  /** Order lines promised since then, before now, and not delivered. */
  overdueOrders(since: Date): Promise<ShopOverdueLine[]>
  /**
   * Orders placed on days of a time zone, both ends counted; a day and country without orders is left out.
   * @throws ShopNotFoundError where the shop can not tell
   */
  orderCounts(from: string, to: string, timeZone: string): Promise<ShopOrderCount[]>
  /**
   * Has the shop send a piece again. The same key twice is one replacement, however late: shops keep these keys, so
   * after ShopUnavailableError it may simply be called again.
   * @throws ShopRefusedError, ShopUnavailableError, ShopAnswerError
   */
  createReplacement(request: {
    key: string
    orderId: string
    orderLineId: string
    quantity: number
  }): Promise<ShopReplacement>
  /** What the shop knows of a key; null when it never took such a replacement. */
  findReplacement(key: string): Promise<ShopReplacement | null>
}

/**
 * Client of the shop's API, `/shop/api/…` with a bearer token, as docs/gateways.md describes it.
 * Its calls throw ShopNotFoundError, ShopUnavailableError or ShopAnswerError.
 */
export function createShopClient(options: ShopAccess): ShopClient {
  const { get, list, call } = createShopCall(options)

  async function one<T extends { id: string }>(what: string, id: string, schema: z.ZodType<T>): Promise<T> {
    const found = await get(`/shop/api/${what}s/${pathPart(what, id)}`, `${what} ${id}`, schema)
    if (found.id !== id) throw new ShopAnswerError(`the shop answered for ${found.id}, not ${id}`)
    return found
  }

  return {
    order: (id) => one('order', id, orderSchema),
    customer: (id) => one('customer', id, customerSchema),
    async customerOrders(customerId, since) {
      const path = `/shop/api/customers/${pathPart('customer', customerId)}/orders`
      const orders = await list(path, { since: since.toISOString() }, orderSchema)
      const other = orders.find((order) => order.customerId !== customerId)
      if (other) throw new ShopAnswerError(`${path} of the shop: order ${other.id} is another customer's`)
      return orders.sort((a, b) => b.placedAt.getTime() - a.placedAt.getTime())
    },
    overdueOrders: (since) => list('/shop/api/orders/overdue', { since: since.toISOString() }, overdueSchema),
    orderCounts: (from, to, timeZone) =>
      list('/shop/api/orders/counts', { from, to, timeZone }, orderCountSchema),
    async createReplacement({ key, orderId, orderLineId, quantity }) {
      const body = { orderId, orderLineId, quantity }
      const answer = await call('POST', '/shop/api/replacements', { key, body })
      if (answer.outcome === 'refused') throw new ShopRefusedError(answer.code, answer.message)
      if (answer.outcome !== 'done') {
        throw new ShopUnavailableError(`the shop could not be asked for a replacement: ${answer.message}`)
      }
      const made = replacementSchema.safeParse(answer.json)
      if (!made.success) throw new ShopAnswerError(`replacement ${key} of the shop can not be read`)
      if (made.data.orderLineId !== orderLineId || made.data.quantity !== quantity) {
        throw new ShopAnswerError(`the shop had replacement ${key} before, for another line or quantity`)
      }
      return made.data
    },
    async findReplacement(key) {
      const found = await list('/shop/api/replacements', { key }, replacementSchema)
      return found.find((replacement) => replacement.key === key) ?? null
    },
  }
}

/** `..` survives encoding and would ask for another page of the shop. */
function pathPart(what: string, id: string): string {
  if (id === '' || /^\.+$/.test(id)) {
    throw new ShopNotFoundError(`the shop has no ${what} ${JSON.stringify(id)}`)
  }
  return encodeURIComponent(id)
}
