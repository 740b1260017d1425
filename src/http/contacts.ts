import { Buffer } from 'node:buffer'
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { callerOf } from '../caller-of.ts'
import { findContactToken } from '../store/contact-tokens.ts'
import { type ContactPlace, readContacts } from '../store/contacts.ts'
import type { Store } from '../store/database.ts'
import { createRequestLimit } from '../store/request-limits.ts'
import { CONTACT_KINDS, CONTACT_OUTCOMES } from '../store/schema.ts'
import { bearerOf } from './bearer.ts'

const REQUESTS_A_MINUTE = 120
/** Of one address, with tokens that are none. */
const WRONG_TOKENS_A_MINUTE = 20
const MOST = 1_000

const word = z.string().min(1).max(200)
const time = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date().transform((day) => `${day}T00:00:00Z`)],
    'must be a day such as 2026-11-01 or a time such as 2026-11-01T09:00:00Z',
  )
  .transform((text) => new Date(text))
const cursor = z.string().max(200).transform(readCursor)
const query = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  kind: z.enum(CONTACT_KINDS).optional(),
  code: word.optional(),
  language: word.optional(),
  region: word.optional(),
  network: word.optional(),
  product: word.optional(),
  severity: z.coerce.number().int().min(0).max(3).optional(),
  outcome: z.enum(CONTACT_OUTCOMES).optional(),
  person: word.optional(),
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
  after: cursor.optional(),
})

/**
 * `GET /v1/contacts`: coded contacts, the oldest first, with a token that an admin made. Answers
 * `{"contacts":[…],"next":"…"}`; `?after=` with `next` goes on, and `next` is null at the end. 400 a filter that is none,
 * 401 no valid token, 403 a filter that the token may not use, 429 too often.
 */
export function contactRoutes(store: Store): Router {
  const requests = createRequestLimit(store, 'contacts', REQUESTS_A_MINUTE, 60)
  const wrong = createRequestLimit(store, 'contacts-wrong', WRONG_TOKENS_A_MINUTE, 60)
  const router = express.Router()
  router.get('/', async (request: Request, response: Response) => {
    response.set('cache-control', 'no-store')
    const given = bearerOf(request)
    const token = given === null ? null : await findContactToken(store, given)
    if (!token) {
      if (!(await wrong.take(callerOf(request.ip ?? '')))) return tooOften(response)
      response
        .status(401)
        .set('www-authenticate', 'Bearer')
        .json({ error: 'send a valid token as a bearer token; an admin makes them' })
      return
    }
    if (!(await requests.take(String(token.id)))) return tooOften(response)
    const asked = query.safeParse(request.query)
    if (!asked.success) {
      const [issue] = asked.error.issues
      response.status(400).json({ error: `${issue?.path.join('.') || 'query'}: ${issue?.message}` })
      return
    }
    const { limit, after, ...filter } = asked.data
    if (filter.person !== undefined && !token.texts) {
      response.status(403).json({ error: 'this token may not read texts and pseudonyms' })
      return
    }
    const contacts = await readContacts(store, filter, { after: after ?? null, limit, texts: token.texts })
    const last = contacts.length === limit ? contacts.at(-1) : undefined
    response.json({ contacts, next: last ? writeCursor(last) : null })
  })
  return router
}

function tooOften(response: Response): void {
  response
    .status(429)
    .set('retry-after', '60')
    .json({ error: `at most ${REQUESTS_A_MINUTE} requests a minute; ask for pages of ${MOST}` })
}

function writeCursor({ at, id }: ContactPlace): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url')
}

function readCursor(text: string, context: z.RefinementCtx): ContactPlace {
  const [, at, id] = /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (at !== undefined && id !== undefined) return { at: new Date(Number(at)), id: Number(id) }
  context.addIssue('is not a "next" of this API')
  return z.NEVER
}
