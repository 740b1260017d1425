import type { Answer } from '../faults.ts'
import type { PriceName } from './billing.ts'
import { forbidden, invalidRequest, XProblemError } from './problems.ts'
import { cashtagCount, escapeForApi, hasUrl, mentionedNames, weightedLength } from './text.ts'
import type { World, XPost } from './world.ts'

const KNOWN_FIELDS = new Set(
  'text reply quote_tweet_id media poll reply_settings for_super_followers_only geo direct_message_deep_link nullcast made_with_ai paid_partnership community_id share_with_followers edit_options card_uri'.split(
    ' ',
  ),
)
const DUPLICATE_WINDOW_MS = 24 * 3_600_000

interface CreateBody {
  text?: string
  reply?: { in_reply_to_tweet_id?: string; exclude_reply_user_ids?: string[] }
  quote_tweet_id?: string
  made_with_ai?: boolean
}

/** `POST /2/tweets`, with the refusals a self-serve app meets. */
export function createPost(
  rawBody: string,
  world: World,
  enterprise: boolean,
): { answer: Answer; price: PriceName; post: XPost } {
  const body = readCreateBody(rawBody)
  const text = body.text ?? ''
  if (weightedLength(text) > 280)
    throw forbidden(
      'Your Tweet text is too long. For more information, please see https://docs.x.com/fundamentals/counting-characters',
    )
  if (cashtagCount(text) > 1) throw forbidden('Posts are limited to a maximum of one cashtag.')

  const target = body.reply ? world.find(body.reply.in_reply_to_tweet_id ?? '') : undefined
  if (body.reply && (!target || target.deleted))
    throw forbidden('You attempted to reply to a Tweet that is deleted or not visible to you.')
  if (target && !enterprise && !summons(target, world))
    throw forbidden(
      'Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.',
    )
  const quoted = body.quote_tweet_id ? world.find(body.quote_tweet_id) : undefined
  if (body.quote_tweet_id && (!quoted || quoted.deleted))
    throw invalidRequest('quote_tweet_id is not a valid Tweet id', { quote_tweet_id: [body.quote_tweet_id] })
  if (quoted && !enterprise && !summons(quoted, world))
    throw forbidden(
      'Quoting this post is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are quoting.',
    )
  if (isDuplicate(text, target, world))
    throw forbidden('You are not allowed to create a Tweet with duplicate content.')

  const post = world.add({
    author: world.brand.username,
    text,
    inReplyTo: target?.id,
    quoted: quoted?.id,
    viaApi: true,
    madeWithAi: body.made_with_ai === true,
  })
  const summoned = target && summons(target, world)
  return {
    post,
    price: summoned ? 'summonedReply' : hasUrl(text) ? 'postCreateWithUrl' : 'postCreate',
    answer: {
      status: 201,
      body: {
        data: { id: post.id, text: escapeForApi(post.text), edit_history_tweet_ids: post.editHistory },
      },
    },
  }
}

/** Did this post's author call us: by mentioning us, or by quoting one of our posts? */
function summons(post: XPost, world: World): boolean {
  return (
    post.authorId === world.brand.id ||
    mentionedNames(post.text).includes(world.brand.username.toLowerCase()) ||
    world.find(post.quoted ?? '')?.authorId === world.brand.id
  )
}

/** The same words twice to the same person; to two persons they differ by the @name in front. */
function isDuplicate(text: string, target: XPost | undefined, world: World): boolean {
  const since = Date.now() - DUPLICATE_WINDOW_MS
  return world
    .brandPostsWith(text)
    .some(
      (post) =>
        !post.deleted &&
        Date.parse(post.createdAt) > since &&
        world.find(post.inReplyTo ?? '')?.authorId === target?.authorId,
    )
}

function readCreateBody(rawBody: string): CreateBody {
  let body: unknown
  try {
    body = JSON.parse(rawBody)
  } catch {
    throw invalidRequest('$: is not valid JSON')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidRequest('$: is not an object, but an object is required')
  const fields = body as Record<string, unknown>
  for (const name of Object.keys(fields))
    if (!KNOWN_FIELDS.has(name))
      throw invalidRequest(
        `$.${name}: is not defined in the schema and the schema does not allow additional properties`,
        { [`$.${name}`]: [JSON.stringify(fields[name])] },
      )
  if (fields.text !== undefined && typeof fields.text !== 'string')
    throw invalidRequest('$.text: is not a string', { '$.text': [JSON.stringify(fields.text)] })
  if (!fields.text)
    throw new XProblemError({
      status: 400,
      body: {
        detail: 'One or more parameters to your request was invalid.',
        errors: [{ parameters: {}, message: '$: one of [text, media, poll, quote_tweet_id] is required' }],
        title: 'Invalid Request',
        type: 'https://api.x.com/2/problems/invalid-request',
      },
    })
  if (fields.made_with_ai !== undefined && typeof fields.made_with_ai !== 'boolean')
    throw invalidRequest('$.made_with_ai: is not a boolean', {
      '$.made_with_ai': [JSON.stringify(fields.made_with_ai)],
    })
  if (fields.reply !== undefined) {
    const reply = fields.reply as Record<string, unknown> | null
    const id = reply?.in_reply_to_tweet_id
    if (id === undefined)
      throw invalidRequest('$.reply.in_reply_to_tweet_id: is missing but it is required', {
        '$.reply': [JSON.stringify(reply)],
      })
    requireId('$.reply.in_reply_to_tweet_id', id)
  }
  if (fields.quote_tweet_id !== undefined) requireId('$.quote_tweet_id', fields.quote_tweet_id)
  return fields as CreateBody
}

function requireId(path: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[0-9]{1,19}$/.test(value))
    throw invalidRequest(`${path}: does not match the regex pattern ^[0-9]{1,19}$`, {
      [path]: [String(value)],
    })
}
