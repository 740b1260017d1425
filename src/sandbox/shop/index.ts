import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { type Answer, createFaults, type Fault } from '../faults.ts'
import { openJournal } from '../journal.ts'
import { readBody } from '../request-body.ts'
import { CUSTOMERS, type Customer, makeOrders, type Order } from './catalogue.ts'
import { cordSecret, type ToldCord, takeCord } from './cords.ts'
import { type Coupon, type Replacement, readCoupon, readReplacement } from './made-once.ts'

import { createShopSignIn, type ShopClient, type ShopSignIn } from './sign-in.ts'

export type { Coupon, Replacement } from './made-once.ts'

export interface ShopControl {
  customers(): Customer[]
  orders(): Order[]
  addCustomer(customer: Customer): void
  addOrder(order: Order): void
  coupons(): Coupon[]
  replacements(): Replacement[]
  /** From now on the shop has no more of it: replacements are refused. */
  sellOut(sku: string): void
  /** Cords that it was told of, each once, in order. */
  cords(): ToldCord[]
  /** SKUs and titles whose sale is stopped. */
  stopped(): string[]
  /** Endpoint names: `customer`, `order`, `coupons`, `replacements`, `cords`. */
  inject(fault: Fault): void
  clearFaults(): void
}

export interface ShopService {
  control: ShopControl
  signIn: ShopSignIn
  takeFault(request: IncomingMessage, url: URL): Fault | undefined
  /** Answers what stands under `/shop/api/`; undefined for other paths. */
  handle(request: IncomingMessage, url: URL): Promise<Answer> | Answer | undefined
  close(): void
}

type Entry =
  | { t: 'opened'; at: string }
  | { t: 'customer'; customer: Customer }
  | { t: 'order'; order: Order }
  | { t: 'coupon'; coupon: Coupon }
  | { t: 'replacement'; replacement: Replacement }
  | { t: 'cord'; told: ToldCord }

const PAGE = 100
/** Where cords are told; the one call that is signed, as a webhook of ours. */
export const CORDS = '/shop/api/cords'
const DAY_MS = 86_400_000

