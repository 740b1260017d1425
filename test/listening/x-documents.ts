import { z } from 'zod'

/**
 * X's API v2 as docs.x.com documents it, as far as we use it: every name, type and status code. Nothing else may stand
 * in a request of ours or in an answer of the sandbox.
 */
const id = z.string().regex(/^[0-9]{1,19}$/)
const count = z.int().nonnegative()
const time = z.iso.datetime()

const TWEET_FIELDS =
  'article attachments author_id card_uri community_id context_annotations conversation_id created_at display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata non_public_metrics note_tweet organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings scopes source suggested_source_links text withheld'
const USER_FIELDS =
  'affiliation confirmed_email connection_status created_at description entities id is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type withheld'
const MEDIA_FIELDS =
  'alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics public_metrics type url variants width'
const EXPANSIONS =
  'article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username geo.place_id in_reply_to_user_id entities.note.mentions.username referenced_tweets.id referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id'

/** A list of names, divided by commas. */
const among = (names: string) =>
  z
    .string()
    .refine((value) => value.split(',').every((name) => names.split(' ').includes(name)), 'an unknown name')
    .optional()
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .refine((value) => Number(value) >= least && Number(value) <= most)
    .optional()

const fields = {
  'tweet.fields': among(TWEET_FIELDS),
  'user.fields': among(USER_FIELDS),
  'media.fields': among(MEDIA_FIELDS),
  expansions: among(EXPANSIONS),
}
/** Seconds are the finest that X takes here. */
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  .optional()
const range = {
  since_id: id.optional(),
  until_id: id.optional(),
  start_time: moment,
  end_time: moment,
  pagination_token: z.string().min(16).optional(),
}

const entity = { start: count, end: count }
const entities = z.strictObject({
  mentions: z.array(z.strictObject({ ...entity, username: z.string(), id })).optional(),
  hashtags: z.array(z.strictObject({ ...entity, tag: z.string() })).optional(),
  cashtags: z.array(z.strictObject({ ...entity, tag: z.string() })).optional(),
  urls: z
    .array(
      z.strictObject({
        ...entity,
        url: z.url(),
        expanded_url: z.url(),
        display_url: z.string(),
        media_key: z.string().optional(),
      }),
    )
    .optional(),
})
const post = z.strictObject({
  id,
  text: z.string(),
  edit_history_tweet_ids: z.array(id).min(1),
  author_id: id.optional(),
  created_at: time.optional(),
  conversation_id: id.optional(),
  in_reply_to_user_id: id.optional(),
  referenced_tweets: z
    .array(z.strictObject({ type: z.enum(['retweeted', 'quoted', 'replied_to']), id }))
    .min(1)
    .optional(),
  attachments: z.strictObject({ media_keys: z.array(z.string()).min(1) }).optional(),
  entities: entities.optional(),
  note_tweet: z.strictObject({ text: z.string(), entities: entities.optional() }).optional(),
  lang: z.string().optional(),
  possibly_sensitive: z.boolean().optional(),
  reply_settings: z
    .enum(['everyone', 'mentionedUsers', 'following', 'other', 'subscribers', 'verified'])
    .optional(),
  public_metrics: z
    .strictObject({
      retweet_count: count,
      reply_count: count,
      like_count: count,
      quote_count: count,
      bookmark_count: count,
      impression_count: count,
    })
    .optional(),
  edit_controls: z
    .strictObject({ edits_remaining: count, is_edit_eligible: z.boolean(), editable_until: time })
    .optional(),
})
const user = z.strictObject({
  id,
  name: z.string(),
  username: z.string().regex(/^[A-Za-z0-9_]{1,15}$/),
  created_at: time.optional(),
  description: z.string().optional(),
  protected: z.boolean().optional(),
  verified: z.boolean().optional(),
  verified_type: z.enum(['blue', 'government', 'business', 'none']).optional(),
  public_metrics: z
    .strictObject({
      followers_count: count,
      following_count: count,
      tweet_count: count,
      listed_count: count,
      like_count: count.optional(),
      media_count: count.optional(),
    })
    .optional(),
})
const media = z.strictObject({
  media_key: z.string().regex(/^[0-9]+_[0-9]+$/),
  type: z.enum(['animated_gif', 'photo', 'video']),
  url: z.url().optional(),
  preview_image_url: z.url().optional(),
  alt_text: z.string().optional(),
  width: count.optional(),
  height: count.optional(),
})
const includes = z
  .strictObject({
    users: z.array(user).min(1).optional(),
    tweets: z.array(post).min(1).optional(),
    media: z.array(media).min(1).optional(),
  })
  .optional()

const TYPES = /^(about:blank|https:\/\/api\.(x|twitter)\.com\/2\/problems\/[a-z-]+[a-z0-9-]*)$/
/** A problem beside data, about one thing that was asked for. */
const missing = z.strictObject({
  value: z.string(),
  detail: z.string(),
  title: z.enum(['Not Found Error', 'Authorization Error']),
  resource_type: z.enum(['user', 'tweet', 'media', 'list', 'space']),
  parameter: z.string(),
  resource_id: z.string(),
  type: z.string().regex(TYPES),
})
const errors = z.array(missing).min(1).optional()

/** What X says of a request that it refuses (RFC 9457, with fields of its own). */
const invalid = z.strictObject({
  errors: z
    .array(
      z.strictObject({ parameters: z.record(z.string(), z.array(z.string())), message: z.string().min(1) }),
    )
    .min(1),
  title: z.literal('Invalid Request'),
  detail: z.literal('One or more parameters to your request was invalid.'),
  type: z.string().regex(/problems\/invalid-request$/),
})
const plain = (status: number, title: z.ZodType = z.string().min(1)) =>
  z.strictObject({
    title,
    type: z.string().regex(TYPES),
    status: z.literal(status),
    detail: z.string().min(1),
  })
