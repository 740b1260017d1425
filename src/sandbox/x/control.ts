import type { Fault, Faults } from '../faults.ts'
import type { TokenKind } from './authenticate.ts'
import type { Charge } from './billing.ts'
import type { createRateLimits, EndpointName, Limit } from './rate-limits.ts'
import type { XContext } from './request.ts'
import type { NewPost, XPost, XUser } from './world.ts'

export interface LoggedRequest {
  at: string
  method: string
  path: string
  endpoint: EndpointName | 'unknown'
  /** 0 where the connection was cut. */
  status: number
}

/** One of the brand's own posts, as its followers see it. */
export interface TimelineEntry {
  id: string
  createdAt: string
  /** As the API returns it, leading @name included. */
  text: string
  /** What was sent. */
  displayText: string
  inReplyTo?: string
  inReplyToAuthor?: string
  inReplyToText?: string
  quoted?: string
  viaApi: boolean
  madeWithAi: boolean
}

export interface PostView extends XPost {
  author: XUser
}

/** What a test, or the story feed, may do to the sandbox's X without going through its API. */
export interface XControl {
  /** Makes an account known by name before it posts; posting as an unknown handle makes one up. */
  addUser(username: string, more?: { name?: string; description?: string; followers?: number }): string
  /** Publishes a post as anybody; returns its id. */
  post(post: NewPost): string
  /** Returns the new version's id. */
  editPost(id: string, text: string): string
  deletePost(id: string): void
  repost(author: string, id: string, key?: string): string
  findByKey(key: string): PostView | undefined
  /** The brand's own posts and replies, newest first, deleted ones left out. */
  timeline(): TimelineEntry[]
  /** Everything ever posted, in order of arrival; edited and deleted versions too. */
  posts(): PostView[]
  charges(): Charge[]
  /** Null: as much as one likes. At or below zero X refuses every request with 402. */
  setCredit(microUsd: number | null): void
  revoke(kind: TokenKind | 'all'): void
  /** Undoes every `revoke`. */
  restore(): void
  inject(fault: Fault): void
  clearFaults(): void
  /** An enterprise app may answer people who did not summon it. */
  setEnterprise(on: boolean): void
  setReadbackDelayMs(ms: number): void
  /** How far back timelines can be read, in posts; X's own are 800 (mentions) and 3,200 (an account's own). */
  setReach(reach: { mentions: number; userPosts: number }): void
  /** Changes limits (requests a window) and, if given, the window's length; starts all windows anew. */
  setLimits(limits: Partial<Record<EndpointName, Limit>>, windowMs?: number): void
  requests(): LoggedRequest[]
}

interface Parts {
  context: XContext
  faults: Faults
  revoked: Set<TokenKind>
  limits: ReturnType<typeof createRateLimits>
  log: LoggedRequest[]
}

export function createControl({ context, faults, revoked, limits, log }: Parts): XControl {
  const { world, billing, settings } = context
  const view = (post: XPost): PostView => ({ ...post, author: world.user(post.authorId) as XUser })
  return {
    addUser: (username, more) => world.ensureUser(username, more).id,
    post: (post) => world.add(post).id,
    editPost: (id, text) => world.edit(id, text).id,
    deletePost: (id) => world.delete(id),
    repost: (author, id, key) => world.repost(author, id, key).id,
    findByKey(key) {
      const post = world.findByKey(key)
      return post && view(post)
    },
    timeline: () =>
      [...world.standingOf(world.brand.id)].map((post) => {
        const target = world.find(post.inReplyTo ?? '')
        return {
          id: post.id,
          createdAt: post.createdAt,
          text: post.text,
          displayText: post.displayText,
          inReplyTo: post.inReplyTo,
          inReplyToAuthor: target && world.user(target.authorId)?.username,
          inReplyToText: target?.displayText,
          quoted: post.quoted,
          viaApi: post.viaApi,
          madeWithAi: post.madeWithAi,
        }
      }),
    posts: () => world.everything().map(view),
    charges: () => billing.charges(),
    setCredit: (microUsd) => billing.setCredit(microUsd),
    revoke(kind) {
      for (const one of kind === 'all' ? (['oauth1', 'bearer', 'user'] as const) : [kind]) revoked.add(one)
    },
    restore: () => revoked.clear(),
    inject: (fault) => faults.inject(fault),
    clearFaults: () => faults.clear(),
    setEnterprise(on) {
      settings.enterprise = on
    },
    setReadbackDelayMs(ms) {
      settings.readbackDelayMs = ms
    },
    setReach({ mentions, userPosts }) {
      settings.mentionsReach = mentions
      settings.userPostsReach = userPosts
    },
    setLimits: (changes, windowMs) => limits.set(changes, windowMs),
    requests: () => [...log],
  }
}
