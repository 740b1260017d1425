import type { Answer } from '../faults.ts'
import { createPost } from './create-post.ts'
import { requirePostId } from './lookup.ts'
import { forbidden, unsupportedAuthentication } from './problems.ts'
import type { XContext, XRequest } from './request.ts'

export function postPost({ caller, body }: XRequest, { world, billing, settings }: XContext): Answer {
  if (caller === 'app') throw unsupportedAuthentication()
  const { answer, price, post } = createPost(body, world, settings.enterprise)
  billing.charge([{ kind: price, resource: `post:${post.id}` }])
  return answer
}

export function deletePost({ caller, id }: XRequest, { world, billing }: XContext): Answer {
  if (caller === 'app') throw unsupportedAuthentication()
  requirePostId(id, 'id')
  const post = world.find(id)
  if (post && !post.deleted) {
    if (post.authorId !== world.brand.id) throw forbidden('You are not authorized to delete this Tweet.')
    world.delete(id)
    billing.charge([{ kind: 'postDelete', resource: `post:${id}` }])
  }
  return { status: 200, body: { data: { deleted: true } } }
}
