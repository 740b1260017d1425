import type { Answer } from '../faults.ts'
import { FIELD_NAMES, refuseUnknown } from './list-params.ts'
import { invalidRequest, notFound } from './problems.ts'
import { renderAndCharge } from './render-and-charge.ts'
import type { XContext, XRequest } from './request.ts'
import type { World, XPost } from './world.ts'

export function lookUpMany({ query }: XRequest, context: XContext): Answer {
  refuseUnknown(query, [...FIELD_NAMES, 'ids'])
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean)
  if (ids.length < 1 || ids.length > 100)
    throw invalidRequest(
      `The number of values in the \`ids\` query parameter list [${ids.length}] is not between 1 and 100`,
      {
        ids,
      },
    )
  for (const id of ids) requirePostId(id, 'ids')
  const { found, errors } = findPosts(ids, 'ids', context.world)
  const answer = renderAndCharge(found, query, context, 'postRead')
  return {
    status: 200,
    body: {
      ...(answer.data.length ? { data: answer.data } : {}),
      ...(answer.includes ? { includes: answer.includes } : {}),
      ...(errors.length || answer.errors ? { errors: [...errors, ...(answer.errors ?? [])] } : {}),
    },
  }
}

export function lookUpOne({ id, query }: XRequest, context: XContext): Answer {
  refuseUnknown(query, FIELD_NAMES)
  requirePostId(id, 'id')
  const { found, errors } = findPosts([id], 'id', context.world)
  if (found.length === 0) return { status: 200, body: { errors } }
  const { data, includes, errors: more } = renderAndCharge(found, query, context, 'postRead')
  return {
    status: 200,
    body: { data: data[0], ...(includes ? { includes } : {}), ...(more ? { errors: more } : {}) },
  }
}

function findPosts(ids: string[], parameter: string, world: World): { found: XPost[]; errors: object[] } {
  const found: XPost[] = []
  const errors: object[] = []
  for (const id of new Set(ids)) {
    const post = world.find(id)
    if (post && !post.deleted) found.push(post)
    else errors.push(notFound('tweet', parameter, id))
  }
  return { found, errors }
}

export function requirePostId(id: string, name: string): void {
  if (!/^\d{1,19}$/.test(id))
    throw invalidRequest(`The \`${name}\` query parameter value [${id}] does not match ^[0-9]{1,19}$`, {
      [name]: [id],
    })
}
