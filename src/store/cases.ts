import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT } from './draft-states.ts'
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

/** Locks authors in one order for this transaction, so that no two workers open cases for one person. */
export async function lockAuthors(trx: Db, people: readonly Person[]): Promise<void> {
  await sql`
    select 1 from authors
    where (network, external_id) in (select * from unnest(
      ${people.map((each) => each.network)}::text[], ${people.map((each) => each.author_id)}::text[]))
    order by network, external_id
    for update`.execute(trx)
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
 * The case that a post is about to join as it is now, locked: what a person decides on it meanwhile, such as its code,
 * comes wholly before or after. Only this one of the author's cases is: drafting passes over locked cases.
 */
export async function lockToJoin(trx: Db, row: CaseRow): Promise<CaseRow> {
  const now = await trx
    .selectFrom('cases')
    .selectAll()
    .where('id', '=', row.id)
    .forUpdate()
    .executeTakeFirstOrThrow()
  return { ...row, ...now }
}

interface PostIds {
  external_id: string
  conversation_id: string | null
}

/** Opens a case for a post. */
export async function insertCase(
  trx: Db,
  values: Insertable<Database['cases']>,
  post: PostIds,
): Promise<CaseRow> {
  const row = await trx.insertInto('cases').values(values).returningAll().executeTakeFirstOrThrow()
  return {
    ...row,
    conversations: [post.conversation_id ?? post.external_id],
    externalIds: [post.external_id],
  }
}

/** Changes a case that a further post joins. */
export async function updateCase(
  trx: Db,
  row: CaseRow,
  values: Updateable<Database['cases']>,
  post: PostIds,
): Promise<CaseRow> {
  const updated = await trx
    .updateTable('cases')
    .set(values)
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return {
    ...updated,
    conversations: [...row.conversations, post.conversation_id ?? post.external_id],
    externalIds: [...row.externalIds, post.external_id],
  }
}

/** The author asked not to be answered: nothing that waits goes out, and they stay out. */
export async function optOut(trx: Db, network: string, authorId: string): Promise<void> {
  await trx
    .updateTable('authors')
    .set({ opted_out_at: sql<Date>`coalesce(opted_out_at, now())` })
    .where('network', '=', network)
    .where('external_id', '=', authorId)
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
    .where('author_id', '=', authorId)
    .where('state', '=', 'open')
    .where((eb) => eb.or([eb('needs_person', 'is', null), eb('needs_person', '<>', 'danger')]))
    .returning('id')
    .execute()
  if (closed.length === 0) return
  await supersedeDrafts(
    trx,
    closed.map((row) => row.id),
  )
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

/** Opens a case again and asks for a new draft. @returns false where it is open, or not there */
export async function reopenCase(trx: Db, id: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('cases')
    .set({ state: 'open', closed_at: null, close_reason: null, needs_draft_since: sql<Date>`now()` })
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
