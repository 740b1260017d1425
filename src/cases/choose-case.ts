import type { CaseRow } from '../store/cases.ts'
import type { PostToTriage } from '../store/posts.ts'
import type { Classification } from '../triage/index.ts'

/** Posts this close together are one outburst, whatever they are about. */
const ONE_OUTBURST_MS = 60 * 60_000
/** A post on the same matter within this time belongs to the same case. */
const SAME_MATTER_MS = 7 * 24 * 3600_000

/**
 * Which of its author's cases a post belongs to: the one of its conversation (or of the version it edits),
 * else an open one of the last hour, else one on the same matter of the last week, else a new one.
 */
export function chooseCase(
  post: PostToTriage,
  verdict: Classification,
  cases: readonly CaseRow[],
): CaseRow | 'new' {
  const own = cases
    .filter((each) => each.network === post.network && each.author_id === post.author_id)
    .sort((a, b) => b.last_post_at.getTime() - a.last_post_at.getTime())
  const edited = own.find((each) => post.edit_of_id !== null && each.externalIds.includes(post.edit_of_id))
  if (edited) return edited
  const sameThread = own.find(
    (each) => post.conversation_id !== null && each.conversations.includes(post.conversation_id),
  )
  if (sameThread) return sameThread
  const now = Math.max(post.received_at.getTime(), post.created_at.getTime())
  const age = (each: CaseRow) => now - each.last_post_at.getTime()
  // Praise and complaint are two things, even within the hour.
  const outburst = own.find(
    (each) =>
      each.state === 'open' &&
      age(each) < ONE_OUTBURST_MS &&
      (each.sentiment === 'positive') === (verdict.sentiment.label === 'positive'),
  )
  if (outburst) return outburst
  const matter = matterOf(verdict.code)
  const sameMatter = own.find(
    (each) =>
      each.matter === matter && matter !== 'none' && age(each) < SAME_MATTER_MS && each.state !== 'closed',
  )
  return sameMatter ?? 'new'
}

/** The group of a wrap-up code: 'delivery' of 'delivery.late'. */
export function matterOf(code: string): string {
  return code.split('.')[0] as string
}
