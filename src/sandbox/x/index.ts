import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import type { Credentials } from '../credentials.ts'
import { type Answer, answerWithFault, createFaults } from '../faults.ts'
import { listenPreferably, stopListening } from '../listen.ts'
import { readBody } from '../request-body.ts'
import { createAuthenticator, type TokenKind } from './authenticate.ts'
import { openBilling } from './billing.ts'
import { createControl, type LoggedRequest, type XControl } from './control.ts'
import { ENDPOINTS } from './endpoints.ts'
import { createOAuth2, type OAuth2 } from './oauth2.ts'
import { forbidden, noSuchRoute, XProblemError } from './problems.ts'
import { createRateLimits } from './rate-limits.ts'
import type { XContext } from './request.ts'
import { openWorld } from './world.ts'

export const BRAND = {
  username: 'hinata_shop',
  name: 'Hinata ひなた',
  description:
    'Books, food, drinks, household things and films to rent. 本・食品・日用品と映画レンタルのお店です。Automated account run by the Hinata care team.',
  followers: 48_213,
}

export interface XServer {
  origin: string
  userId: string
  username: string
  control: XControl
  /** Signs people in; its page is on the sandbox's own web server. */
  oauth2: OAuth2
  /** Where pictures of posts are served from; known once the web server listens. */
  setMediaOrigin(origin: string): void
  close(): Promise<void>
}

const LOG_LENGTH = 20_000
/** From X's documentation of the two timelines. */
const REACH = { mentionsReach: 800, userPostsReach: 3200 }

/** X's API v2 over TLS on loopback. Answers as its documentation says, refusals included. */
export async function startX(
  dir: string,
  keys: Credentials,
  limitKind: 'real' | 'raised',
  wishedPort?: number,
): Promise<XServer> {
  const world = openWorld(join(dir, 'x.ndjson'), BRAND)
  const billing = openBilling(join(dir, 'x-charges.ndjson'), world.brand.id)
  const context: XContext = {
    world,
    billing,
    settings: { enterprise: false, readbackDelayMs: 0, mediaOrigin: '', ...REACH },
  }
  const faults = createFaults()
  const revoked = new Set<TokenKind>()
  const limits = createRateLimits(limitKind)
  const log: LoggedRequest[] = []
  const authenticate = createAuthenticator(keys, revoked)
  const oauth2 = createOAuth2({ id: keys.xClientId, secret: keys.xClientSecret })

  async function handle(
    request: IncomingMessage,
    url: URL,
    route: ReturnType<typeof findEndpoint>,
  ): Promise<Answer> {
    let headers: Record<string, string> = {}
    try {
      if (route?.endpoint.name === 'oauth2_token') {
        return oauth2.token(request.headers.authorization, (await readBody(request)) ?? '')
      }
      const holder = oauth2.holderOf(request)
      const caller = holder ? 'user' : authenticate(request)
      if (!route) throw noSuchRoute()
      // What people let the app see is who they are, and no more.
      if (holder && (route.endpoint.name !== 'me' || !holder.scopes.includes('users.read'))) {
        throw forbidden('You are not permitted to perform this action.')
      }
      headers = limits.take(route.endpoint.name, caller, holder?.userId)
      billing.requireCredit()
      const body = request.method === 'POST' ? ((await readBody(request)) ?? '') : ''
      const answer = route.endpoint.handle(
        { caller, actor: holder?.userId, id: route.id, query: url.searchParams, body },
        context,
      )
      return { ...answer, headers: { ...headers, ...answer.headers } }
    } catch (error) {
      if (error instanceof XProblemError)
        return { ...error.answer, headers: { ...headers, ...error.answer.headers } }
      throw error
    }
  }

  const server = createServer(
    { key: keys.certificate.key, cert: keys.certificate.pem },
    (request, response) => {
      const url = URL.parse(request.url ?? '/', 'https://api.x.com') ?? new URL('https://api.x.com/')
      const route = findEndpoint(request.method ?? 'GET', url.pathname)
      const fault = faults.take(route?.endpoint.name ?? 'unknown', request)
      answerWithFault(fault, request, response, () => handle(request, url, route))
        .catch((error) => {
          if (response.headersSent) return 0
          response.writeHead(500, { 'content-type': 'application/json; charset=utf-8' })
          response.end(
            JSON.stringify({
              title: 'Internal Server Error',
              detail: String(error),
              type: 'about:blank',
              status: 500,
            }),
          )
          return 500
        })
        .then((status) => {
          const at = new Date().toISOString()
          log.push({
            at,
            method: request.method ?? '',
            path: url.pathname + url.search,
            endpoint: route?.endpoint.name ?? 'unknown',
            status,
          })
          if (log.length > LOG_LENGTH) log.splice(0, log.length - LOG_LENGTH)
        })
    },
  )
  const port = await listenPreferably(server, wishedPort)

  return {
    origin: `https://127.0.0.1:${port}`,
    userId: world.brand.id,
    username: world.brand.username,
    oauth2,
    control: createControl({ context, faults, revoked, limits, log }),
    setMediaOrigin(origin) {
      context.settings.mediaOrigin = origin
    },
    async close() {
      await stopListening(server)
      world.close()
      billing.close()
    },
  }
}

function findEndpoint(method: string, path: string) {
  for (const endpoint of ENDPOINTS) {
    const match = endpoint.method === method ? endpoint.path.exec(path) : null
    if (match) return { endpoint, id: match[1] ?? '' }
  }
  return undefined
}