export const PROBLEMS: Record<number, z.ZodType> = {
  400: invalid,
  401: plain(401, z.literal('Unauthorized')),
  402: z.strictObject({
    account_id: id,
    title: z.literal('CreditsDepleted'),
    detail: z.string().min(1),
    type: z.string().regex(/problems\/credits$/),
  }),
  403: plain(403, z.enum(['Forbidden', 'Unsupported Authentication'])),
  404: plain(404, z.literal('Not Found')),
  429: plain(429, z.literal('Too Many Requests')),
}

const list = z.strictObject({
  data: z.array(post).min(1).optional(),
  includes,
  errors,
  meta: z.strictObject({
    result_count: count,
    newest_id: id.optional(),
    oldest_id: id.optional(),
    next_token: z.string().min(1).optional(),
    previous_token: z.string().min(1).optional(),
  }),
})

export interface Documented {
  name: string
  method: 'GET' | 'POST'
  path: RegExp
  query: z.ZodType
  /** null: none may be sent. */
  body: z.ZodType | null
  /** The status of what went well, and the document that comes with it. */
  status: number
  answer: z.ZodType
  /** Requests that a user's token may make in 15 minutes, where nothing was bought. */
  perWindow: number
}

export const DOCUMENTED: readonly Documented[] = [
  {
    name: 'me',
    method: 'GET',
    path: /^\/2\/users\/me$/,
    query: z.strictObject({
      'user.fields': fields['user.fields'],
      'tweet.fields': fields['tweet.fields'],
      expansions: among('affiliation.user_id most_recent_tweet_id pinned_tweet_id'),
    }),
    body: null,
    status: 200,
    answer: z.strictObject({ data: user, includes, errors }),
    perWindow: 75,
  },
  {
    name: 'mentions',
    method: 'GET',
    path: /^\/2\/users\/\d{1,19}\/mentions$/,
    query: z.strictObject({ ...fields, ...range, max_results: whole(5, 100) }),
    body: null,
    status: 200,
    answer: list,
    perWindow: 300,
  },
  {
    name: 'own posts',
    method: 'GET',
    path: /^\/2\/users\/\d{1,19}\/tweets$/,
    query: z.strictObject({
      ...fields,
      ...range,
      max_results: whole(5, 100),
      exclude: among('replies retweets'),
    }),
    body: null,
    status: 200,
    answer: list,
    perWindow: 900,
  },
  {
    name: 'search',
    method: 'GET',
    path: /^\/2\/tweets\/search\/recent$/,
    query: z
      .strictObject({
        ...fields,
        ...range,
        query: z.string().min(1).max(512),
        max_results: whole(10, 100),
        next_token: range.pagination_token,
        sort_order: z.enum(['recency', 'relevancy']).optional(),
      })
      .refine(({ since_id, start_time }) => !since_id || !start_time, 'since_id and start_time at once'),
    body: null,
    status: 200,
    answer: list,
    perWindow: 300,
  },
  {
    name: 'lookup',
    method: 'GET',
    path: /^\/2\/tweets\/\d{1,19}$/,
    query: z.strictObject(fields),
    body: null,
    status: 200,
    answer: z
      .strictObject({ data: post.optional(), includes, errors })
      .refine(
        ({ data, errors: none }) => data !== undefined || none !== undefined,
        'neither data nor errors',
      ),
    perWindow: 900,
  },
  {
    name: 'create',
    method: 'POST',
    path: /^\/2\/tweets$/,
    query: z.strictObject({}),
    body: z.strictObject({
      text: z.string().min(1),
      reply: z.strictObject({
        in_reply_to_tweet_id: id,
        exclude_reply_user_ids: z.array(id).optional(),
        auto_populate_reply_metadata: z.boolean().optional(),
      }),
      made_with_ai: z.boolean().optional(),
    }),
    status: 201,
    answer: z.strictObject({
      data: z.strictObject({ id, text: z.string(), edit_history_tweet_ids: z.array(id).min(1).optional() }),
    }),
    perWindow: 100,
  },
]

const digits = z.string().regex(/^\d+$/)
const seconds = z.string().regex(/^\d{10}$/)
const limits = {
  'x-rate-limit-limit': digits,
  'x-rate-limit-remaining': digits,
  'x-rate-limit-reset': seconds,
}
const daily = {
  'x-app-limit-24hour-limit': digits,
  'x-app-limit-24hour-remaining': digits,
  'x-app-limit-24hour-reset': seconds,
}

/** The headers that say something; those of the connection are left out before. */
export function answerHeaders(endpoint: Documented, status: number): z.ZodType {
  const type = { 'content-type': z.literal('application/json; charset=utf-8') }
  // Who may not come in at all is not counted, and hears of no limits.
  if (status === 401 || status === 404) return z.strictObject(type)
  return z.strictObject({ ...type, ...limits, ...(endpoint.method === 'POST' ? daily : {}) })
}

/** OAuth 1.0a, RFC 5849: exactly these, signed with HMAC-SHA1. */
export const AUTHORIZATION = z.strictObject({
  oauth_consumer_key: z.string().min(1),
  oauth_nonce: z.string().min(1),
  oauth_signature: z.string().min(1),
  oauth_signature_method: z.literal('HMAC-SHA1'),
  oauth_timestamp: z.string().regex(/^\d{10}$/),
  oauth_token: z.string().min(1),
  oauth_version: z.literal('1.0'),
})
