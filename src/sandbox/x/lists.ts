import type { Answer } from '../faults.ts'
import type { PriceName } from './billing.ts'
import { cutPage, FIELD_NAMES, LIST_NAMES, refuseUnknown } from './list-params.ts'
import { invalidRequest } from './problems.ts'
import { renderAndCharge } from './render-and-charge.ts'
import type { XContext, XRequest } from './request.ts'
import { compileQuery } from './search-query.ts'
import { requireUser } from './users.ts'
import { firstOf, type XPost } from './world.ts'

const SEARCH_REACH_MS = 7 * 86_400_000

export function getMentions({ id, query }: XRequest, context: XContext): Answer {
  refuseUnknown(query, [...FIELD_NAMES, ...LIST_NAMES])
  const user = requireUser(id, context.world)
  if ('status' in user) return user
  const reach = firstOf(context.world.mentioning(user.username), context.settings.mentionsReach)
  return listAnswer(
    reach,
    query,
    context,
    { minResults: 5 },
    user.id === context.world.brand.id ? 'ownedRead' : 'postRead',
  )
}

export function getUserPosts({ id, query }: XRequest, context: XContext): Answer {
  refuseUnknown(query, [...FIELD_NAMES, ...LIST_NAMES])
  const user = requireUser(id, context.world)
  if ('status' in user) return user
  const exclude = new Set((query.get('exclude') ?? '').split(',').filter(Boolean))
  const own = user.id === context.world.brand.id
  const posts = firstOf(
    context.world.standingOf(
      user.id,
      (post) =>
        isReadable(post, context) &&
        !(exclude.has('replies') && post.inReplyTo) &&
        !(exclude.has('retweets') && post.repostOf),
    ),
    exclude.has('replies') ? 800 : context.settings.userPostsReach,
  )
  return listAnswer(posts, query, context, { minResults: 5 }, own ? 'ownedRead' : 'postRead')
}

export function searchRecent({ query }: XRequest, context: XContext): Answer {
  const names = LIST_NAMES.filter((name) => name !== 'exclude')
  refuseUnknown(query, [...FIELD_NAMES, ...names, 'query', 'next_token', 'sort_order'])
  const text = query.get('query')
  if (!text) throw invalidRequest("The 'query' parameter is required.", { query: [] })
  if (query.has('since_id') && (query.has('start_time') || query.has('end_time')))
    throw invalidRequest("Invalid use of 'since_id' in conjunction with 'start_time' or 'end_time'", {
      since_id: [query.get('since_id') ?? ''],
    })
  const matches = compileQuery(text, context.world)
  const since = Date.now() - SEARCH_REACH_MS
  const posts = context.world.standing(
    (post) => Date.parse(post.createdAt) >= since && isReadable(post, context) && matches(post),
  )
  const page = { minResults: 10, reachMs: SEARCH_REACH_MS, tokenNames: ['next_token', 'pagination_token'] }
  return listAnswer(posts, query, context, page, 'postRead')
}

function listAnswer(
  posts: Iterable<XPost>,
  query: URLSearchParams,
  context: XContext,
  page: Parameters<typeof cutPage>[2],
  price: PriceName,
): Answer {
  const { posts: cut, meta } = cutPage(posts, query, page)
  const { data, includes, errors } = renderAndCharge(cut, query, context, price)
  return {
    status: 200,
    body: {
      ...(data.length ? { data } : {}),
      ...(includes ? { includes } : {}),
      ...(errors ? { errors } : {}),
      meta,
    },
  }
}

/** Own new posts may take a while until X's lists show them. */
function isReadable(post: XPost, { world, settings }: XContext): boolean {
  if (settings.readbackDelayMs === 0 || post.authorId !== world.brand.id) return true
  return Date.now() - Date.parse(post.createdAt) >= settings.readbackDelayMs
}
