import {
  type CaseRow,
  findJoinable,
  insertCase,
  lockAuthors,
  lockToJoin,
  optOut,
  updateCase,
} from '../store/cases.ts'
import type { Db, Store } from '../store/database.ts'
import { type PostToTriage, takeNewPosts } from '../store/posts.ts'
import { settlePosts, storeTriages, type TriagedPost } from '../store/triages.ts'
import type { Classification, Entity, Triage } from '../triage/index.ts'
import { chooseCase, matterOf } from './choose-case.ts'
import { type Claims, raiseClaim } from './raise-claim.ts'
import type { Weigh } from './second-opinions.ts'

/** Cases that now want a draft. */
export interface TouchedCase {
  id: number
  severity: number
  code: string
  /** The same in every log line from the first post to the reply. */
  correlationId: string
}

/** What a post names, as the next steps need it. */
export type FindEntities = (post: PostToTriage, language: string) => Entity[]

/** First-response target. */
const TARGET_MS = 10 * 60_000

/**
 * Classifies posts that wait for it and joins each into its author's case on the matter, or opens one.
 * Posts that another worker has, or that are triaged already, are left alone: it may run twice.
 * @param weigh has the last word on each reading, and may let a post wait
 * @param claims where complaints may become refunds: their events are written in the same transaction
 */
export async function triagePosts(
  store: Store,
  triage: Triage,
  ids: readonly number[],
  weigh?: Weigh,
  findEntities?: FindEntities,
  claims?: Claims,
): Promise<TouchedCase[]> {
  return store.transaction().execute(async (trx) => {
    const posts = await takeNewPosts(trx, ids)
    if (posts.length === 0) return []
    // One case per author and matter: whoever else triages these authors waits here.
    await lockAuthors(
      trx,
      posts.filter((post) => !post.own),
    )
    const cases = await findJoinable(trx, posts)
    const judged = posts.flatMap((post) => {
      const verdict = judge(post, triage, cases, weigh)
      if (!verdict) return []
      const entities = post.own ? [] : findEntities?.(post, verdict.language)
      return [{ post, verdict, entities }]
    })
    if (judged.length === 0) return []
    await storeTriages(trx, judged, triage.taxonomyHash)
    const touched = new Map<number, TouchedCase>()
    const outcome: TriagedPost[] = []
    for (const { post, verdict, entities = [] } of judged) {
      const ignored = whyIgnored(post, verdict)
      if (verdict.optOut && !post.own) await optOut(trx, post.network, post.author_id)
      const target = ignored ? null : chooseCase(post, verdict, cases)
      if (ignored || target === null || (target === 'new' && nothingToAnswer(verdict))) {
        outcome.push({ id: post.id, caseId: null, ignored: ignored ?? 'nothing to answer' })
        continue
      }
      const before = target === 'new' ? null : await lockToJoin(trx, target)
      const row = before ? await joinCase(trx, before, post, verdict) : await openCase(trx, post, verdict)
      if (claims) await raiseClaim(trx, claims, row, { ...post, entities }, before)
      if (target === 'new') cases.push(row)
      else cases[cases.indexOf(target)] = row
      if (row.needs_draft_since) {
        const { id, severity, code, correlation_id: correlationId } = row
        touched.set(id, { id, severity, code, correlationId })
      }
      outcome.push({ id: post.id, caseId: row.id, ignored: null })
    }
    await settlePosts(trx, outcome)
    return [...touched.values()]
  })
}

function judge(
  post: PostToTriage,
  triage: Triage,
  cases: readonly CaseRow[],
  weigh?: Weigh,
): Classification | null {
  const earlier = cases.filter(
    (each) => each.network === post.network && each.author_id === post.author_id && each.severity > 0,
  )
  const input = {
    text: post.text,
    mediaCount: post.media.length,
    followers: post.followers ?? undefined,
    earlierComplaints: earlier.length,
  }
  const local = triage.classify(input)
  const verdict = weigh && !whyIgnored(post, local) ? weigh(post, input, local) : local
  if (!verdict) return null
  return unclear(post, verdict) ? { ...verdict, needsPerson: verdict.needsPerson ?? 'unclear' } : verdict
}

function whyIgnored(post: PostToTriage, verdict: Classification): string | null {
  if (post.own) return 'written by us'
  if (post.repost_of_id !== null) return 'a repost'
  if (verdict.needsPerson === 'danger') return null
  if (verdict.optOut) return 'asks not to be answered'
  if (post.opted_out_at !== null) return 'its author asked not to be answered'
  return null
}

/** Somebody who turns to us and is unhappy is never dropped because no code fits. */
function unclear(post: PostToTriage, verdict: Classification): boolean {
  return verdict.code === 'none' && post.summoned && verdict.sentiment.label === 'negative'
}

function nothingToAnswer(verdict: Classification): boolean {
  return verdict.code === 'none' && verdict.needsPerson === null
}

function openCase(trx: Db, post: PostToTriage, verdict: Classification): Promise<CaseRow> {
  return insertCase(
    trx,
    {
      network: post.network,
      author_id: post.author_id,
      ...whatItIsAbout(verdict),
      codes: verdict.codes,
      needs_person: verdict.needsPerson,
      due_at: new Date(clockStart(post).getTime() + TARGET_MS),
      last_post_at: clockStart(post),
      needs_draft_since: new Date(),
      correlation_id: post.correlation_id,
    },
    post,
  )
}

/** A further post adds to an open case, or reopens one with a clock of its own. */
function joinCase(trx: Db, row: CaseRow, post: PostToTriage, verdict: Classification): Promise<CaseRow> {
  const started = clockStart(post)
  const lastPostAt = started > row.last_post_at ? started : row.last_post_at
  // Whoever let the case rest waited for the customer, or did not know this yet.
  const awake = { snoozed_until: null }
  if (nothingToAnswer(verdict)) return updateCase(trx, row, { last_post_at: lastPostAt, ...awake }, post)
  const reopened = row.state !== 'open'
  // What a person chose stays chosen, unless somebody is in danger now.
  const settled = row.code_by !== null && !reopened && verdict.needsPerson !== 'danger'
  const heavier =
    !settled &&
    (reopened || verdict.severity > row.severity || row.code === 'none' || row.code === 'question')
  const codes = reopened ? verdict.codes : [...new Set([...row.codes, ...verdict.codes])]
  return updateCase(
    trx,
    row,
    {
      last_post_at: lastPostAt,
      ...awake,
      ...(heavier && verdict.code !== 'none' ? { ...whatItIsAbout(verdict), code_by: null } : {}),
      codes: codes.filter((code) => code !== 'none' || codes.length === 1),
      needs_person: verdict.needsPerson ?? (reopened ? null : row.needs_person),
      needs_draft_since: new Date(),
      ...(reopened
        ? {
            state: 'open' as const,
            due_at: new Date(started.getTime() + TARGET_MS),
            closed_at: null,
            close_reason: null,
            code_by: null,
          }
        : {}),
    },
    post,
  )
}

function whatItIsAbout(verdict: Classification) {
  return {
    code: verdict.code,
    matter: matterOf(verdict.code),
    language: verdict.language,
    severity: verdict.severity,
    confidence: verdict.confidence,
    sentiment: verdict.sentiment.label,
  }
}

/** A replayed post is years old; its customer's clock starts when it is heard. */
function clockStart(post: PostToTriage): Date {
  return post.network === 'replay' ? post.received_at : post.created_at
}
