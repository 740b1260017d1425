import twitterText from 'twitter-text'
import { z } from 'zod'
import type { XConfig } from '../../config.ts'
import type { Network, OwnReply, Page, PageRequest, Presence, ReplyRequest, Source } from '../network.ts'
import { NetworkError } from '../network.ts'
import type { ApiAllowance, ApiUse } from './api-budget.ts'
import { type CallBudget, createXClient, TIMEOUT_MS } from './client.ts'
import { toHeardPost } from './heard-post.ts'
import { chargesOf, idsOf, read, type Self, toPostAgain, toPosts, type XUnit } from './read-answer.ts'
import { idAt, timeOf } from './snowflake.ts'
import {
  createdSchema,
  listSchema,
  lookupSchema,
  manySchema,
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
  searches: readonly { name: string; query: string; narrowQuery?: string }[]
  budget: CallBudget
  meter: Meter
  /** Whether a call still fits into what X may cost; left out: there is no limit. */
  allowance?: (use: ApiUse) => Promise<ApiAllowance>
  /** A call without an answer by then is given up; 10 s unless told. */
  timeoutMs?: number
  /** How long after the start of a send its reply may turn up; the time-out and `showsUpMs` unless told. */
  readbackMs?: number
  /** How late own posts may show up in X's lists; 20 s unless told. */
  showsUpMs?: number
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

/** Deleted, or of an account that is protected or suspended. */
const GONE = /resource-not-found|not-authorized/

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

  /** @throws NetworkError where the money for it is used up */
  async function allow(use: ApiUse): Promise<'full' | 'narrow'> {
    const allowance = (await options.allowance?.(use)) ?? { allowed: 'full' }
    if (allowance.allowed !== 'no') return allowance.allowed
    throw new NetworkError('rate-limited', allowance.reason, { retryAt: allowance.until })
  }

  async function readPage(source: Source, request: PageRequest): Promise<Page> {
    const mentions = source.kind === 'mentions'
    const allowed = await allow(mentions ? 'mentions' : 'search')
    const self = await me()
    const narrow = options.searches.find((search) => searchId(search) === source.id)?.narrowQuery
    const query = (allowed === 'narrow' && narrow) || source.query || ''
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
        ...(mentions ? {} : { query }),
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
    const endpoint = mentions ? 'users/:id/mentions' : 'tweets/search/recent'
    return {
      ...toPosts(list.data ?? [], includes, self),
      leastPauseMs: (await pauseOf(endpoint)) * (mentions ? 1 : options.searches.length),
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

  /** Milliseconds between calls that spread what is left of an endpoint's window over the rest of it. */
  async function pauseOf(endpoint: string): Promise<number> {
    const room = await options.budget.look(endpoint)
    return room && room.calls > 0 ? (room.until.getTime() - Date.now()) / room.calls : 0
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
    await allow('reply')
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
    return found.errors?.some((error) => GONE.test(error.type ?? ''))
      ? { state: 'deleted' }
      : { state: 'unknown' }
  }

  async function lookUpMany(externalIds: readonly string[]): Promise<{ present: string[]; gone: string[] }> {
    // It gives way first, as searches do.
    await allow('search')
    const { data = [], errors = [] } = read(
      manySchema,
      await client.get('tweets?ids', 'tweets', { ids: externalIds.join(',') }),
    )
    const present = data.map(({ id }) => id)
    await options.meter.charge(present.map((id) => ({ kind: 'post.read', resource: `post:${id}` })))
    const gone = errors.flatMap(({ type = '', resource_id, value }) =>
      GONE.test(type) ? (resource_id ?? value ?? []) : [],
    )
    return { present, gone }
  }

  async function ownReplies(since: Date): Promise<OwnReply[]> {
    const self = await me()
    const replies: OwnReply[] = []
    let token: string | undefined
    do {
      const answer = await client.get('users/:id/tweets', `users/${self.id}/tweets`, {
        max_results: PAGE_SIZE,
        start_time: isoSeconds(since.getTime()),
        'tweet.fields': 'author_id,created_at,referenced_tweets',
        ...(token ? { pagination_token: token } : {}),
      })
      const list = read(listSchema, answer)
      // One that can not be read could be the very reply that is looked for.
      const posts = read(z.array(ownPostSchema), list.data ?? [])
      await options.meter.charge(posts.map((post) => ({ kind: 'mention.read', resource: `post:${post.id}` })))
      for (const post of posts) {
        const parent = post.referenced_tweets?.find((reference) => reference.type === 'replied_to')
        if (!parent) continue
        const { id: externalId, text, created_at: postedAt } = post
        replies.push({ externalId, inReplyTo: parent.id, text, postedAt })
      }
      token = list.meta?.next_token
    } while (token)
    return replies
  }

  async function reply({ inReplyTo, text, summoned, urgent }: ReplyRequest): Promise<{ externalId: string }> {
    const answer = await client.post(
      'tweets',
      'tweets',
      { text, reply: { in_reply_to_tweet_id: inReplyTo } },
      keptFree(urgent),
    )
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
          id: searchId(search),
          network: 'x',
          kind: 'search' as const,
          query: search.query,
        })),
      ]
    },
    readPage,
    reread: async (payload) => toPostAgain(payload, await me()),
    lookUp,
    lookUpMany,
    ownReplies,
    readbackMs: options.readbackMs ?? timeoutMs * 1.5 + (options.showsUpMs ?? SHOWS_UP_MS),
    replyRoom: (urgent) => options.budget.look('tweets', keptFree(urgent)),
    reply,
    async close() {
      client.close()
    },
  }
}

function searchId({ name }: { name: string }): string {
  return `x:search:${name}`
}

/** Of the replies that X allows in a window, the last fifth is for people who were harmed. */
function keptFree(urgent: boolean): number {
  return urgent ? 0 : 0.2
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
