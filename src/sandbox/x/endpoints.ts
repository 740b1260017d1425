import type { Answer } from '../faults.ts'
import { getMentions, getUserPosts, searchRecent } from './lists.ts'
import { lookUpMany, lookUpOne } from './lookup.ts'
import { noSuchRoute } from './problems.ts'
import type { EndpointName } from './rate-limits.ts'
import type { XContext, XRequest } from './request.ts'
import { getMe, getUserByName } from './users.ts'
import { deletePost, postPost } from './writing.ts'

interface Endpoint {
  method: string
  path: RegExp
  name: EndpointName
  handle(request: XRequest, context: XContext): Answer
}

/** The part of X's API v2 that the sandbox speaks. The first that fits is taken. */
export const ENDPOINTS: Endpoint[] = [
  {
    method: 'POST',
    path: /^\/2\/oauth2\/token$/,
    name: 'oauth2_token',
    // Answered before anything asks who calls.
    handle() {
      throw noSuchRoute()
    },
  },
  { method: 'GET', path: /^\/2\/users\/me$/, name: 'me', handle: getMe },
  { method: 'GET', path: /^\/2\/users\/by\/username\/([^/]+)$/, name: 'user_by_name', handle: getUserByName },
  { method: 'GET', path: /^\/2\/users\/([^/]+)\/mentions$/, name: 'mentions', handle: getMentions },
  { method: 'GET', path: /^\/2\/users\/([^/]+)\/tweets$/, name: 'user_posts', handle: getUserPosts },
  { method: 'GET', path: /^\/2\/tweets\/search\/recent$/, name: 'search', handle: searchRecent },
  { method: 'GET', path: /^\/2\/tweets$/, name: 'lookup_many', handle: lookUpMany },
  { method: 'GET', path: /^\/2\/tweets\/([^/]+)$/, name: 'lookup', handle: lookUpOne },
  { method: 'POST', path: /^\/2\/tweets$/, name: 'create_post', handle: postPost },
  { method: 'DELETE', path: /^\/2\/tweets\/([^/]+)$/, name: 'delete_post', handle: deletePost },
]