/** The shop's own API, as docs/gateways.md describes it: customers, orders, coupons, replacements. */
export function openShop(dir: string, apiToken: string, client: ShopClient): ShopService {
  const customers = new Map<string, Customer>()
  const orders = new Map<string, Order>()
  const coupons: Coupon[] = []
  const replacements: Replacement[] = []
  const soldOut = new Set<string>()
  const cords: ToldCord[] = []
  const stopped = new Set<string>()
  const faults = createFaults()

  function apply(entry: Entry): void {
    if (entry.t === 'opened') {
      for (const customer of CUSTOMERS) customers.set(customer.id, customer)
      for (const order of makeOrders(new Date(entry.at))) orders.set(order.id, order)
    } else if (entry.t === 'customer') customers.set(entry.customer.id, entry.customer)
    else if (entry.t === 'order') orders.set(entry.order.id, entry.order)
    else if (entry.t === 'coupon') coupons.push(entry.coupon)
    else if (entry.t === 'replacement') replacements.push(entry.replacement)
    else {
      cords.push(entry.told)
      if (entry.told.pulled) stopped.add(entry.told.name)
      else stopped.delete(entry.told.name)
    }
  }
  const journal = openJournal<Entry>(join(dir, 'shop.ndjson'), apply)
  const write = (entry: Entry) => {
    journal.append(entry)
    apply(entry)
  }
  if (orders.size === 0) write({ t: 'opened', at: new Date().toISOString() })

  function ordersOf(customerId: string, query: URLSearchParams): Answer {
    if (!customers.has(customerId)) return refuse(404, 'not_found', `There is no customer ${customerId}`)
    const since = Date.parse(query.get('since') ?? '1970-01-01')
    const found = [...orders.values()].filter(
      (order) => order.customerId === customerId && Date.parse(order.placedAt) >= since,
    )
    return page(
      found.sort((a, b) => (a.placedAt < b.placedAt ? 1 : -1)),
      query,
    )
  }

  function overdue(query: URLSearchParams): Answer {
    const since = Date.parse(query.get('since') ?? '1970-01-01')
    const now = Date.now()
    const late = [...orders.values()].flatMap((order) =>
      order.lines.flatMap(({ id, promisedAt, deliveredAt }) => {
        const promised = promisedAt ? Date.parse(promisedAt) : Number.POSITIVE_INFINITY
        if (deliveredAt || promised >= now || promised < since) return []
        const daysLate = Math.floor((now - promised) / DAY_MS)
        return [{ orderId: order.id, orderLineId: id, customerId: order.customerId, promisedAt, daysLate }]
      }),
    )
    return page(late, query)
  }

  /** How many orders each country placed on each day. */
  function orderCounts(query: URLSearchParams): Answer {
    const [from = '', to = '', timeZone = 'UTC'] = ['from', 'to', 'timeZone'].map(
      (name) => query.get(name) ?? undefined,
    )
    let format: Intl.DateTimeFormat
    try {
      format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    } catch {
      return refuse(400, 'invalid_request', `timeZone: there is no ${timeZone}`)
    }
    const counts = new Map<string, { day: string; country: string; orders: number }>()
    for (const { placedAt, country } of orders.values()) {
      const day = format.format(new Date(placedAt))
      if (day < from || day > to) continue
      const known = counts.get(`${day} ${country}`) ?? { day, country, orders: 0 }
      counts.set(`${day} ${country}`, { ...known, orders: known.orders + 1 })
    }
    return page([...counts.values()], query)
  }

  function listCoupons(query: URLSearchParams): Answer {
    const [customerId, key, from, to] = ['customerId', 'key', 'from', 'to'].map((name) => query.get(name))
    const found = coupons.filter(
      (coupon) =>
        (!customerId || coupon.customerId === customerId) &&
        (!key || coupon.key === key) &&
        (!from || Date.parse(coupon.createdAt) >= Date.parse(from)) &&
        (!to || Date.parse(coupon.createdAt) < Date.parse(to)),
    )
    return page(found, query)
  }

  function makeCoupon(key: string, json: unknown): Answer {
    const asked = readCoupon(json)
    if (typeof asked === 'string') return refuse(400, 'invalid_request', asked)
    const before = coupons.find((coupon) => coupon.key === key)
    if (before) return repeated(before, asked)
    if (!customers.has(asked.customerId))
      return refuse(404, 'customer_not_found', `There is no customer ${asked.customerId}.`)
    const code = `SORRY-${randomBytes(4).toString('hex').toUpperCase()}`
    const coupon: Coupon = { code, ...asked, status: 'issued', key, createdAt: new Date().toISOString() }
    write({ t: 'coupon', coupon })
    return { status: 201, body: coupon }
  }

  function makeReplacement(key: string, json: unknown): Answer {
    const asked = readReplacement(json)
    if (typeof asked === 'string') return refuse(400, 'invalid_request', asked)
    const before = replacements.find((replacement) => replacement.key === key)
    if (before) return repeated(before, asked)
    const line = orders.get(asked.orderId)?.lines.find((each) => each.id === asked.orderLineId)
    if (!line) return refuse(404, 'order_line_not_found', `There is no order line ${asked.orderLineId}.`)
    if (asked.quantity > line.quantity)
      return refuse(400, 'too_many', `Of ${line.id} only ${line.quantity} were ordered.`)
    if (stopped.has(line.sku)) return refuse(422, 'sale_stopped', `The sale of ${line.sku} is stopped.`)
    if (soldOut.has(line.sku)) return refuse(422, 'out_of_stock', `${line.sku} is sold out.`)
    const replacement: Replacement = {
      id: `rpl_${randomBytes(6).toString('hex')}`,
      key,
      ...asked,
      status: 'created',
      createdAt: new Date().toISOString(),
    }
    write({ t: 'replacement', replacement })
    return { status: 201, body: replacement }
  }

  /** Of a code it knows nothing: its own people see to that. */
  function stop(kind: string, name: string, pulled: boolean): ToldCord['answer'] | string {
    if (kind === 'code') return { saleStopped: false, ordersHeld: 0, message: 'Our people were told.' }
    const lines = [...orders.values()].flatMap((order) => order.lines).filter((line) => line.sku === name)
    if (lines.length === 0) return `The shop sells no ${name}.`
    const unshipped = lines.filter((line) => line.kind === 'physical' && !line.deliveredAt)
    return { saleStopped: pulled, ordersHeld: pulled ? unshipped.length : 0, message: null }
  }

  async function hearOfCord(request: IncomingMessage, url: URL): Promise<Answer> {
    const { answer, told } = await takeCord(
      request,
      url.pathname + url.search,
      cordSecret(apiToken),
      cords,
      stop,
    )
    if (told) write({ t: 'cord', told })
    return answer
  }

  async function create(
    request: IncomingMessage,
    make: (key: string, json: unknown) => Answer,
  ): Promise<Answer> {
    const key = request.headers['idempotency-key']
    const text = await readBody(request)
    if (typeof key !== 'string' || !key || key.length > 255)
      return refuse(400, 'idempotency_key_required', 'Send an Idempotency-Key header of 1 to 255 characters.')
    return make(key, parse(text ?? ''))
  }

  function answer(request: IncomingMessage, url: URL): Promise<Answer> | Answer {
    if (url.pathname === CORDS && request.method === 'POST') return hearOfCord(request, url)
    if (request.headers.authorization !== `Bearer ${apiToken}`)
      return refuse(401, 'unauthorized', 'The API token is missing or wrong.')
    const path = url.pathname.slice('/shop/api/'.length)
    const query = url.searchParams
    if (request.method === 'POST') {
      if (path === 'coupons') return create(request, makeCoupon)
      if (path === 'replacements') return create(request, makeReplacement)
    }
    if (request.method !== 'GET') return refuse(405, 'method_not_allowed', 'Use GET.')
    if (path === 'coupons') return listCoupons(query)
    if (path === 'replacements')
      return page(
        replacements.filter(({ key }) => key === query.get('key')),
        query,
      )
    if (path === 'orders/overdue') return overdue(query)
    if (path === 'orders/counts') return orderCounts(query)
    const [, kind, id = '', list] = /^(customers|orders)\/([^/]+)(\/orders)?$/.exec(path) ?? []
    if (!kind || (list && kind !== 'customers')) return refuse(404, 'not_found', 'No such address.')
    if (list) return ordersOf(id, query)
    const found = kind === 'customers' ? customers.get(id) : orders.get(id)
    return found
      ? { status: 200, body: found }
      : refuse(404, 'not_found', `There is no such entry in ${kind}: ${id}`)
  }

  return {
    control: {
      customers: () => [...customers.values()],
      orders: () => [...orders.values()],
      addCustomer: (customer) => write({ t: 'customer', customer }),
      addOrder: (order) => write({ t: 'order', order }),
      coupons: () => [...coupons],
      replacements: () => [...replacements],
      sellOut: (sku) => void soldOut.add(sku),
      cords: () => [...cords],
      stopped: () => [...stopped],
      inject: (fault) => faults.inject(fault),
      clearFaults: () => faults.clear(),
    },
    signIn: createShopSignIn(client),
    takeFault: (request, url) => faults.take(endpointOf(url.pathname), request),
    handle: (request, url) => (url.pathname.startsWith('/shop/api/') ? answer(request, url) : undefined),
    close: () => journal.close(),
  }
}

function endpointOf(path: string): string {
  if (path === CORDS) return 'cords'
  if (path.endsWith('/coupons')) return 'coupons'
  if (path.endsWith('/replacements')) return 'replacements'
  return path.includes('/customers/') ? 'customer' : 'order'
}

/** The same key: the same answer, unless something else was asked for. */
function repeated(before: object, asked: object): Answer {
  const same = Object.entries(asked).every(
    ([name, value]) => (before as Record<string, unknown>)[name] === value,
  )
  return same
    ? { status: 200, body: before, headers: { 'idempotent-replayed': 'true' } }
    : refuse(409, 'idempotency_key_reused', 'This Idempotency-Key was used for something else before.')
}

function page(all: unknown[], query: URLSearchParams): Answer {
  const start = Number(query.get('cursor') ?? 0)
  const end = start + PAGE
  return {
    status: 200,
    body: { data: all.slice(start, end), nextCursor: end < all.length ? String(end) : null },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
