import { type Insertable, sql } from 'kysely'
import { type CaseRow, findJoinable, lockAuthors, optOut } from '../store/cases.ts'
import type { Db, Store } from '../store/database.ts'
import { type PostToTriage, takeNewPosts } from '../store/posts.ts'
import type { Database } from '../store/schema.ts'
import type { Classification, Triage } from '../triage/index.ts'
import { chooseCase, matterOf } from './choose-case.ts'

/** Cases that now want a draft. */
export interface TouchedCase {
  id: number
  severity: number
}

/** First-response target. */
const TARGET_MS = 10 * 60_000

/**
 * Classifies posts that wait for it and joins each into its author's case on the matter, or opens one.
 * Posts that another worker has, or that are triaged already, are left alone: it may run twice.
 */
export async function triagePosts(
  store: Store,
  triage: Triage,
  ids: readonly number[],
): Promise<TouchedCase[]> {
  return store.transaction().execute(async (trx) => {
    const posts = await takeNewPosts(trx, ids)
    if (posts.length === 0) return []
    // One case per author and matter: whoever else triages these authors waits here.
    await lockAuthors(trx, posts)
    const cases = await findJoinable(trx, posts)
    const judged = posts.map((post) => ({ post, verdict: judge(post, triage, cases) }))
    await storeTriages(trx, judged, triage.taxonomyHash)
    const touched = new Map<number, TouchedCase>()
    const outcome: { id: number; caseId: number | null; ignored: string | null }[] = []
    for (const { post, verdict } of judged) {
      const ignored = whyIgnored(post, verdict)
      if (verdict.optOut && !post.own) await optOut(trx, post.network, post.author_id)
      const target = ignored ? null : chooseCase(post, verdict, cases)
      if (ignored || target === null || (target === 'new' && nothingToAnswer(verdict))) {
        outcome.push({ id: post.id, caseId: null, ignored: ignored ?? 'nothing to answer' })
        continue
      }
      const row =
        target === 'new' ? await openCase(trx, post, verdict) : await joinCase(trx, target, post, verdict)
      if (target === 'new') cases.push(row)
      else cases[cases.indexOf(target)] = row
      if (row.needs_draft_since) touched.set(row.id, { id: row.id, severity: row.severity })
      outcome.push({ id: post.id, caseId: row.id, ignored: null })
    }
    await storeOutcome(trx, outcome)
    return [...touched.values()]
  })
}

function judge(post: PostToTriage, triage: Triage, cases: readonly CaseRow[]): Classification {
  const earlier = cases.filter(
    (each) => each.network === post.network && each.author_id === post.author_id && each.severity > 0,
  )
  const verdict = triage.classify({
    text: post.text,
    mediaCount: post.media.length,
    followers: post.followers ?? undefined,
    earlierComplaints: earlier.length,
  })
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

async function storeTriages(
  trx: Db,
  judged: readonly { post: PostToTriage; verdict: Classification }[],
  taxonomyHash: string,
): Promise<void> {
  const rows: Insertable<Database['triages']>[] = judged.map(({ post, verdict }) => ({
    post_id: post.id,
    language: verdict.language,
    sentiment: verdict.sentiment.label,
    score: verdict.sentiment.score,
    code: verdict.code,
    codes: verdict.codes,
    severity: verdict.severity,
    confidence: verdict.confidence,
    needs_person: verdict.needsPerson,
    opt_out: verdict.optOut,
    reasons: JSON.stringify(verdict.reasons).toWellFormed(),
    taxonomy_hash: taxonomyHash,
  }))
  await trx
    .insertInto('triages')
    .values(rows)
    .onConflict((conflict) => conflict.column('post_id').doNothing())
    .execute()
}

async function openCase(trx: Db, post: PostToTriage, verdict: Classification): Promise<CaseRow> {
  return trx
    .insertInto('cases')
    .values({
      network: post.network,
      author_id: post.author_id,
      matter: matterOf(verdict.code),
      language: verdict.language,
      code: verdict.code,
      codes: verdict.codes,
      severity: verdict.severity,
      confidence: verdict.confidence,
      sentiment: verdict.sentiment.label,
      needs_person: verdict.needsPerson,
      due_at: new Date(clockStart(post).getTime() + TARGET_MS),
      last_post_at: clockStart(post),
      needs_draft_since: sql<Date>`now()`,
      correlation_id: post.correlation_id,
    })
    .returningAll()
    .returning(sql<string[]>`array[${post.conversation_id ?? post.external_id}]`.as('conversations'))
    .returning(sql<string[]>`array[${post.external_id}]`.as('externalIds'))
    .executeTakeFirstOrThrow()
}

/** A further post adds to an open case, or reopens an answered one with a clock of its own. */
async function joinCase(
  trx: Db,
  row: CaseRow,
  post: PostToTriage,
  verdict: Classification,
): Promise<CaseRow> {
  const reopened = row.state !== 'open'
  const onlyNoise = nothingToAnswer(verdict)
  const heavier =
    reopened || verdict.severity > row.severity || row.code === 'none' || row.code === 'question'
  const takesOver = heavier && !onlyNoise
  const wantsDraft = !onlyNoise
  const started = clockStart(post)
  const codes = reopened ? verdict.codes : [...new Set([...row.codes, ...verdict.codes])]
  const updated = await trx
    .updateTable('cases')
    .set({
      last_post_at: started > row.last_post_at ? started : row.last_post_at,
      ...(takesOver
        ? {
            code: verdict.code,
            matter: matterOf(verdict.code),
            severity: verdict.severity,
            confidence: verdict.confidence,
            sentiment: verdict.sentiment.label,
            language: verdict.language,
          }
        : {}),
      ...(onlyNoise ? {} : { codes: codes.filter((code) => code !== 'none' || codes.length === 1) }),
      needs_person: verdict.needsPerson ?? row.needs_person,
      ...(wantsDraft ? { needs_draft_since: sql<Date>`now()` } : {}),
      ...(reopened && wantsDraft
        ? {
            state: 'open' as const,
            due_at: new Date(started.getTime() + TARGET_MS),
            closed_at: null,
            close_reason: null,
          }
        : {}),
    })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return {
    ...updated,
    conversations: [...row.conversations, post.conversation_id ?? post.external_id],
    externalIds: [...row.externalIds, post.external_id],
  }
}

async function storeOutcome(
  trx: Db,
  outcome: readonly { id: number; caseId: number | null; ignored: string | null }[],
): Promise<void> {
  await sql`
    update posts set
      state = case when o.ignored is null then 'triaged' else 'ignored' end,
      case_id = o.case_id,
      ignored_reason = o.ignored
    from unnest(
      ${outcome.map((each) => each.id)}::bigint[],
      ${outcome.map((each) => each.caseId)}::bigint[],
      ${outcome.map((each) => each.ignored)}::text[]
    ) as o (id, case_id, ignored)
    where posts.id = o.id`.execute(trx)
}

/** A replayed post is years old; its customer's clock starts when it is heard. */
function clockStart(post: PostToTriage): Date {
  return post.network === 'replay' ? post.received_at : post.created_at
}
