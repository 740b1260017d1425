import type { PriceName } from './billing.ts'
import { readFieldParams } from './list-params.ts'
import { renderPosts } from './render.ts'
import type { XContext } from './request.ts'
import type { XPost } from './world.ts'

/** Renders posts as the query asks and puts them, and all that comes along with them, on the bill. */
export function renderAndCharge(posts: XPost[], query: URLSearchParams, context: XContext, price: PriceName) {
  const { world, billing, settings } = context
  const rendered = renderPosts(posts, readFieldParams(query), world, settings.mediaOrigin)
  billing.charge([
    ...posts.map((post) => ({ kind: price, resource: `post:${post.id}` })),
    ...rendered.includedPosts.map((post) => ({
      kind: post.authorId === world.brand.id ? ('ownedRead' as const) : ('postRead' as const),
      resource: `post:${post.id}`,
    })),
    ...rendered.includedUsers
      .filter((user) => user.id !== world.brand.id)
      .map((user) => ({ kind: 'userRead' as const, resource: `user:${user.id}` })),
  ])
  return rendered
}
