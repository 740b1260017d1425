import type pg from 'pg'
import { type Kind, kindOfKey } from './mentions.ts'
import type { XState } from './x-process.ts'

export interface Verdict {
  mentions: number
  /** Replies that stand on X. */
  replies: number
  /** Complaints and thanks, one a case, with exactly one reply. */
  answered: number
  /** Cases that policy gave to a person, by the reason. */
  toPeople: Record<string, number>
  /** One line for each thing that is not as it must be: which post, and what is wrong. */
  faults: string[]
  deadLetters: number
  /** Answers of X's API by endpoint and status; 0: dropped. */
  api: Record<string, number>
}

interface Row {
  external_id: string
  state: string
  case_id: number | null
  opted_out_at: Date | null
}

interface DraftRow {
  case_id: number
  in_reply_to: string
  state: string
  reason: string | null
  reply_id: string | null
  sending_at: Date | null
}

type Post = XState['posts'][number]

/** A reply that was on its way when the author said stop, or edited, could not be called back. */
const UNDER_WAY_MS = 2_000

/** Holds what stands on X against what should: counted there, explained by our tables. */
export async function judge(x: XState, pool: pg.Pool): Promise<Verdict> {
  const faults: string[] = []
  const posts = await rowsOf(pool)
  const drafts = await draftsOf(pool)
  const replies = Map.groupBy(x.replies, (reply) => reply.inReplyTo)
  const current = new Map<number, DraftRow>()
  for (const draft of drafts) current.set(draft.case_id, draft)
  const byAuthor = Map.groupBy(x.posts, (post) => post.author)

  for (const [id, all] of replies) {
    if (all.length > 1)
      faults.push(`${id}: ${all.length} replies (${all.map((reply) => reply.id).join(', ')})`)
  }
  const known = new Set(drafts.map((draft) => draft.reply_id))
  for (const reply of x.replies) {
    if (!known.has(reply.id)) faults.push(`${reply.inReplyTo}: its reply ${reply.id} is not written down`)
  }
  for (const draft of drafts) {
    if (draft.state === 'published' && !replies.has(draft.in_reply_to))
      faults.push(`${draft.in_reply_to}: published, but there is no reply on X`)
    if (draft.state === 'approved') faults.push(`${draft.in_reply_to}: still waits to be sent`)
  }
  const toPeople: Record<string, number> = {}
  let answered = 0
  for (const [author, theirs] of byAuthor) {
    const kind = kindOfKey(theirs[0]?.key ?? 'complaint-0')
    for (const post of theirs.filter(isStanding)) {
      const row = posts.get(post.id)
      if (!row) faults.push(`${post.id} (${kind}): lost, ${author} wrote "${post.text}"`)
      else if (row.state === 'new') faults.push(`${post.id} (${kind}): never read`)
    }
    const theirReplies = theirs.flatMap((post) => replies.get(post.id) ?? [])
    faults.push(...forbidden(kind, theirs, theirReplies, posts))
    if (kind === 'abuse' || kind === 'stop-first' || kind === 'stop-later') continue
    const last = theirs.filter(isStanding).at(-1)
    const caseId = last && posts.get(last.id)?.case_id
    if (!last || !posts.has(last.id)) continue
    if (caseId === null || caseId === undefined) {
      faults.push(`${last.id} (${kind}): has no case`)
      continue
    }
    const draft = current.get(caseId)
    if (replies.get(last.id)?.length === 1) answered += 1
    else if (draft && ['pending', 'none', 'returned'].includes(draft.state)) {
      const reason = `${draft.state}: ${draft.reason}`
      toPeople[reason] = (toPeople[reason] ?? 0) + 1
    } else if (!replies.has(last.id)) {
      faults.push(`${last.id} (${kind}): no reply and nobody asked (${draft?.state ?? 'no draft'})`)
    }
  }
  const dead = await pool.query(`select count(*)::int as count from dead_letters where state = 'dead'`)
  return {
    mentions: x.posts.length,
    replies: x.replies.length,
    answered,
    toPeople,
    faults,
    deadLetters: dead.rows[0].count,
    api: x.answers,
  }
}

/** Replies that policy, or the author, does not want. */
function forbidden(
  kind: Kind,
  theirs: readonly Post[],
  replies: XState['replies'],
  posts: ReadonlyMap<string, Row>,
): string[] {
  if (kind === 'abuse' || kind === 'stop-first') {
    return replies.map((reply) => `${reply.inReplyTo} (${kind}): answered with "${reply.text}"`)
  }
  if (kind === 'stop-later') {
    const stop = theirs.find((post) => post.key?.endsWith('-then')) as Post
    const heard = posts.get(stop.id)?.opted_out_at
    if (!heard) return [`${stop.id} (${kind}): its author is not opted out`]
    return replies
      .filter(
        (reply) =>
          reply.inReplyTo === stop.id || Date.parse(reply.createdAt) > heard.getTime() + UNDER_WAY_MS,
      )
      .map((reply) => `${reply.inReplyTo} (${kind}): answered after its author had said stop`)
  }
  return replies.flatMap((reply) => {
    const post = theirs.find(({ id }) => id === reply.inReplyTo) as Post
    const next = theirs.find(({ id }) => id === post.editHistory[post.editHistory.indexOf(post.id) + 1])
    const at = Date.parse(reply.createdAt)
    if (next && at > Date.parse(next.createdAt) + UNDER_WAY_MS)
      return [`${post.id} (${kind}): answered after it was edited`]
    if (post.deletedAt && at > Date.parse(post.deletedAt))
      return [`${post.id} (${kind}): answered after it was deleted`]
    return []
  })
}

function isStanding(post: Post): boolean {
  return post.deletedAt === null && post.editHistory.at(-1) === post.id
}

async function rowsOf(pool: pg.Pool): Promise<Map<string, Row>> {
  const { rows } = await pool.query<Row>(`
    select posts.external_id, posts.state, posts.case_id::int, authors.opted_out_at
    from posts join authors on authors.network = posts.network and authors.external_id = posts.author_id
    where posts.network = 'x'`)
  return new Map(rows.map((row) => [row.external_id, row]))
}

/** The current draft of a case comes last. */
async function draftsOf(pool: pg.Pool): Promise<DraftRow[]> {
  const { rows } = await pool.query<DraftRow>(`
    select drafts.case_id::int, posts.external_id as in_reply_to, drafts.state, coalesce(drafts.decision_note, drafts.reason) as reason,
      replies.external_id as reply_id, replies.sending_at
    from drafts join posts on posts.id = drafts.post_id left join replies on replies.draft_id = drafts.id
    order by drafts.id`)
  return rows
}
