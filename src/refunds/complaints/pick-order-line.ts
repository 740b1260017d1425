import type { ShopOrder } from '../shop/shop.ts'

/** What a complaint tells about the order that it is about. */
export interface OrderHints {
  /** Wrap-up code. */
  code: string
  /** Order numbers, as the posts name them. */
  orders: readonly string[]
  /** Products and titles that the posts name. */
  skus: readonly string[]
  /** When the complaint was written. */
  at: Date
}

export type ShopOrderLine = ShopOrder['lines'][number]

/** One line of one order. */
export interface OrderLine {
  order: ShopOrder
  line: ShopOrderLine
}

/** How far back an order may be that somebody complains about; a film that was rented is watched within weeks. */
export const ORDERS_DAYS = 90
const RENTED_DAYS = 30
/** Clocks of the shop and of the network differ. */
const SKEW_MS = 10 * 60_000
const DAY_MS = 86_400_000

/**
 * The order line that a complaint of a customer is about, where exactly one fits all that is known: the order numbers
 * and products that were named, the kind of goods that the code is about, and an order before the complaint. Of
 * several that were named (a number mistyped and then corrected, what was ordered and what came) one must be the
 * customer's. Null where several fit or none: money is not guessed, a person chooses.
 * @param orders of this customer only
 */
export function pickOrderLine(orders: readonly ShopOrder[], hints: OrderHints): OrderLine | null {
  const named = new Set(hints.orders.map(plainNumber))
  const fitting = orders
    .filter((order) => placedInTime(order, hints) && (named.size === 0 || named.has(plainNumber(order.id))))
    .flatMap((order) => order.lines.map((line) => ({ order, line })))
    .filter(({ line }) => fitsCode(line, hints.code))
    .filter(({ line }) => hints.skus.length === 0 || hints.skus.includes(line.sku))
  return fitting.length === 1 ? (fitting[0] as OrderLine) : null
}

/** Every line that a person may choose for a complaint: those of the customer's orders that the code can be about. */
export function linesToChoose(orders: readonly ShopOrder[], code: string | null): OrderLine[] {
  return orders
    .flatMap((order) => order.lines.map((line) => ({ order, line })))
    .filter(({ line }) => code === null || fitsCode(line, code))
}

function placedInTime({ placedAt }: ShopOrder, { code, at }: OrderHints): boolean {
  const days = code.startsWith('streaming.') ? RENTED_DAYS : ORDERS_DAYS
  const age = at.getTime() - placedAt.getTime()
  return age >= -SKEW_MS && age <= days * DAY_MS
}

const KINDS: Record<string, readonly ShopOrderLine['kind'][]> = {
  streaming: ['rental'],
  delivery: ['physical'],
  packaging: ['physical'],
  item: ['physical'],
}

function fitsCode(line: ShopOrderLine, code: string): boolean {
  const kinds = KINDS[code.split('.')[0] ?? '']
  return kinds === undefined || kinds.includes(line.kind)
}

/** `#ORD-5009` and `ord_5009` are one number. */
function plainNumber(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
