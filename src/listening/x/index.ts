import twitterText from 'twitter-text'
import { z } from 'zod'
import type { XConfig } from '../../config.ts'
import type { Network, OwnReply, Page, PageRequest, Presence, ReplyRequest, Source } from '../network.ts'
import { NetworkError } from '../network.ts'
import { type CallBudget, createXClient, TIMEOUT_MS } from './client.ts'
import { toHeardPost } from './heard-post.ts'
import { chargesOf, idsOf, read, type Self, toPostAgain, toPosts, type XUnit } from './read-answer.ts'
import { idAt, timeOf } from './snowflake.ts'
import {
  createdSchema,
  listSchema,
  lookupSchema,
  meSchema,
  ownPostSchema,
  postSchema,
  readIncludes,
  versionsSchema,
  type XIncludes,
} from './wire.ts'

/** What a unit costs and where it is written down; resources are charged once within a UTC day. */
export interface Meter {
  charge(units: { kind: XUnit; resource: string }[]): Promise<void>
}
export interface XOptions {
  keys: XConfig
  /** Saved searches; what they find is listen-only unless its author summoned us. */
  searches: readonly { name: string; query: string }[]
  budget: CallBudget
  meter: Meter
  /** A call without an answer by then is given up; 10 s unless told. */
  timeoutMs?: number
  /** How long after the start of a send its reply may turn up; the time-out and 20 s unless told. */
  readbackMs?: number
}

/** The mentions timeline reaches back this many posts (X's documentation). */
const MENTIONS_REACH = 800
const SEARCH_REACH_MS = 7 * 24 * 3600_000
/** A first poll looks back this far: older posts are not news to anybody. */
const FIRST_LOOK_BACK_MS = 24 * 3600_000
const PAGE_SIZE = 100
/** X may answer with pages that hold nothing but the way to the next one. */
const MAX_EMPTY_PAGES = 10
/** Own posts show up in X's lists some seconds late. */
const SHOWS_UP_MS = 20_000

const FIELDS = {
  expansions: 'author_id,referenced_tweets.id,referenced_tweets.id.author_id,attachments.media_keys',
  'tweet.fields':
    'author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,entities,attachments,edit_history_tweet_ids,note_tweet,lang',
  'user.fields': 'username,name,public_metrics',
  'media.fields': 'media_key,type,url,preview_image_url,alt_text',
}

/** A post that was looked up by its id, or why there is none. */
type One = { data: unknown; includes: XIncludes } | { state: 'deleted' | 'unknown' }

