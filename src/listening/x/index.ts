import { z } from 'zod'
import type { HeardPost, Network, OwnReply, Page, PageRequest, Presence, Source } from '../network.ts'
import { NetworkError } from '../network.ts'
import { type CallBudget, createXClient, type XKeys } from './client.ts'
import { toHeardPost } from './heard-post.ts'
import { createdSchema, listSchema, lookupSchema, meSchema, postSchema, readIncludes } from './wire.ts'

/** What a unit costs and where it is written down; resources are charged once within a UTC day. */
export interface Meter {
  charge(units: { kind: XUnit; resource: string }[]): Promise<void>
}
export type XUnit =
  | 'mention.read'
  | 'post.read'
  | 'user.read'
  | 'post.create'
  | 'post.create.url'
  | 'reply.summoned'

export interface XOptions {
  keys: XKeys
  /** Saved searches; what they find is listen-only unless its author summoned us. */
  searches: readonly { name: string; query: string }[]
  budget: CallBudget
  meter: Meter
  /** Usual time between two polls of one source. */
  pollMs: number
}

/** The mentions timeline reaches back this many posts (X's documentation). */
const MENTIONS_REACH = 800
const SEARCH_REACH_MS = 7 * 24 * 3600_000
/** A first poll looks back this far: older posts are not news to anybody. */
const FIRST_LOOK_BACK_MS = 24 * 3600_000
const PAGE_SIZE = 100

const FIELDS = {
  expansions: 'author_id,referenced_tweets.id,referenced_tweets.id.author_id,attachments.media_keys',
  'tweet.fields':
    'author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,entities,attachments,edit_history_tweet_ids,note_tweet,lang',
  'user.fields': 'username,name,public_metrics',
  'media.fields': 'media_key,type,url,preview_image_url,alt_text',
}

/** X, through its API v2 (docs.x.com): our mentions timeline and saved searches, replies as our account. */
export function createXNetwork(options: XOptions): Network {
  const client = createXClient(options.keys, options.budget)
  let account: Promise<{ id: string; username: string }> | null = null

  function me(): Promise<{ id: string; username: string }> {
    account ??= client
      .get('users/me', 'users/me')
      .then((answer) => read(meSchema, answer).data)
      .catch((error: unknown) => {
        account = null
        throw error
      })
    return account
  }

  async function readPage(source: Source, request: PageRequest): Promise<Page> {
    const self = await me()
    const mentions = source.kind === 'mentions'
    const path = mentions ? `users/${self.id}/mentions` : 'tweets/search/recent'
    const lost = mentions ? null : beyondSearch(request.sinceId)
    const answer = await client.get(mentions ? 'users/:id/mentions' : 'tweets/search/recent', path, {
      ...FIELDS,
      max_results: PAGE_SIZE,
      ...(mentions ? {} : { query: source.query ?? '' }),
      ...(request.sinceId && !lost ? { since_id: request.sinceId } : {}),
      ...(request.sinceId ? {} : { start_time: isoSeconds(Date.now() - FIRST_LOOK_BACK_MS) }),
      ...(request.untilId ? { until_id: request.untilId } : {}),
    })
    const list = read(listSchema, answer)
    const includes = readIncludes(list.includes)
    const posts: HeardPost[] = []
    const malformed: Page['malformed'] = []
    for (const entry of list.data ?? []) {
      const parsed = postSchema.safeParse(entry)
      if (parsed.success) posts.push(toHeardPost(parsed.data, includes, self))
      else malformed.push({ reason: z.prettifyError(parsed.error), payload: JSON.stringify(entry) })
    }
    await options.meter.charge([
      ...posts.map((post) => ({
        kind: mentions ? ('mention.read' as const) : ('post.read' as const),
        resource: `post:${post.externalId}`,
      })),
      ...[...includes.posts.keys()].map((id) => ({ kind: 'post.read' as const, resource: `post:${id}` })),
      ...[...includes.users.keys()].map((id) => ({ kind: 'user.read' as const, resource: `user:${id}` })),
    ])
    return {
      posts,
      malformed,
      newestId: list.meta?.newest_id ?? null,
      oldestId: list.meta?.oldest_id ?? null,
      more: list.meta?.next_token !== undefined,
      order: 'newest-first',
      ended: false,
      reach: mentions ? MENTIONS_REACH : null,
      warning: lost,
      againInMs: null,
    }
  }

  async function lookUp(externalId: string): Promise<Presence> {
    let answer: unknown
    try {
      answer = await client.get('tweets/:id', `tweets/${externalId}`, {
        'tweet.fields': 'edit_history_tweet_ids',
      })
    } catch (error) {
      if (error instanceof NetworkError && error.kind === 'gone') return { state: 'deleted' }
      throw error
    }
    const found = read(lookupSchema, answer)
    if (found.data) {
      await options.meter.charge([{ kind: 'post.read', resource: `post:${found.data.id}` }])
      return {
        state: 'present',
        text: found.data.text,
        latestId: found.data.edit_history_tweet_ids?.at(-1) ?? found.data.id,
      }
    }
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
      const posts = (list.data ?? []).flatMap((entry) => postSchema.safeParse(entry).data ?? [])
      await options.meter.charge(posts.map((post) => ({ kind: 'mention.read', resource: `post:${post.id}` })))
      for (const post of posts) {
        const parent = post.referenced_tweets?.find((reference) => reference.type === 'replied_to')
        if (parent) replies.push({ externalId: post.id, inReplyTo: parent.id, text: post.text })
      }
      token = list.meta?.next_token
    } while (token)
    return replies
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
    lookUp,
    ownReplies,
    readbackMs: 20_000,
    async reply({ inReplyTo, text }) {
      const answer = await client.post('tweets', 'tweets', {
        text,
        reply: { in_reply_to_tweet_id: inReplyTo },
      })
      const created = createdSchema.safeParse(answer)
      // It was posted, we only can not read under which id: never to be taken for a failure.
      if (!created.success) {
        throw new NetworkError('unavailable', 'X took the reply but its answer can not be read', {
          wrote: 'unknown',
        })
      }
      const { id } = created.data.data
      const kind = /https?:\/\//.test(text) ? 'post.create.url' : 'reply.summoned'
      await options.meter.charge([{ kind, resource: `post:${id}` }])
      return { externalId: id }
    },
    async close() {
      client.close()
    },
  }
}

/** X's ids carry their time; recent search knows nothing older than seven days. */
function beyondSearch(sinceId: string | null): string | null {
  if (sinceId === null) return null
  const at = Number(BigInt(sinceId) >> 22n) + 1_288_834_974_657
  if (at > Date.now() - SEARCH_REACH_MS + 60_000) return null
  return `Nothing was heard since ${new Date(at).toISOString()}; X's recent search reaches back seven days, older posts are lost to it`
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new NetworkError(
    'unavailable',
    `X's answer is not what it documents: ${z.prettifyError(parsed.error)}`,
  )
}
