import express, { type Router } from 'express'
import { z } from 'zod'
import type { Store } from '../store/database.ts'
import { registerSession } from '../store/sessions.ts'
import { signSessionToken } from '../streaming/index.ts'
import { bearerOf, sameSecret } from './bearer.ts'

/** A rental is watched within two days. */
const TOKEN_TTL_SECONDS = 48 * 3600

const id = z.string().min(1).max(128)
const registration = z.strictObject({
  sid: z.string().min(1).max(64),
  customerId: id,
  orderId: id,
  orderLineId: id,
  title: z.string().min(1).max(300),
})

/**
 * `POST /v1/sessions`: the shop registers a playback session before its player starts, and gets the token that
 * the player's reports need. Only what the shop vouched for here can ever lead to a refund.
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
    if (!(await registerSession(store, parsed.data))) {
      response.status(409).json({ error: 'this sid belongs to another order; a session id is used once' })
      return
    }
    const now = new Date()
    const token = signSessionToken(parsed.data, secrets[0] as string, { now, ttlSeconds: TOKEN_TTL_SECONDS })
    response.status(201).json({
      token,
      expiresAt: new Date(now.getTime() + TOKEN_TTL_SECONDS * 1000).toISOString(),
    })
  })
  return router
}
