import { z } from 'zod'
import type { NewPost } from '../store/posts.ts'

/** A post as a network told of it: what the store keeps. */
export type HeardPost = NewPost

const other = z.object({ id: z.string(), text: z.string(), author: z.string() })
/** A post in our own form, written down as JSON. */
export const heardPostSchema: z.ZodType<HeardPost> = z.object({
  externalId: z.string().min(1),
  author: z.object({
    id: z.string().min(1),
    username: z.string(),
    name: z.string().nullable(),
    followers: z.number().nullable(),
  }),
  text: z.string(),
  createdAt: z.coerce.date(),
  conversationId: z.string().nullable(),
  replyToId: z.string().nullable(),
  quotedId: z.string().nullable(),
  repostOfId: z.string().nullable(),
  editOfId: z.string().nullable(),
  summoned: z.boolean(),
  own: z.boolean(),
  media: z.array(z.object({ kind: z.string(), url: z.string(), alt: z.string().optional() })),
  context: z.object({ repliesTo: other.optional(), quotes: other.optional() }),
})

/** One stream of posts on a network. */
export interface Source {
  id: string
  network: string
  kind: 'mentions' | 'search' | 'replay'
  query: string | null
}

export interface PageRequest {
  /** Everything up to here is stored already; null at the very first poll. */
  sinceId: string | null
  /** Where a backwards walk stands: the oldest id that it stored. */
  untilId: string | null
}

export interface Page {
  posts: HeardPost[]
  /** Entries that could not be read: kept aside, the rest goes on. */
  malformed: { reason: string; payload: string }[]
  /** The newest and oldest ids of the page, whether or not their posts could be read. */
  newestId: string | null
  oldestId: string | null
  /** More posts lie between `sinceId` and this page. */
  more: boolean
  /** Posts are newest first and a page is walked backwards; otherwise the cursor just moves on. */
  order: 'newest-first' | 'oldest-first'
  /** How many posts a walk back can reach at all; null: any number. */
  reach: number | null
  /** Nothing will ever come any more. */
  ended: boolean
  /** What a person should know about posts that the network can not give any more. */
  warning: string | null
  /** Milliseconds until it is worth asking again; null: the usual interval. */
  againInMs: number | null
  /** Asking more often than so would use up what the network allows before its window ends. */
  leastPauseMs?: number
}

export type Presence =
  /** `edited`: its latest version, where that is another post than the one asked for. */
  | { state: 'present'; edited: HeardPost | null }
  | { state: 'deleted' }
  /** The network could not tell now. */
  | { state: 'unknown' }

export interface OwnReply {
  externalId: string
  inReplyTo: string
  text: string
  /** By the network's clock; left out where it does not say. */
  postedAt?: Date
}

export interface ReplyRequest {
  inReplyTo: string
  text: string
  /** The author of the post called us: what a reply costs hangs on it. */
  summoned: boolean
  /** Harm or danger: it may use what is kept free of the rate limit for such. */
  urgent: boolean
}

/** A network that can be listened to and answered on. */
export interface Network {
  name: string
  sources(): Promise<Source[]>
  /** @throws NetworkError */
  readPage(source: Source, request: PageRequest): Promise<Page>
  /** Looks at a post before it is answered. @throws NetworkError */
  lookUp(externalId: string): Promise<Presence>
  /**
   * Looks at up to a hundred posts at once: whether they are still there for everybody. What the network did not say is
   * in neither list. Left out: this network can not tell. @throws NetworkError
   */
  lookUpMany?(externalIds: readonly string[]): Promise<{ present: string[]; gone: string[] }>
  /** Our own replies since a time of the network's clock, to find out whether a send took effect. @throws NetworkError */
  ownReplies(since: Date): Promise<OwnReply[]>
  /** How long after the start of a send its reply may still turn up among our own. */
  readbackMs: number
  /**
   * How many replies there is room for, and until when that holds; null: no limit is known. Asked before anything is
   * looked up for one.
   */
  replyRoom?(urgent: boolean): Promise<{ calls: number; until: Date } | null>
  /** Puts a reply in public. @throws NetworkError; `wrote: 'unknown'` where it may have taken effect */
  reply(request: ReplyRequest): Promise<{ externalId: string }>
  /**
   * Reads a post again that was put aside because it could not be read: the payload is what `malformed` gave. What
   * came along with it then (authors, quoted posts) is not there any more.
   * @throws NetworkError
   */
  reread?(payload: string): Promise<HeardPost | { fault: string }>
  close(): Promise<void>
}

export type NetworkErrorKind =
  /** Too many calls; `retryAt` says when there will be room. */
  | 'rate-limited'
  /** 5xx, broken answer, dropped connection, time-out. */
  | 'unavailable'
  /** Keys revoked or wrong: nothing works until a person mends it. */
  | 'unauthorized'
  /** The account or app may not do this (suspended, locked, no credit). */
  | 'blocked'
  /** This one reply is not allowed: author did not summon us, replies are restricted. */
  | 'forbidden'
  /** The network says that it has this text already. */
  | 'duplicate'
  /** The post is gone. */
  | 'gone'
  /** Our request was wrong; repeating it can not help. */
  | 'invalid'

export interface NetworkErrorOptions {
  retryAt?: Date
  wrote?: 'no' | 'unknown'
  cause?: unknown
}

export class NetworkError extends Error {
  override name = 'NetworkError'
  kind: NetworkErrorKind
  retryAt: Date | null
  /** Whether a write may have taken effect all the same. */
  wrote: 'no' | 'unknown'
  constructor(kind: NetworkErrorKind, message: string, options: NetworkErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.kind = kind
    this.retryAt = options.retryAt ?? null
    this.wrote = options.wrote ?? 'no'
  }
}
