import { type Insertable, sql } from 'kysely'
import type { Db } from './database.ts'
import type { Database } from './schema.ts'

export type NewDraft = Insertable<Database['drafts']>

/** Stores drafts. */
export function insertDrafts(trx: Db, drafts: readonly NewDraft[]) {
  return trx.insertInto('drafts').values(drafts).returning(['id', 'case_id', 'state']).execute()
}

/**
 * Takes cases that want a draft, each with the post to answer: the latest that may be answered through the API,
 * else the latest. Cases whose reply is on its way out at this moment are left for later; `gone` are those whose
 * posts were all deleted, `held` those that somebody else has locked: worth another look in a moment.
 */
export async function takeCasesToDraft(trx: Db, ids: readonly number[]) {
  const { taken, held } = await lockCasesToDraft(trx, ids)
  const cases = taken.length === 0 ? [] : await readCasesToDraft(trx, taken)
  const readable = new Set(cases.map((each) => each.id))
  return { cases, gone: taken.filter((id) => !readable.has(id)), held }
}
export type CaseToDraft = Awaited<ReturnType<typeof readCasesToDraft>>[number]

/** As with posts that wait for triage: rows that refer to a case, written at this moment, must not have it left out. */
async function lockCasesToDraft(
  trx: Db,
  ids: readonly number[],
): Promise<{ taken: number[]; held: number[] }> {
  const cases = await trx
    .selectFrom('cases')
    .select('id')
    .where('id', 'in', ids)
    .where('needs_draft_since', 'is not', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  const locked = cases.map((row) => row.id)
  const held = locked.length === ids.length ? [] : await wanting(trx, ids, new Set(locked))
  if (cases.length === 0) return { taken: [], held }
  // Only now that they are locked: a statement sees what was there when it began, not when it got its lock.
  const sending = await trx
    .selectFrom('replies')
    .select('case_id')
    .where('case_id', 'in', locked)
    .where('state', '=', 'sending')
    .execute()
  const busy = new Set(sending.map((row) => row.case_id))
  return { taken: locked.filter((id) => !busy.has(id)), held }
}

/** Those of the cases that want a draft, but for some. */
async function wanting(trx: Db, ids: readonly number[], but: ReadonlySet<number>): Promise<number[]> {
  const rows = await trx
    .selectFrom('cases')
    .select('id')
    .where('id', 'in', ids)
    .where('needs_draft_since', 'is not', null)
    .execute()
  return rows.map((row) => row.id).filter((id) => !but.has(id))
}

/** Cases with what a draft is written from. Networks tell of the newest first: ids do not say which post came last. */
export function readCasesToDraft(trx: Db, ids: readonly number[]) {
  return trx
    .selectFrom('cases')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('posts')
          .innerJoin('triages', 'triages.post_id', 'posts.id')
          .select([
            'posts.id as postId',
            'posts.external_id as externalId',
            'posts.text',
            'posts.summoned',
            'triages.score',
            'triages.entities',
          ])
          .whereRef('posts.case_id', '=', 'cases.id')
          .where('posts.deleted_at', 'is', null)
          .where('posts.superseded_by', 'is', null)
          .orderBy('posts.summoned', 'desc')
          .orderBy('posts.created_at', 'desc')
          .orderBy('posts.id', 'desc')
          .limit(1)
          .as('post'),
      (join) => join.onTrue(),
    )
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'cases.network')
        .onRef('authors.external_id', '=', 'cases.author_id'),
    )
    .select([
      'cases.id',
      'cases.network',
      'cases.language',
      'cases.code',
      'cases.reply_code',
      'cases.codes',
      'cases.severity',
      'cases.confidence',
      'cases.sentiment',
      'cases.needs_person',
      'cases.code_by',
      'cases.author_id',
      'cases.correlation_id',
      'post.postId',
      'post.externalId',
      'post.text',
      'post.summoned',
      'post.score',
      'post.entities',
      'authors.username',
      'authors.name as authorName',
      'authors.opted_out_at',
    ])
    .where('cases.id', 'in', ids)
    .orderBy('cases.id')
    .execute()
}

/** Template variants that the authors of these cases were sent already, by case. */
export async function earlierTemplates(
  trx: Db,
  cases: readonly { id: number; network: string; author_id: string }[],
): Promise<Map<number, string[]>> {
  const { rows } = await sql<{ id: number; templates: string[] }>`
    select wanted.id, array_agg(drafts.template) as templates
    from unnest(
      ${cases.map((each) => each.id)}::bigint[],
      ${cases.map((each) => each.network)}::text[],
      ${cases.map((each) => each.author_id)}::text[]
    ) as wanted (id, network, author_id)
    join cases on cases.network = wanted.network and cases.author_id = wanted.author_id
    join drafts on drafts.case_id = cases.id
    where drafts.state = 'published' and drafts.template is not null
    group by wanted.id`.execute(trx)
  return new Map(rows.map((row) => [row.id, row.templates]))
}

/** Every reply that the authors of these cases got, in whatever case, by case; the latest first. */
export async function earlierTexts(
  trx: Db,
  cases: readonly { id: number; network: string; author_id: string }[],
): Promise<Map<number, string[]>> {
  const { rows } = await sql<{ id: number; texts: string[] }>`
    select wanted.id, array_agg(replies.text order by replies.id desc) as texts
    from unnest(
      ${cases.map((each) => each.id)}::bigint[],
      ${cases.map((each) => each.network)}::text[],
      ${cases.map((each) => each.author_id)}::text[]
    ) as wanted (id, network, author_id)
    join cases on cases.network = wanted.network and cases.author_id = wanted.author_id
    join replies on replies.case_id = cases.id
    where replies.state <> 'cancelled'
    group by wanted.id`.execute(trx)
  return new Map(rows.map((row) => [row.id, row.texts]))
}

/** Texts sent, or about to be, a moment ago. */
export async function recentReplyTexts(trx: Db, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('drafts')
    .select('text')
    .where('text', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => row.text as string)
}
