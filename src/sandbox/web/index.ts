import { createServer } from 'node:http'
import { answerWithFault } from '../faults.ts'
import type { Inbox } from '../inbox/index.ts'
import { listen, listenPreferably, stopListening } from '../listen.ts'
import type { PaymentsService } from '../payments/index.ts'
import type { ShopService } from '../shop/index.ts'
import type { XServer } from '../x/index.ts'
import { answerPage } from './pages.ts'
import { answerSignIn } from './sign-in-pages.ts'

export interface World {
  x: XServer
  shop: ShopService
  payments: PaymentsService
  inbox: Inbox
}

/** One plain-HTTP port for the shop's and the payment provider's APIs and the pages for people. */
export async function startWeb(
  port: number,
  wishedPort: number | undefined,
  world: World,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    // `//` is an address that no URL has.
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1') ?? new URL('http://127.0.0.1/')
    const isPayment = url.pathname === '/payments/refunds'
    const isShop = url.pathname.startsWith('/shop/api/')
    const done = isPayment
      ? answerWithFault(world.payments.takeFault(request), request, response, () =>
          notNull(world.payments.handle(request, url)),
        )
      : isShop
        ? answerWithFault(world.shop.takeFault(request, url), request, response, () =>
            notNull(world.shop.handle(request, url)),
          )
        : answerSignIn(request, url, world)
            .then((page) => page ?? answerPage(request, url, world))
            .then((page) => {
              response.writeHead(page.status, { 'content-type': page.type, ...page.headers })
              response.end(page.body)
            })
    Promise.resolve(done).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`The sandbox failed: ${error}`)
    })
  })
  const taken = port === 0 ? await listenPreferably(server, wishedPort) : await listen(server, port)
  return { origin: `http://127.0.0.1:${taken}`, close: () => stopListening(server) }
}

function notNull<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no handler for this address')
  return value
}
