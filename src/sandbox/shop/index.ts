import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { type Answer, createFaults, type Fault } from '../faults.ts'
import { openJournal } from '../journal.ts'
import { CUSTOMERS, type Customer, makeOrders, type Order } from './catalogue.ts'

export interface ShopControl {
  customers(): Customer[]
  orders(): Order[]
  addCustomer(customer: Customer): void
  addOrder(order: Order): void
  /** Endpoint names: `customer`, `order`. */
  inject(fault: Fault): void
  clearFaults(): void
}

export interface ShopService {
  control: ShopControl
  takeFault(request: IncomingMessage, url: URL): Fault | undefined
  /** Answers what stands under `/shop/api/`; undefined for other paths. */
  handle(request: IncomingMessage, url: URL): Answer | undefined
  close(): void
}

type Entry =
  | { t: 'opened'; at: string }
  | { t: 'customer'; customer: Customer }
  | { t: 'order'; order: Order }

/** The shop's own API, read by the product: customers and orders. */
export function openShop(dir: string, apiToken: string): ShopService {
  const customers = new Map<string, Customer>()
  const orders = new Map<string, Order>()
  const faults = createFaults()

  function apply(entry: Entry): void {
    if (entry.t === 'opened') {
      for (const customer of CUSTOMERS) customers.set(customer.id, customer)
      for (const order of makeOrders(new Date(entry.at))) orders.set(order.id, order)
    } else if (entry.t === 'customer') customers.set(entry.customer.id, entry.customer)
    else orders.set(entry.order.id, entry.order)
  }
  const journal = openJournal<Entry>(join(dir, 'shop.ndjson'), apply)
  const write = (entry: Entry) => {
    journal.append(entry)
    apply(entry)
  }
  if (orders.size === 0) write({ t: 'opened', at: new Date().toISOString() })

  return {
    control: {
      customers: () => [...customers.values()],
      orders: () => [...orders.values()],
      addCustomer: (customer) => write({ t: 'customer', customer }),
      addOrder: (order) => write({ t: 'order', order }),
      inject: (fault) => faults.inject(fault),
      clearFaults: () => faults.clear(),
    },
    takeFault: (request, url) =>
      faults.take(url.pathname.includes('/customers/') ? 'customer' : 'order', request),
    handle(request, url) {
      const match = /^\/shop\/api\/(customers|orders)\/([^/]+)$/.exec(url.pathname)
      if (!match)
        return url.pathname.startsWith('/shop/api/')
          ? refuse(404, 'not_found', 'No such address.')
          : undefined
      if (request.headers.authorization !== `Bearer ${apiToken}`)
        return refuse(401, 'unauthorized', 'The API token is missing or wrong.')
      if (request.method !== 'GET') return refuse(405, 'method_not_allowed', 'Use GET.')
      const [, kind, id] = match as unknown as [string, 'customers' | 'orders', string]
      const found = kind === 'customers' ? customers.get(id) : orders.get(id)
      return found
        ? { status: 200, body: found }
        : refuse(404, 'not_found', `There is no such entry in ${kind}: ${id}`)
    },
    close: () => journal.close(),
  }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
