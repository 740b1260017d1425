import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadCredentials } from './credentials.ts'
import { type ProductAddress, playSessions } from './feed/play-sessions.ts'
import { playStory } from './feed/play-story.ts'
import { type Inbox, startInbox } from './inbox/index.ts'
import { openPayments, type PaymentsControl } from './payments/index.ts'
import { readPorts, writePorts } from './ports.ts'
import { orderTotalMinor } from './shop/catalogue.ts'
import { cordSecret } from './shop/cords.ts'
import { CORDS, openShop, type ShopControl } from './shop/index.ts'
import { startWeb } from './web/index.ts'
import type { XControl } from './x/control.ts'
import { startX } from './x/index.ts'

export type { Fault, FaultKind } from './faults.ts'
export type { ProductAddress } from './feed/play-sessions.ts'
export { type Cinema, type CinemaOptions, startCinema } from './film/index.ts'
export type { ReceivedMail } from './inbox/index.ts'
export type { PaymentsControl } from './payments/index.ts'
export type { Dispute, Payment, Refund } from './payments/ledger.ts'
export type { Customer, Order, OrderLine } from './shop/catalogue.ts'
export type { Coupon, Replacement, ShopControl } from './shop/index.ts'
export type { Charge } from './x/billing.ts'
export type { LoggedRequest, PostView, TimelineEntry, XControl } from './x/control.ts'
export type { EndpointName } from './x/rate-limits.ts'
export type { NewPost, XMedia } from './x/world.ts'

export interface SandboxOptions {
  /** The journals' folder. All state survives `kill -9` and restart. */
  dir: string
  /** Plain HTTP: the pages for people, the shop and the payments. 0 (the default): any free port. */
  port?: number
  /** Play the story feed of posts and players, or nothing. Nothing unless told. */
  feed?: 'story' | 'none'
  /** 1: everything within about 75 s of the first start. 10: ten times as fast. */
  speed?: number
  /** Where the product's HTTP is: the shop registers sessions there, its players report there. */
  product?: ProductAddress
  /** X's rate limits: as documented, or out of the way. */
  limits?: 'real' | 'raised'
  log?: (message: string) => void
}

export interface Sandbox {
  x: {
    origin: string
    /** PEM of the server's self-signed certificate: api.x.com, localhost, 127.0.0.1. */
    ca: string
    apiKey: string
    apiSecret: string
    accessToken: string
    accessSecret: string
    /** OAuth 2.0, application-only. */
    bearerToken: string
    /** OAuth 2.0, acting as the brand. */
    userAccessToken: string
    userId: string
    username: string
    control: XControl
  }
  shop: {
    origin: string
    apiToken: string
    /** Where it hears of cords. */
    cord: { url: string; secret: string; allowPrivate: boolean }
    control: ShopControl
  }
  payments: {
    /** Where its API is: `<origin>/refunds`. */
    origin: string
    apiKey: string
    /** Signs requests to it. */
    signingSecret: string
    /** Signs its webhooks, which go out once `control.sendWebhooksTo` told it where. */
    webhookSecrets: string[]
    control: PaymentsControl
  }
  smtp: Omit<Inbox, 'close'>
  /** Where people sign in to X and to the shop, and what an app must know for it. */
  signIn: {
    x: { clientId: string; clientSecret: string; authorizeUrl: string }
    shop: { issuer: string; clientId: string; clientSecret: string }
    /** Says where people may be sent back to, as one does in the two developer consoles. */
    setRedirectUris(uris: { network: string; shop: string }): void
  }
  web: { origin: string }
  /** Lets the players of the story play, once; for when the product's address is known later than at the start. */
  startPlayers(product: ProductAddress): void
  close(): Promise<void>
}

/** Starts the outside world on loopback: X, a shop, a payment provider, a mail inbox, and pages to watch them. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dir } = options
  mkdirSync(dir, { recursive: true })
  const keys = await loadCredentials(dir)
  const last = readPorts(dir)
  const x = await startX(dir, keys, options.limits ?? 'real', last.x)
  const shop = openShop(dir, keys.shopApiToken, {
    id: keys.shopClientId,
    secret: keys.shopClientSecret,
  })
  const payments = openPayments(
    join(dir, 'payments.ndjson'),
    keys.paymentsApiKey,
    shop.control.orders().map((order) => ({
      id: order.paymentId,
      amountMinor: orderTotalMinor(order),
      currency: order.currency,
    })),
  )
  const inbox = await startInbox(dir, last.smtp)
  const web = await startWeb(options.port ?? 0, last.web, { x, shop, payments, inbox })
  x.setMediaOrigin(web.origin)
  shop.signIn.setOrigin(web.origin)
  writePorts(dir, { x: portOf(x.origin), web: portOf(web.origin), smtp: inbox.port })

  const log = options.log ?? (() => {})
  const speed = options.speed ?? 1
  const stopStory = options.feed === 'story' ? playStory(x.control, speed, log) : () => {}
  let stopPlayers: (() => void) | undefined
  const startPlayers = (product: ProductAddress) => {
    stopPlayers ??= playSessions(join(dir, 'players.ndjson'), shop.control, product, speed, log)
  }
  if (options.product) startPlayers(options.product)

  return {
    x: {
      origin: x.origin,
      ca: keys.certificate.pem,
      apiKey: keys.apiKey,
      apiSecret: keys.apiSecret,
      accessToken: keys.accessToken,
      accessSecret: keys.accessSecret,
      bearerToken: keys.bearerToken,
      userAccessToken: keys.userAccessToken,
      userId: x.userId,
      username: x.username,
      control: x.control,
    },
    shop: {
      origin: web.origin,
      apiToken: keys.shopApiToken,
      cord: {
        url: `${web.origin}${CORDS}`,
        secret: cordSecret(keys.shopApiToken),
        allowPrivate: true,
      },
      control: shop.control,
    },
    payments: {
      origin: `${web.origin}/payments`,
      apiKey: keys.paymentsApiKey,
      signingSecret: payments.signingSecret,
      webhookSecrets: [payments.webhookSecret],
      control: payments.control,
    },
    smtp: inbox,
    signIn: {
      x: {
        clientId: keys.xClientId,
        clientSecret: keys.xClientSecret,
        authorizeUrl: `${web.origin}/i/oauth2/authorize`,
      },
      shop: {
        issuer: shop.signIn.issuer(),
        clientId: keys.shopClientId,
        clientSecret: keys.shopClientSecret,
      },
      setRedirectUris(uris) {
        x.oauth2.setRedirectUris([uris.network])
        shop.signIn.setRedirectUris([uris.shop])
      },
    },
    web: { origin: web.origin },
    startPlayers,
    async close() {
      stopStory()
      stopPlayers?.()
      await Promise.all([web.close(), x.close(), inbox.close()])
      shop.close()
      await payments.close()
    },
  }
}

function portOf(origin: string): number {
  return Number(new URL(origin).port)
}
