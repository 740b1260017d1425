import type { Caller } from './authenticate.ts'
import type { openBilling } from './billing.ts'
import type { World } from './world.ts'

export interface XContext {
  world: World
  billing: ReturnType<typeof openBilling>
  settings: {
    enterprise: boolean
    readbackDelayMs: number
    mediaOrigin: string
    /** How many posts back the mentions timeline and an account's own one can be read. */
    mentionsReach: number
    userPostsReach: number
  }
}

export interface XRequest {
  caller: Caller
  /** Who agreed to be looked up, where it is not the brand's own token. */
  actor?: string | undefined
  /** The variable part of the path. */
  id: string
  query: URLSearchParams
  body: string
}
