import { z } from 'zod'
import { type HeardPost, NetworkError, type Page } from '../network.ts'
import { toHeardPost } from './heard-post.ts'
import { anyEntrySchema, type Includes, postSchema, readIncludes } from './wire.ts'

/** Our own account. */
export type Self = { id: string; username: string }

/** Kinds of units in X's price table. */
export type XUnit =
  | 'mention.read'
  | 'post.read'
  | 'user.read'
  | 'post.create'
  | 'post.create.url'
  | 'reply.summoned'
  | 'reply.summoned.url'

/** Each entry is read on its own: one that can not be is put aside. */
export function toPosts(
  entries: readonly unknown[],
  includes: Includes,
  self: Self,
): Pick<Page, 'posts' | 'malformed'> {
  const posts: HeardPost[] = []
  const malformed: Page['malformed'] = []
  for (const entry of entries) {
    const parsed = postSchema.safeParse(entry)
    if (parsed.success) posts.push(toHeardPost(parsed.data, includes, self))
    else malformed.push({ reason: z.prettifyError(parsed.error), payload: JSON.stringify(entry) })
  }
  return { posts, malformed }
}

/** Reads one entry again that was put aside, without what came along with it. */
export function toPostAgain(payload: string, self: Self): HeardPost | { fault: string } {
  let entry: unknown
  try {
    entry = JSON.parse(payload)
  } catch (error) {
    return { fault: `not JSON: ${(error as Error).message}` }
  }
  const { posts, malformed } = toPosts([entry], readIncludes(undefined), self)
  return posts[0] ?? { fault: malformed[0]?.reason ?? 'not a post' }
}

/** What came along through expansions: our own posts are cheap, our own account is free. */
export function chargesOf(includes: Includes, self: Self): { kind: XUnit; resource: string }[] {
  const posts = [...includes.posts.values()].map((post) => ({
    kind: post.author_id === self.id ? ('mention.read' as const) : ('post.read' as const),
    resource: `post:${post.id}`,
  }))
  const users = [...includes.users.keys()].filter((id) => id !== self.id)
  return [...posts, ...users.map((id) => ({ kind: 'user.read' as const, resource: `user:${id}` }))]
}

/** The ids of a page, whether or not their posts can be read. */
export function idsOf(entries: readonly unknown[]) {
  const ids = entries.flatMap((entry) => anyEntrySchema.safeParse(entry).data?.id ?? [])
  const sorted = ids.toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
  return { ids, newestId: sorted.at(-1) ?? null, oldestId: sorted[0] ?? null }
}

/** @throws NetworkError where an answer is not what X documents */
export function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new NetworkError(
    'unavailable',
    `X's answer is not what it documents: ${z.prettifyError(parsed.error)}`,
  )
}
