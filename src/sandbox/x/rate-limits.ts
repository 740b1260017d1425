import type { Caller } from './authenticate.ts'
import { tooManyRequests } from './problems.ts'

export type EndpointName =
  | 'me'
  | 'mentions'
  | 'search'
  | 'lookup'
  | 'lookup_many'
  | 'user_posts'
  | 'user_by_name'
  | 'create_post'
  | 'delete_post'
  | 'oauth2_token'

export interface Limit {
  user?: number
  app?: number
}

/** Requests per 15 minutes, from X's own table. */
const REAL: Record<EndpointName, Limit> = {
  me: { user: 75 },
  mentions: { user: 300, app: 450 },
  search: { user: 300, app: 450 },
  lookup: { user: 900, app: 450 },
  lookup_many: { user: 5000, app: 3500 },
  user_posts: { user: 900, app: 10_000 },
  user_by_name: { user: 900, app: 300 },
  create_post: { user: 100 },
  delete_post: { user: 50 },
  oauth2_token: {},
}

const CREATE_PER_DAY = 10_000

export function createRateLimits(kind: 'real' | 'raised') {
  let limits = structuredClone(REAL)
  let windowMs = 15 * 60_000
  let daily = CREATE_PER_DAY
  const windows = new Map<string, { endsAt: number; used: number }>()

  if (kind === 'raised') {
    for (const limit of Object.values(limits))
      for (const who of ['user', 'app'] as const) if (limit[who]) limit[who] *= 1000
    daily *= 1000
  }

  function count(key: string, limit: number, lengthMs: number) {
    const now = Date.now()
    let window = windows.get(key)
    if (!window || window.endsAt <= now) {
      window = { endsAt: now + lengthMs, used: 0 }
      windows.set(key, window)
    }
    window.used += 1
    return {
      limit,
      remaining: Math.max(0, limit - window.used),
      resetS: Math.ceil(window.endsAt / 1000),
      over: window.used > limit,
    }
  }

  return {
    set(changes: Partial<Record<EndpointName, Limit>>, newWindowMs?: number) {
      limits = { ...limits, ...changes }
      if (newWindowMs) windowMs = newWindowMs
      windows.clear()
    },
    /** Counts this request; throws X's 429, with the headers that say when to come back. */
    take(endpoint: EndpointName, caller: Caller, userId = ''): Record<string, string> {
      const limit = limits[endpoint][caller]
      if (limit === undefined) return {}
      const state = count(`${endpoint}:${caller}:${userId}`, limit, windowMs)
      const headers: Record<string, string> = {
        'x-rate-limit-limit': String(state.limit),
        'x-rate-limit-remaining': String(state.remaining),
        'x-rate-limit-reset': String(state.resetS),
      }
      let over = state.over
      if (endpoint === 'create_post') {
        const day = count('create_post:day', daily, 86_400_000)
        headers['x-app-limit-24hour-limit'] = String(day.limit)
        headers['x-app-limit-24hour-remaining'] = String(day.remaining)
        headers['x-app-limit-24hour-reset'] = String(day.resetS)
        over ||= day.over
      }
      if (over) {
        const problem = tooManyRequests()
        problem.answer.headers = headers
        throw problem
      }
      return headers
    },
  }
}
