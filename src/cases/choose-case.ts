import type { CaseRow } from '../store/cases.ts'
import type { PostToTriage } from '../store/posts.ts'
import { type Classification, SAFETY } from '../triage/index.ts'

/** Posts this close together are one outburst. */
const ONE_OUTBURST_MS = 60 * 60_000
/** A post on the same matter within this time belongs to the same case. */
const SAME_MATTER_MS = 7 * 24 * 3600_000

/**
 * Which of its author's cases a post belongs to: the one of its conversation (or of the version it edits),
 * else an open one of the last hour that it goes on about, else one on the same matter of the last week, else a new one.
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
  const outburst = own.find(
    (each) => each.state === 'open' && age(each) < ONE_OUTBURST_MS && soundsLike(each, verdict),
  )
  if (outburst) return outburst
  const matter = matterOf(verdict.code)
  const sameMatter = own.find(
    (each) =>
      each.matter === matter && matter !== 'none' && age(each) < SAME_MATTER_MS && each.state !== 'closed',
  )
  return sameMatter ?? 'new'
}

/** Codes that name no matter of their own: "hello??", "no answer from your form either". */
const VAGUE = new Set(['none', 'service.conduct'])

/** Whether a post of the same hour goes on about what a case is about. Praise and complaint are two things. */
function soundsLike(row: CaseRow, verdict: Classification): boolean {
  if ((row.sentiment === 'positive') !== (verdict.sentiment.label === 'positive')) return false
  if (row.matter === matterOf(verdict.code)) return true
  const danger = row.code === SAFETY || verdict.code === SAFETY
  return !danger && (VAGUE.has(row.code) || VAGUE.has(verdict.code))
}

/** What a wrap-up code is about: its group, 'delivery' of 'delivery.late'. Danger is a matter of its own. */
export function matterOf(code: string): string {
  return code === SAFETY ? code : (code.split('.')[0] as string)
}
