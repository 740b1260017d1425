import type { Answer } from '../faults.ts'
import { readFieldParams } from './list-params.ts'
import { invalidRequest, notFound, unsupportedAuthentication } from './problems.ts'
import { renderUser } from './render.ts'
import type { XContext, XRequest } from './request.ts'
import type { World, XUser } from './world.ts'

export function getMe({ caller, actor, query }: XRequest, { world, billing }: XContext): Answer {
  if (caller === 'app') throw unsupportedAuthentication()
  const person = actor === undefined ? undefined : world.user(actor)
  if (person) {
    billing.charge([{ kind: 'userRead', resource: `user:${person.id}` }])
    const { userFields } = readFieldParams(query, 'users')
    return { status: 200, body: { data: renderUser(person, userFields, world) } }
  }
  billing.charge([{ kind: 'ownedRead', resource: `user:${world.brand.id}` }])
  return {
    status: 200,
    body: { data: renderUser(world.brand, readFieldParams(query, 'users').userFields, world) },
  }
}

export function getUserByName({ id, query }: XRequest, { world, billing }: XContext): Answer {
  const params = readFieldParams(query, 'users')
  if (!/^[A-Za-z0-9_]{1,15}$/.test(id))
    throw invalidRequest(
      `The \`username\` query parameter value [${id}] does not match ^[A-Za-z0-9_]{1,15}$`,
      {
        username: [id],
      },
    )
  const user = world.userNamed(id)
  if (!user) return { status: 200, body: { errors: [notFound('user', 'username', id)] } }
  billing.charge([{ kind: 'userRead', resource: `user:${user.id}` }])
  return { status: 200, body: { data: renderUser(user, params.userFields, world) } }
}

export function requireUser(id: string, world: World): XUser | Answer {
  if (!/^\d{1,19}$/.test(id))
    throw invalidRequest(`The \`id\` query parameter value [${id}] is not valid`, { id: [id] })
  return world.user(id) ?? { status: 200, body: { errors: [notFound('user', 'id', id)] } }
}
