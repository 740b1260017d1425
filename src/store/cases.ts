import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT } from './draft-states.ts'
import { storableJson } from './posts.ts'
import type { CaseState, Database } from './schema.ts'

export type CaseRow = Selectable<Database['cases']> & {
  /** Conversation ids and external ids of the posts in it. */
  conversations: string[]
  externalIds: string[]
}

interface Person {
  network: string
  author_id: string
}

/**
 * Locks people in one order for this transaction, so that no two workers open cases for one of them. The lock is on
 * their name, not on their row: storing further posts of theirs does not wait for it.
 */
export async function lockAuthors(trx: Db, people: readonly Person[]): Promise<void> {
  const names = people.map((each) => `author:${each.network}:${each.author_id}`)
  await sql`
    select pg_advisory_xact_lock(name) from (
      select distinct hashtextextended(name, 0) as name from unnest(${names}::text[]) as people (name) order by 1
    ) as names`.execute(trx)
}

/** Cases of these authors that a new post might belong to. */
export async function findJoinable(trx: Db, people: readonly Person[]): Promise<CaseRow[]> {
  return trx
    .selectFrom('cases')
    .selectAll('cases')
    .select((eb) => [
      eb
        .selectFrom('posts')
        .whereRef('posts.case_id', '=', 'cases.id')
        .select(sql<string[]>`coalesce(array_agg(coalesce(conversation_id, external_id)), '{}')`.as('ids'))
        .as('conversations'),
      eb
        .selectFrom('posts')
        .whereRef('posts.case_id', '=', 'cases.id')
        .select(sql<string[]>`coalesce(array_agg(external_id), '{}')`.as('ids'))
        .as('externalIds'),
    ])
    .where(
      sql<boolean>`(cases.network, cases.author_id) in (select * from unnest(
        ${people.map((each) => each.network)}::text[], ${people.map((each) => each.author_id)}::text[]))`,
    )
    .where('last_post_at', '>', sql<Date>`now() - interval '30 days'`)
    .execute() as unknown as Promise<CaseRow[]>
}

/**
 * The cases that posts are about to join as they are now, locked: what a person decides on one meanwhile, such as its
 * code, comes wholly before or after. Only these of the authors' cases are: drafting passes over locked cases.
 */
export async function lockToJoin(trx: Db, rows: readonly CaseRow[]): Promise<void> {
  if (rows.length === 0) return
  const now = await trx
    .selectFrom('cases')
    .selectAll()
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
  const byId = new Map(now.map((row) => [row.id, row]))
  for (const row of rows) Object.assign(row, byId.get(row.id))
}

