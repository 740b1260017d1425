import { sql } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT } from './draft-states.ts'
import type { Delivery, StoredCheck } from './schema.ts'

const LATEST_TEXTS = 50
const LATEST_REPLIES = 500

/** A draft with all that deciding on it takes: its case, and the post that it answers. */
export function findDraftToDecide(db: Db, draftId: number) {
  return draftToDecide(db, draftId).executeTakeFirst()
}

/** The case is locked before its draft: whoever joins a post to the case waits for the decision, and the reverse. */
export async function lockDraftToDecide(trx: Db, draftId: number) {
  await trx
    .selectFrom('cases')
    .select('id')
    .where('id', '=', (eb) => eb.selectFrom('drafts').select('case_id').where('drafts.id', '=', draftId))
    .forUpdate()
    .execute()
  return draftToDecide(trx, draftId).forUpdate('drafts').executeTakeFirst()
}
export type DraftToDecide = NonNullable<Awaited<ReturnType<typeof lockDraftToDecide>>>

function draftToDecide(db: Db, draftId: number) {
  return db
    .selectFrom('drafts')
    .innerJoin('cases', 'cases.id', 'drafts.case_id')
    .innerJoin('posts', 'posts.id', 'drafts.post_id')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'posts.network')
        .onRef('authors.external_id', '=', 'posts.author_id'),
    )
    .select([
      'drafts.id',
      'drafts.case_id',
      'drafts.post_id',
      'drafts.version',
      'drafts.state',
      'drafts.delivery',
      'drafts.locale',
      'drafts.text',
      'drafts.auto',
      'cases.language',
      'cases.code',
      'cases.codes',
      'cases.severity',
      'cases.state as case_state',
      'cases.needs_draft_since',
      'posts.network',
      'posts.external_id',
      'posts.summoned',
      'authors.username',
    ])
    .where('drafts.id', '=', draftId)
}

/** The newest post of a case: whoever decides must have seen it. */
export async function newestPostId(trx: Db, caseId: number): Promise<number> {
  const row = await trx
    .selectFrom('posts')
    .select((eb) => eb.fn.max('id').as('id'))
    .where('case_id', '=', caseId)
    .executeTakeFirst()
  return row?.id ?? 0
}

/** Locks the current draft of a case that is locked already. */
export function lockCurrentDraft(trx: Db, caseId: number) {
  return trx
    .selectFrom('drafts')
    .select(['id', 'post_id', 'state'])
    .where('case_id', '=', caseId)
    .where('state', 'in', CURRENT_DRAFT)
    .forUpdate()
    .executeTakeFirst()
}

/** How a draft stands now, and who decided on it where that was a person. */
export function findDecision(db: Db, draftId: number) {
  return db
    .selectFrom('drafts')
    .leftJoin('users', 'users.id', 'drafts.decided_by')
    .select(['drafts.state', 'drafts.version', 'users.name'])
    .where('drafts.id', '=', draftId)
    .executeTakeFirst()
}

/** Replies of the last hour, those of one draft left out; looked for among the latest, however quiet the hour. */
export async function lastHoursTexts(db: Db, exceptDraftId: number): Promise<string[]> {
  const rows = await db
    .selectFrom((eb) =>
      eb.selectFrom('replies').selectAll().orderBy('id', 'desc').limit(LATEST_REPLIES).as('latest'),
    )
    .select('text')
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`)
    .where('draft_id', '<>', exceptDraftId)
    .where('state', 'in', ['intent', 'sending', 'sent'])
    .orderBy('id', 'desc')
    .limit(LATEST_TEXTS)
    .execute()
  return rows.map((row) => row.text)
}

/** What the author of a case was answered before, in whatever case; one draft left out. */
export async function textsToSamePerson(db: Db, caseId: number, exceptDraftId: number): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select replies.text from cases as this
    join cases on cases.network = this.network and cases.author_id = this.author_id
    join replies on replies.case_id = cases.id
    where this.id = ${caseId} and replies.draft_id <> ${exceptDraftId} and replies.state <> 'cancelled'
    order by replies.id desc limit ${LATEST_TEXTS}`.execute(db)
  return rows.map(({ text }) => text)
}

/** A text with what its checks said. */
export interface CheckedText {
  text: string
  checks: StoredCheck[]
  weightedLength: number
  costMicroUsd: number
}

/** Why somebody decided so, in their words. */
export async function noteDecision(trx: Db, draftId: number, note: string): Promise<void> {
  await trx.updateTable('drafts').set({ decision_note: note }).where('id', '=', draftId).execute()
}

/** Lets a draft go out, due in `inMs`. */
export async function markDraftApproved(
  trx: Db,
  draft: DraftToDecide,
  userId: number,
  checked: CheckedText & { edited: boolean },
  inMs: number,
): Promise<void> {
  await trx
    .updateTable('drafts')
    .set({
      state: 'approved',
      version: draft.version + 1,
      // Not now(): the transaction may have waited for its locks.
      publish_at: sql<Date>`clock_timestamp() + ${inMs} * interval '1 millisecond'`,
      ...decidedBy(userId),
      ...(checked.edited ? { edited: true } : {}),
      ...textColumns(checked),
    })
    .where('id', '=', draft.id)
    .execute()
}