/** X, through its API v2 (docs.x.com): our mentions timeline and saved searches, replies as our account. */
export function createXNetwork(options: XOptions): Network {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const client = createXClient(options.keys, options.budget, timeoutMs)
  let account: Promise<Self> | null = null

  function me(): Promise<Self> {
    account ??= client
      .get('users/me', 'users/me')
      .then(async (answer) => {
        const { data } = read(meSchema, answer)
        await options.meter.charge([{ kind: 'mention.read', resource: `user:${data.id}` }])
        return data
      })
      .catch((error: unknown) => {
        account = null
        throw error
      })
    return account
  }

  async function readPage(source: Source, request: PageRequest): Promise<Page> {
    const self = await me()
    const mentions = source.kind === 'mentions'
    // The first look starts at a time; as an id it says so for both lists in the same way.
    const sinceId = request.sinceId ?? idAt(Date.now() - FIRST_LOOK_BACK_MS)
    const lost = mentions ? null : beyondSearch(sinceId)
    if (!mentions && request.untilId !== null && beyondSearch(request.untilId) !== null) {
      // The rest of the walk lies where search can not see any more: X would refuse to look.
      return { ...NOTHING, warning: lost }
    }
    const { list, read: seen } = await readFilled(
      mentions ? 'users/:id/mentions' : 'tweets/search/recent',
      mentions ? `users/${self.id}/mentions` : 'tweets/search/recent',
      {
        ...FIELDS,
        max_results: PAGE_SIZE,
        ...(mentions ? {} : { query: source.query ?? '' }),
        ...(lost ? {} : { since_id: sinceId }),
        ...(request.untilId ? { until_id: request.untilId } : {}),
      },
    )
    const includes = readIncludes(list.includes)
    const kind = mentions ? 'mention.read' : 'post.read'
    await options.meter.charge([
      ...seen.ids.map((id) => ({ kind, resource: `post:${id}` }) as const),
      ...chargesOf(includes, self),
    ])
    return {
      ...toPosts(list.data ?? [], includes, self),
      newestId: list.meta?.newest_id ?? seen.newestId,
      oldestId: list.meta?.oldest_id ?? seen.oldestId,
      more: list.meta?.next_token !== undefined,
      order: 'newest-first',
      ended: false,
      reach: mentions ? MENTIONS_REACH : null,
      warning: lost,
      againInMs: null,
    }
  }

  /** A page of a list; empty ones that lead to another are walked through. */
  async function readFilled(endpoint: string, path: string, query: Record<string, string | number>) {
    let token: string | undefined
    for (let turn = 0; turn < MAX_EMPTY_PAGES; turn++) {
      const list = read(
        listSchema,
        await client.get(endpoint, path, token ? { ...query, pagination_token: token } : query),
      )
      const seen = idsOf(list.data ?? [])
      token = list.meta?.next_token
      if (seen.ids.length > 0 || list.meta?.oldest_id !== undefined || token === undefined)
        return { list, read: seen }
    }
    throw new NetworkError(
      'unavailable',
      `X gave ${MAX_EMPTY_PAGES} empty pages in a row, each promising more`,
    )
  }

  async function lookUp(externalId: string): Promise<Presence> {
    const asked = await readOne(externalId, { 'tweet.fields': 'edit_history_tweet_ids' })
    if ('state' in asked) return asked
    await options.meter.charge([{ kind: 'post.read', resource: `post:${externalId}` }])
    const latestId = read(versionsSchema, asked.data).edit_history_tweet_ids?.at(-1) ?? externalId
    if (latestId === externalId) return { state: 'present', edited: null }
    // X answers with the version that was asked for: the words of the latest one take a call of their own.
    const self = await me()
    const latest = await readOne(latestId, FIELDS)
    if ('state' in latest) return latest
    const includes = readIncludes(latest.includes)
    await options.meter.charge([
      { kind: 'post.read', resource: `post:${latestId}` },
      ...chargesOf(includes, self),
    ])
    return { state: 'present', edited: toHeardPost(read(postSchema, latest.data), includes, self) }
  }

  async function readOne(externalId: string, query: Record<string, string>): Promise<One> {
    let answer: unknown
    try {
      answer = await client.get('tweets/:id', `tweets/${externalId}`, query)
    } catch (error) {
      if (error instanceof NetworkError && error.kind === 'gone') return { state: 'deleted' }
      throw error
    }
    const found = read(lookupSchema, answer)
    if (found.data !== undefined) return { data: found.data, includes: found.includes }
    // Deleted posts and posts of accounts that became protected are both out of our reach.
    return found.errors?.some((error) => /resource-not-found|not-authorized/.test(error.type ?? ''))
      ? { state: 'deleted' }
      : { state: 'unknown' }
  }

  async function ownReplies(since: Date): Promise<OwnReply[]> {
    const self = await me()
    const replies: OwnReply[] = []
    let token: string | undefined
    do {
      const answer = await client.get('users/:id/tweets', `users/${self.id}/tweets`, {
        max_results: PAGE_SIZE,
        // X's clock and ours may differ a little.
        start_time: isoSeconds(since.getTime() - 60_000),
        'tweet.fields': 'author_id,created_at,referenced_tweets',
        ...(token ? { pagination_token: token } : {}),
      })
      const list = read(listSchema, answer)
      // One that can not be read could be the very reply that is looked for.
      const posts = read(z.array(ownPostSchema), list.data ?? [])
      await options.meter.charge(posts.map((post) => ({ kind: 'mention.read', resource: `post:${post.id}` })))
      for (const post of posts) {
        const parent = post.referenced_tweets?.find((reference) => reference.type === 'replied_to')
        if (parent) replies.push({ externalId: post.id, inReplyTo: parent.id, text: post.text })
      }
      token = list.meta?.next_token
    } while (token)
    return replies
  }

  async function reply({ inReplyTo, text, summoned }: ReplyRequest): Promise<{ externalId: string }> {
    const answer = await client.post('tweets', 'tweets', { text, reply: { in_reply_to_tweet_id: inReplyTo } })
    const created = createdSchema.safeParse(answer)
    // It was posted, we only can not read under which id: never to be taken for a failure.
    if (!created.success) {
      throw new NetworkError('unavailable', 'X took the reply but its answer can not be read', {
        wrote: 'unknown',
      })
    }
    const { id } = created.data.data
    const kind = summoned ? 'reply.summoned' : 'post.create'
    // Writing it and reading it back on the same day are two charges.
    await options.meter.charge([{ kind: hasLink(text) ? `${kind}.url` : kind, resource: `created:${id}` }])
    return { externalId: id }
  }

  return {
    name: 'x',
    async sources() {
      return [
        { id: 'x:mentions', network: 'x', kind: 'mentions', query: null },
        ...options.searches.map((search) => ({
          id: `x:search:${search.name}`,
          network: 'x',
          kind: 'search' as const,
          query: search.query,
        })),
      ]
    },
    readPage,
    reread: async (payload) => toPostAgain(payload, await me()),
    lookUp,
    ownReplies,
    readbackMs: options.readbackMs ?? timeoutMs * 1.5 + SHOWS_UP_MS,
    reply,
    async close() {
      client.close()
    },
  }
}

const NOTHING: Page = {
  posts: [],
  malformed: [],
  newestId: null,
  oldestId: null,
  more: false,
  order: 'newest-first',
  ended: false,
  reach: null,
  warning: null,
  againInMs: null,
}

/** Recent search knows nothing older than seven days. */
function beyondSearch(id: string): string | null {
  const at = timeOf(id)
  if (at > Date.now() - SEARCH_REACH_MS + 60_000) return null
  return `Nothing was heard since ${new Date(at).toISOString()}; X's recent search reaches back seven days, older posts are lost to it`
}

/** X makes links of bare domain names too, and charges for them. */
function hasLink(text: string): boolean {
  return /https?:\/\//i.test(text) || twitterText.extractUrls(text).length > 0
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