/** Opens cases, each under a correlation id of its own. @returns their ids by correlation id */
export async function insertCases(trx: Db, rows: readonly NewCase[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map()
  const { rows: stored } = await sql<{ id: number; correlation_id: string }>`
    insert into cases (network, author_id, matter, language, code, codes, severity, confidence, sentiment,
      needs_person, due_at, last_post_at, needs_draft_since, correlation_id)
    select new.* from json_to_recordset(${storableJson(rows)}::json) as new (
      network text, author_id text, matter text, language text, code text, codes text[], severity int,
      confidence real, sentiment text, needs_person text, due_at timestamptz, last_post_at timestamptz,
      needs_draft_since timestamptz, correlation_id uuid)
    returning id, correlation_id`.execute(trx)
  return new Map(stored.map((row) => [row.correlation_id, row.id]))
}
export type NewCase = Pick<
  CaseRow,
  | 'network'
  | 'author_id'
  | 'matter'
  | 'language'
  | 'code'
  | 'codes'
  | 'severity'
  | 'confidence'
  | 'sentiment'
  | 'needs_person'
  | 'due_at'
  | 'last_post_at'
  | 'needs_draft_since'
  | 'correlation_id'
>

/** Writes what further posts changed in cases; they are locked. */
export async function updateCases(trx: Db, rows: readonly CaseRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update cases set
      matter = new.matter, state = new.state, language = new.language, code = new.code, codes = new.codes,
      severity = new.severity, confidence = new.confidence, sentiment = new.sentiment,
      needs_person = new.needs_person, due_at = new.due_at, last_post_at = new.last_post_at,
      closed_at = new.closed_at, close_reason = new.close_reason, snoozed_until = new.snoozed_until,
      needs_draft_since = new.needs_draft_since, code_by = new.code_by
    from json_to_recordset(${storableJson(rows)}::json) as new (
      id bigint, matter text, state text, language text, code text, codes text[], severity int, confidence real,
      sentiment text, needs_person text, due_at timestamptz, last_post_at timestamptz, closed_at timestamptz,
      close_reason text, snoozed_until timestamptz, needs_draft_since timestamptz, code_by bigint)
    where cases.id = new.id`.execute(trx)
}

/** These people asked not to be answered: nothing that waits goes out, and they stay out. */
export async function optOut(trx: Db, people: readonly Person[]): Promise<void> {
  if (people.length === 0) return
  const inOrder = people.toSorted((a, b) => (a.author_id < b.author_id ? -1 : 1))
  for (const { network, author_id } of inOrder) {
    await trx
      .updateTable('authors')
      .set({ opted_out_at: sql<Date>`coalesce(opted_out_at, now())` })
      .where('network', '=', network)
      .where('external_id', '=', author_id)
      .execute()
    const closed = await trx
      .updateTable('cases')
      .set({
        state: 'closed',
        closed_at: sql<Date>`now()`,
        close_reason: 'the author asked not to be answered',
        needs_draft_since: null,
      })
      .where('network', '=', network)
      .where('author_id', '=', author_id)
      .where('state', '=', 'open')
      .where((eb) => eb.or([eb('needs_person', 'is', null), eb('needs_person', '<>', 'danger')]))
      .returning('id')
      .execute()
    if (closed.length === 0) continue
    await supersedeDrafts(
      trx,
      closed.map((row) => row.id),
    )
  }
}

/**
 * Takes the current drafts of cases out of the way; intents that were not sent yet are called off.
 * @param userId who decided it, where that was a person
 */
export async function supersedeDrafts(
  trx: Db,
  caseIds: readonly number[],
  userId: number | null = null,
): Promise<void> {
  const drafts = await trx
    .updateTable('drafts')
    .set({
      state: 'superseded',
      ...(userId === null ? {} : { decided_by: userId, decided_at: sql<Date>`now()` }),
    })
    .where('case_id', 'in', caseIds)
    .where('state', 'in', CURRENT_DRAFT)
    .returning('id')
    .execute()
  if (drafts.length === 0) return
  await trx
    .updateTable('replies')
    .set({ state: 'cancelled', error: 'a newer draft took its place' })
    .where(
      'draft_id',
      'in',
      drafts.map((row) => row.id),
    )
    .where('state', '=', 'intent')
    .execute()
}

/** Closes a case; nothing of it waits any more. */
export async function closeCase(trx: Db, id: number, reason: string): Promise<void> {
  await trx
    .updateTable('cases')
    .set({ state: 'closed', closed_at: sql<Date>`now()`, close_reason: reason, needs_draft_since: null })
    .where('id', '=', id)
    .execute()
}

/** Locks a case and tells how it stands. */
export function lockCase(
  trx: Db,
  id: number,
): Promise<{ state: CaseState; needs_draft_since: Date | null; code: string; codes: string[] } | undefined> {
  return trx
    .selectFrom('cases')
    .select(['state', 'needs_draft_since', 'code', 'codes'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

/** Opens a case again, awake, and asks for a new draft. @returns false where it is open, or not there */
export async function reopenCase(trx: Db, id: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('cases')
    .set({
      state: 'open',
      closed_at: null,
      close_reason: null,
      snoozed_until: null,
      needs_draft_since: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('state', '<>', 'open')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * The case has its answer; it stays open where a post that came meanwhile waits for one of its own.
 * @returns false where it stays open
 */
export async function markAnswered(trx: Db, id: number): Promise<boolean> {
  const row = await trx
    .updateTable('cases')
    .set({
      state: sql`case when needs_draft_since is null then 'answered' else state end`,
      answered_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .returning('state')
    .executeTakeFirst()
  return row?.state === 'answered'
}

/** The cases have their drafts. */
export async function markDrafted(trx: Db, ids: readonly number[]): Promise<void> {
  await trx
    .updateTable('cases')
    .set({ needs_draft_since: null, reply_code: null })
    .where('id', 'in', ids)
    .execute()
}

/** True where a case waits for a draft. */
export async function wantsDraft(db: Db, id: number): Promise<boolean> {
  const row = await db.selectFrom('cases').select('needs_draft_since').where('id', '=', id).executeTakeFirst()
  return row?.needs_draft_since != null
}

/**
 * A refund rule chose what the answer says: the draft is written anew from the replies of that code, unless one was
 * sent, is on its way, or was edited by a person.
 * @returns false where the answer stays as it is
 */
export async function replyWith(db: Db, id: number, code: string): Promise<boolean> {
  const row = await db
    .updateTable('cases')
    .set({ reply_code: code, needs_draft_since: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('drafts')
            .select('drafts.id')
            .whereRef('drafts.case_id', '=', 'cases.id')
            .where((eb) =>
              eb.or([
                eb('drafts.state', '=', 'approved'),
                eb.and([eb('drafts.state', '=', 'pending'), eb('drafts.edited', '=', true)]),
              ]),
            ),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('replies')
            .select('replies.id')
            .whereRef('replies.case_id', '=', 'cases.id')
            .where('replies.state', '<>', 'cancelled'),
        ),
      ),
    )
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