/** Takes an approval back: the draft waits for a decision again, with the text that was approved. */
export async function markApprovalUndone(trx: Db, draft: DraftToDecide): Promise<void> {
  await trx
    .updateTable('drafts')
    .set({
      state: 'pending',
      version: draft.version + 1,
      publish_at: null,
      decided_by: null,
      decided_at: null,
      decision_note: null,
    })
    .where('id', '=', draft.id)
    .execute()
  await trx
    .updateTable('replies')
    .set({ state: 'cancelled', error: 'its approval was undone' })
    .where('draft_id', '=', draft.id)
    .where('state', '=', 'intent')
    .execute()
}

/** Whether a draft's reply has begun to leave; ask only with the draft locked, as publishing does. */
export async function hasLeft(trx: Db, draftId: number): Promise<boolean> {
  const reply = await trx
    .selectFrom('replies')
    .select('id')
    .where('draft_id', '=', draftId)
    .where('state', 'in', ['sending', 'sent', 'unknown'])
    .executeTakeFirst()
  return reply !== undefined
}

/**
 * Which of these drafts this person approved and can still take back, and for how long, by Postgres's clock; null
 * where there is none.
 */
export async function undoable(
  db: Db,
  draftIds: readonly number[],
  userId: number,
): Promise<{ draftIds: number[]; leftMs: number } | null> {
  const row = await db
    .selectFrom('drafts')
    .select([
      sql<number[] | null>`array_agg(id::float8 order by id)`.as('draftIds'),
      sql<number>`(extract(epoch from min(publish_at) - clock_timestamp()) * 1000)::float8`.as('leftMs'),
    ])
    .where(sql<boolean>`id = any(${draftIds}::bigint[])`)
    .where('state', '=', 'approved')
    .where('auto', '=', false)
    .where('decided_by', '=', userId)
    .where('publish_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return row?.draftIds ? { draftIds: row.draftIds, leftMs: row.leftMs } : null
}

/** Remembers whose words a draft holds. */
export async function noteEditor(trx: Db, draftId: number, userId: number): Promise<void> {
  await trx
    .insertInto('draft_editors')
    .values({ draft_id: draftId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Whether words of this person are in a draft. */
export async function hasEdited(db: Db, draftId: number, userId: number): Promise<boolean> {
  const row = await db
    .selectFrom('draft_editors')
    .select('draft_id')
    .where('draft_id', '=', draftId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row !== undefined
}

/** Stores a person's wording: the draft waits for a decision on it. */
export async function storeEdit(
  trx: Db,
  draft: DraftToDecide,
  checked: CheckedText,
  sending: { locale: string; delivery: Delivery },
): Promise<void> {
  await trx
    .updateTable('drafts')
    .set({
      state: 'pending',
      version: draft.version + 1,
      edited: true,
      ...sending,
      ...textColumns(checked),
    })
    .where('id', '=', draft.id)
    .execute()
}

/** @param note why, in the person's words */
export async function markDraftRejected(
  trx: Db,
  draft: DraftToDecide,
  userId: number,
  note: string,
): Promise<void> {
  await trx
    .updateTable('drafts')
    .set({ state: 'rejected', version: draft.version + 1, decision_note: note, ...decidedBy(userId) })
    .where('id', '=', draft.id)
    .execute()
}

/**
 * Writes down that a person posted a draft's text.
 * @param found as it stands in public, where it was found there
 * @returns the reply's id, or null where the post has its answer already
 */
export async function markDraftPosted(
  trx: Db,
  draft: DraftToDecide,
  userId: number,
  found?: { externalId: string; checked: CheckedText },
): Promise<number | null> {
  const reply = await trx
    .insertInto('replies')
    .values({
      key: `by-hand:${draft.id}`,
      draft_id: draft.id,
      case_id: draft.case_id,
      network: draft.network,
      in_reply_to: draft.external_id,
      text: found?.checked.text ?? draft.text ?? '',
      state: 'sent',
      sent_at: sql<Date>`now()`,
      external_id: found?.externalId ?? null,
    })
    .onConflict((oc) => oc.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!reply) return null
  await trx
    .updateTable('drafts')
    .set({
      state: 'published',
      version: draft.version + 1,
      ...decidedBy(userId),
      ...(found && found.checked.text !== draft.text ? { edited: true, ...textColumns(found.checked) } : {}),
    })
    .where('id', '=', draft.id)
    .execute()
  return reply.id
}

function decidedBy(userId: number) {
  return { decided_by: userId, decided_at: sql<Date>`now()` }
}

function textColumns({ text, checks, weightedLength, costMicroUsd }: CheckedText) {
  return {
    text,
    weighted_length: weightedLength,
    cost_micro_usd: costMicroUsd,
    checks: JSON.stringify(checks),
  }
}
