import { createHmac } from 'node:crypto'
import express, { type Router } from 'express'
import { z } from 'zod'
import type { Store } from '../store/database.ts'
import { registerSession } from '../store/sessions.ts'
import { signSessionToken } from '../streaming/index.ts'
import { bearerOf, sameSecret } from './bearer.ts'

/** A rental is watched within two days. */
const TOKEN_TTL_SECONDS = 48 * 3600

const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
const id = text(128)
const about = text(64)
  .transform((value) => value.trim() || null)
  .nullish()
const registration = z.strictObject({
  sid: text(64),
  customerId: id,
  orderId: id,
  orderLineId: id,
  title: text(300),
  /** ISO 3166-1 or -2: `JP`, `JP-13`. */
  region: about.transform((value) => value?.toUpperCase()),
  /** CDN or internet provider. */
  network: about,
  /** Name and version, such as `hls.js 1.7.4`. */
  player: about,
  /** What the shop knows a device by; only a keyed hash of it is stored. */
  deviceId: text(200).nullish(),
})

/**
 * `POST /v1/sessions`: the shop registers a playback session before its player starts, and gets the token that
 * the player's reports need. Only what the shop vouched for here can ever lead to a refund. Region, network, player
 * and device may be left out: then failures there are not seen together, and repeated claims by customer only.
 */
export function sessionRoutes(store: Store, shopApiKey: string, secrets: string[]): Router {
  const router = express.Router()
  router.post('/', express.json({ limit: '16kb' }), async (request, response) => {
    if (!sameSecret(bearerOf(request), shopApiKey)) {
      response.status(401).json({ error: 'send SHOP_API_KEY as a bearer token' })
      return
    }
    const parsed = registration.safeParse(request.body)
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) })
      return
    }
    const { deviceId, region, network, player, ...claims } = parsed.data
    const deviceHash = deviceId ? hashOf(deviceId, secrets[0] as string) : null
    if (!(await registerSession(store, { ...claims, region, network, player, deviceHash }))) {
      response.status(409).json({ error: 'this sid belongs to another order; a session id is used once' })
      return
    }
    const now = new Date()
    const token = signSessionToken(claims, secrets[0] as string, { now, ttlSeconds: TOKEN_TTL_SECONDS })
    response.status(201).json({
      token,
      expiresAt: new Date(now.getTime() + TOKEN_TTL_SECONDS * 1000).toISOString(),
    })
  })
  return router
}

/** The same for the same device as long as the secret stands, and nothing that leads back to it without the secret. */
function hashOf(deviceId: string, secret: string): string {
  return createHmac('sha256', secret).update(`kikimimi-device.${deviceId}`).digest('base64url')
}
