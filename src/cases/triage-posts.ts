import {
  type CaseRow,
  findJoinable,
  insertCases,
  lockAuthors,
  lockToJoin,
  optOut,
  updateCases,
} from '../store/cases.ts'
import type { Db, Store } from '../store/database.ts'
import { type PostToTriage, takeNewPosts } from '../store/posts.ts'
import { settlePosts, storeTriages, type TriagedPost } from '../store/triages.ts'
import type { Classification, Entity, Triage } from '../triage/index.ts'
import { chooseCase, matterOf } from './choose-case.ts'
import { handAbuse } from './hand-abuse.ts'
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
    const sorted = await sortIntoCases(trx, judged, cases)
    const newIds = await insertCases(trx, sorted.opened)
    for (const row of sorted.opened) row.id = newIds.get(row.correlation_id) as number
    await updateCases(trx, sorted.changed)
    for (const { row, as, post, before } of sorted.joined) {
      const then = { ...as, id: row.id }
      if (claims) await raiseClaim(trx, claims, then, post, before)
      await handAbuse(trx, then, before)
    }
    await settlePosts(trx, [
      ...sorted.ignored,
      ...sorted.joined.map(({ row, post }) => ({ id: post.id, caseId: row.id, ignored: null })),
    ])
    await optOut(trx, sorted.optedOut)
    return [...sorted.opened, ...sorted.changed]
      .filter((row) => row.needs_draft_since !== null)
      .map(({ id, severity, code, correlation_id: correlationId }) => ({ id, severity, code, correlationId }))
  })
}

interface Judged {
  post: PostToTriage
  verdict: Classification
  entities?: Entity[]
}

interface Sorted {
  /** New cases; their ids are still to be given. */
  opened: CaseRow[]
  /** Cases that were there, locked, with what changed in them. */
  changed: CaseRow[]
  /** Each post that is in a case, with the case as the post left it and as it found it (null: it opened it). */
  joined: {
    row: CaseRow
    as: CaseRow
    post: PostToTriage & { entities: Entity[] }
    before: Pick<CaseRow, 'state' | 'code' | 'codes'> | null
  }[]
  ignored: TriagedPost[]
  optedOut: PostToTriage[]
}

