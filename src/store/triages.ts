import { sql } from 'kysely'
import type { Db } from './database.ts'
import { storableJson } from './posts.ts'
import type { Reason, StoredEntity } from './schema.ts'

export interface NewTriage {
  language: string
  sentiment: { label: string; score: number }
  code: string
  codes: string[]
  severity: number
  confidence: number
  needsPerson: string | null
  optOut: boolean
  reasons: Reason[]
}

/** Writes down what triage said of posts; a post that was triaged before keeps its first answer. */
export async function storeTriages(
  trx: Db,
  judged: readonly { post: { id: number }; verdict: NewTriage; entities?: readonly StoredEntity[] }[],
  taxonomyHash: string,
): Promise<void> {
  const values = judged.map(({ post, verdict, entities = [] }) => ({
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
    reasons: verdict.reasons,
    entities,
  }))
  await sql`
    insert into triages (post_id, language, sentiment, score, code, codes, severity, confidence, needs_person, opt_out,
      reasons, entities, taxonomy_hash)
    select new.*, ${taxonomyHash} from json_to_recordset(${storableJson(values)}::json) as new (
      post_id bigint, language text, sentiment text, score real, code text, codes text[], severity int,
      confidence real, needs_person text, opt_out boolean, reasons jsonb, entities jsonb)
    on conflict (post_id) do nothing`.execute(trx)
}

/** What became of a post: the case it belongs to, or why it is in none. */
export interface TriagedPost {
  id: number
  caseId: number | null
  ignored: string | null
}

/** Marks posts as triaged or ignored, all in one statement. */
export async function settlePosts(trx: Db, posts: readonly TriagedPost[]): Promise<void> {
  await sql`
    update posts set
      state = case when settled.ignored is null then 'triaged' else 'ignored' end,
      case_id = settled.case_id,
      ignored_reason = settled.ignored
    from unnest(
      ${posts.map((each) => each.id)}::bigint[],
      ${posts.map((each) => each.caseId)}::bigint[],
      ${posts.map((each) => each.ignored)}::text[]
    ) as settled (id, case_id, ignored)
    where posts.id = settled.id`.execute(trx)
}
