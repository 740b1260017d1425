import { firstIdAt, timeOfId } from './ids.ts'
import { invalidRequest } from './problems.ts'
import type { XPost } from './world.ts'

const TWEET_FIELDS = new Set(
  'article attachments author_id card_uri community_id context_annotations conversation_id created_at display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata non_public_metrics note_tweet organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings scopes source suggested_source_links text withheld'.split(
    ' ',
  ),
)
const USER_FIELDS = new Set(
  'affiliation confirmed_email connection_status created_at description entities id is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type withheld'.split(
    ' ',
  ),
)
const MEDIA_FIELDS = new Set(
  'alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics public_metrics type url variants width'.split(
    ' ',
  ),
)
const EXPANSIONS = new Set(
  'article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username geo.place_id in_reply_to_user_id entities.note.mentions.username referenced_tweets.id referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id'.split(
    ' ',
  ),
)
const USER_EXPANSIONS = new Set(['pinned_tweet_id', 'most_recent_tweet_id', 'affiliation.user_id'])

export interface FieldParams {
  tweetFields: Set<string>
  userFields: Set<string>
  mediaFields: Set<string>
  expansions: Set<string>
}

/** `tweet.fields`, `user.fields`, `media.fields` and `expansions`; an unknown value is X's 400. */
export function readFieldParams(query: URLSearchParams, about: 'posts' | 'users' = 'posts'): FieldParams {
  return {
    tweetFields: readSet(query, 'tweet.fields', TWEET_FIELDS),
    userFields: readSet(query, 'user.fields', USER_FIELDS),
    mediaFields: readSet(query, 'media.fields', MEDIA_FIELDS),
    expansions: readSet(query, 'expansions', about === 'posts' ? EXPANSIONS : USER_EXPANSIONS),
  }
}

function readSet(query: URLSearchParams, name: string, allowed: Set<string>): Set<string> {
  const values = (query.get(name) ?? '').split(',').filter(Boolean)
  const wrong = values.find((value) => !allowed.has(value))
  if (wrong)
    throw invalidRequest(
      `The \`${name}\` query parameter value [${wrong}] is not one of [${[...allowed].join(',')}]`,
      { [name]: values },
    )
  return new Set(values)
}

/** 400 for a query parameter the endpoint does not have, as X does. */
export function refuseUnknown(query: URLSearchParams, allowed: string[]): void {
  for (const name of query.keys())
    if (!allowed.includes(name))
      throw invalidRequest(`The query parameter [${name}] is not one of [${allowed.join(',')}]`, {
        [name]: query.getAll(name),
      })
}

export const FIELD_NAMES = [
  'tweet.fields',
  'user.fields',
  'media.fields',
  'place.fields',
  'poll.fields',
  'expansions',
]
export const LIST_NAMES = [
  'since_id',
  'until_id',
  'start_time',
  'end_time',
  'max_results',
  'pagination_token',
  'exclude',
]

export interface Page {
  posts: XPost[]
  meta: Record<string, string | number>
}

interface PageOptions {
  minResults: number
  /** X's recent search reaches back seven days and says so when `since_id` is older. */
  reachMs?: number
  tokenNames?: string[]
  defaultResults?: number
}

const WEEK_SLACK_MS = 60_000

/** Cuts one page out of posts that are sorted newest first, by the parameters X's lists share. */
export function cutPage(all: Iterable<XPost>, query: URLSearchParams, options: PageOptions): Page {
  const max = readMax(query, options.minResults, options.defaultResults ?? 10)
  const sinceId = readId(query, 'since_id')
  const untilId = readId(query, 'until_id')
  const startTime = readTime(query, 'start_time')
  const endTime = readTime(query, 'end_time')
  const token = (options.tokenNames ?? ['pagination_token']).map((name) => query.get(name)).find(Boolean)
  const cursor = token ? readToken(token) : undefined

  if (options.reachMs) {
    const floor = Date.now() - options.reachMs - WEEK_SLACK_MS
    if (sinceId !== undefined && timeOfId(String(sinceId)) < floor)
      throw invalidRequest(
        `'since_id' must be a tweet id created after ${new Date(floor).toISOString().slice(0, 16)}Z. Please use a 'since_id' that is larger than ${firstIdAt(floor)}`,
        { since_id: [String(sinceId)] },
      )
    if (startTime !== undefined && startTime < floor)
      throw invalidRequest(
        `Invalid 'start_time':'${query.get('start_time')}'. 'start_time' must be on or after ${new Date(floor).toISOString().slice(0, 16)}Z`,
        {
          start_time: [query.get('start_time') ?? ''],
        },
      )
  }

  const fitting: XPost[] = []
  for (const post of all) {
    const id = BigInt(post.id)
    const at = Date.parse(post.createdAt)
    // Nothing further down is newer.
    if (sinceId !== undefined && id <= sinceId) break
    if (startTime !== undefined && at < startTime) break
    if ((untilId === undefined || id < untilId) && (endTime === undefined || at < endTime)) fitting.push(post)
  }

  let from = 0
  if (cursor?.before) from = fitting.findIndex((post) => BigInt(post.id) < BigInt(cursor.before as string))
  if (from < 0) from = fitting.length
  if (cursor?.after) {
    const first = fitting.findIndex((post) => BigInt(post.id) <= BigInt(cursor.after as string))
    from = Math.max(0, (first < 0 ? fitting.length : first) - max)
  }
  const posts = fitting.slice(from, from + max)

  const newest = posts[0]
  const oldest = posts.at(-1)
  return {
    posts,
    meta: {
      result_count: posts.length,
      ...(newest ? { newest_id: newest.id } : {}),
      ...(oldest ? { oldest_id: oldest.id } : {}),
      ...(oldest && from + max < fitting.length ? { next_token: makeToken({ before: oldest.id }) } : {}),
      ...(newest && from > 0 ? { previous_token: makeToken({ after: newest.id }) } : {}),
    },
  }
}

function readMax(query: URLSearchParams, min: number, fallback: number): number {
  const given = query.get('max_results')
  if (given === null) return fallback
  const value = Number(given)
  if (!/^\d+$/.test(given) || value < min || value > 100)
    throw invalidRequest(
      `The \`max_results\` query parameter value [${given}] is not between ${min} and 100`,
      {
        max_results: [given],
      },
    )
  return value
}

export function readId(query: URLSearchParams, name: string): bigint | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  if (!/^\d{1,19}$/.test(given))
    throw invalidRequest(`The \`${name}\` query parameter value [${given}] is not valid`, { [name]: [given] })
  return BigInt(given)
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(at))
    throw invalidRequest(
      `The \`${name}\` query parameter value [${given}] is not a valid RFC3339 date-time`,
      {
        [name]: [given],
      },
    )
  return at
}

interface Cursor {
  before?: string
  after?: string
}

function makeToken(cursor: Cursor): string {
  return `7140${Buffer.from(JSON.stringify(cursor)).toString('hex')}`
}

function readToken(token: string): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(token.slice(4), 'hex').toString('utf8')) as Cursor
    if (/^\d+$/.test(cursor.before ?? cursor.after ?? '')) return cursor
  } catch {}
  throw invalidRequest(`The \`pagination_token\` query parameter value [${token}] is not valid`, {
    pagination_token: [token],
  })
}