/** Finds each post its case, in the order of the posts; what comes of it is written all at once afterwards. */
async function sortIntoCases(trx: Db, judged: readonly Judged[], cases: CaseRow[]): Promise<Sorted> {
  const locked = new Set<CaseRow>()
  const lock = async (rows: readonly CaseRow[]) => {
    await lockToJoin(trx, rows)
    for (const row of rows) locked.add(row)
  }
  const likely = judged.flatMap(({ post, verdict }) => {
    const target = whyIgnored(post, verdict) ? 'new' : chooseCase(post, verdict, cases)
    return target === 'new' ? [] : [target]
  })
  await lock([...new Set(likely)])
  const opened = new Set<CaseRow>()
  const changed = new Set<CaseRow>()
  const sorted = {
    joined: [] as Sorted['joined'],
    ignored: [] as TriagedPost[],
    optedOut: [] as PostToTriage[],
  }
  const isOut = (post: PostToTriage) =>
    sorted.optedOut.some((out) => out.network === post.network && out.author_id === post.author_id)
  for (const { post, verdict, entities = [] } of judged) {
    const ignored = whyIgnored(post, verdict, isOut(post))
    if (verdict.optOut && !post.own && !isOut(post)) sorted.optedOut.push(post)
    const target = ignored ? null : chooseCase(post, verdict, cases)
    if (ignored || target === null || (target === 'new' && nothingToAnswer(verdict))) {
      sorted.ignored.push({ id: post.id, caseId: null, ignored: ignored ?? 'nothing to answer' })
      continue
    }
    // One that earlier posts of this very batch led to.
    if (target !== 'new' && !opened.has(target) && !locked.has(target)) await lock([target])
    const before = target === 'new' ? null : { state: target.state, code: target.code, codes: target.codes }
    const row = target === 'new' ? openCase(post, verdict) : target
    if (target === 'new') {
      opened.add(row)
      cases.push(row)
    } else {
      Object.assign(row, whatJoins(row, post, verdict))
      if (!opened.has(row)) changed.add(row)
    }
    row.conversations.push(post.conversation_id ?? post.external_id)
    row.externalIds.push(post.external_id)
    sorted.joined.push({ row, as: { ...row }, post: { ...post, entities }, before })
  }
  return { ...sorted, opened: [...opened], changed: [...changed] }
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

function whyIgnored(post: PostToTriage, verdict: Classification, isOut = false): string | null {
  if (post.own) return 'written by us'
  if (post.repost_of_id !== null) return 'a repost'
  if (verdict.needsPerson === 'danger') return null
  if (verdict.optOut) return 'asks not to be answered'
  if (isOut || post.opted_out_at !== null) return 'its author asked not to be answered'
  return null
}

/** Somebody who turns to us and is unhappy is never dropped because no code fits. */
function unclear(post: PostToTriage, verdict: Classification): boolean {
  return verdict.code === 'none' && post.summoned && verdict.sentiment.label === 'negative'
}

function nothingToAnswer(verdict: Classification): boolean {
  return verdict.code === 'none' && verdict.needsPerson === null
}

function openCase(post: PostToTriage, verdict: Classification): CaseRow {
  return {
    ...NEW_CASE,
    network: post.network,
    author_id: post.author_id,
    ...whatItIsAbout(verdict),
    codes: verdict.codes,
    needs_person: verdict.needsPerson,
    due_at: new Date(clockStart(post).getTime() + TARGET_MS),
    last_post_at: clockStart(post),
    opened_at: post.received_at,
    needs_draft_since: new Date(),
    correlation_id: post.correlation_id,
    conversations: [],
    externalIds: [],
  }
}

/** What the database gives a case that nobody has touched yet. */
const NEW_CASE = {
  id: 0,
  state: 'open',
  answered_at: null,
  closed_at: null,
  close_reason: null,
  assignee_id: null,
  snoozed_until: null,
  snoozed_by: null,
  snooze_note: null,
  escalated_at: null,
  escalated_by: null,
  escalated_to: null,
  escalation_reason: null,
  reply_code: null,
  code_by: null,
  reach: 0,
} as const

/** What a further post changes in an open case; one that is over is opened again, with a clock of its own. */
function whatJoins(row: CaseRow, post: PostToTriage, verdict: Classification): Partial<CaseRow> {
  const started = clockStart(post)
  const lastPostAt = started > row.last_post_at ? started : row.last_post_at
  // Whoever let the case rest waited for the customer, or did not know this yet.
  const awake = { last_post_at: lastPostAt, snoozed_until: null }
  if (nothingToAnswer(verdict)) return awake
  const reopened = row.state !== 'open'
  // What a person chose stays chosen, unless somebody is in danger now.
  const settled = row.code_by !== null && !reopened && verdict.needsPerson !== 'danger'
  const heavier =
    !settled &&
    (reopened || verdict.severity > row.severity || row.code === 'none' || row.code === 'question')
  const codes = reopened ? verdict.codes : [...new Set([...row.codes, ...verdict.codes])]
  return {
    ...awake,
    ...(heavier && verdict.code !== 'none' ? { ...whatItIsAbout(verdict), code_by: null } : {}),
    codes: codes.filter((code) => code !== 'none' || codes.length === 1),
    needs_person: verdict.needsPerson ?? (reopened ? null : row.needs_person),
    needs_draft_since: new Date(),
    ...(reopened
      ? {
          state: 'open',
          due_at: new Date(started.getTime() + TARGET_MS),
          closed_at: null,
          close_reason: null,
          code_by: null,
        }
      : {}),
  }
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
