import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import { storable } from './posts.ts'

/** An approved draft with all that sending it needs. */
export async function findDraftToPublish(db: Db, draftId: number) {
  return db
    .selectFrom('drafts')
    .innerJoin('cases', 'cases.id', 'drafts.case_id')
    .innerJoin('posts', 'posts.id', 'drafts.post_id')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'cases.network')
        .onRef('authors.external_id', '=', 'cases.author_id'),
    )
    .leftJoin('replies', 'replies.draft_id', 'drafts.id')
    .select([
      'drafts.id',
      'drafts.case_id',
      'drafts.post_id',
      'drafts.state',
      'drafts.delivery',
      'drafts.text',
      'drafts.auto',
      'drafts.decided_by',
      'drafts.publish_at',
      'cases.network',
      'cases.severity',
      'cases.correlation_id',
      'posts.external_id as inReplyTo',
      'posts.created_at as postedAt',
      'posts.received_at as receivedAt',
      'authors.opted_out_at',
      'replies.id as replyId',
      'replies.state as replyState',
      'replies.sending_at as sendingAt',
    ])
    .where('drafts.id', '=', draftId)
    .executeTakeFirst()
}
export type DraftToPublish = NonNullable<Awaited<ReturnType<typeof findDraftToPublish>>>

/**
 * Writes the intent down (the first time) and marks that the reply is being sent.
 * @returns its id, or why it must not be sent: the draft is not approved any more, or the post was answered
 */
export async function beginSending(
  store: Store,
  draft: DraftToPublish,
): Promise<{ replyId: number } | { refused: 'not-approved' | 'answered' }> {
  return store.transaction().execute(async (trx) => {
    await trx.selectFrom('cases').select('id').where('id', '=', draft.case_id).forUpdate().execute()
    const current = await trx
      .selectFrom('drafts')
      .select(['state', 'text'])
      .where('id', '=', draft.id)
      .forUpdate()
      .executeTakeFirst()
    if (current?.state !== 'approved' || current.text === null) return { refused: 'not-approved' as const }
    await trx
      .insertInto('replies')
      .values({
        key: `draft-${draft.id}`,
        draft_id: draft.id,
        case_id: draft.case_id,
        network: draft.network,
        in_reply_to: draft.inReplyTo,
        text: current.text,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const sending = await trx
      .updateTable('replies')
      .set((eb) => ({
        state: 'sending',
        text: current.text as string,
        sending_at: sql<Date>`clock_timestamp()`,
        attempts: eb('attempts', '+', 1),
        error: null,
      }))
      .where('draft_id', '=', draft.id)
      .where('state', 'in', ['intent', 'sending'])
      .returning('id')
      .executeTakeFirst()
    return sending ? { replyId: sending.id } : { refused: 'answered' as const }
  })
}

/** The reply stands in public. */
export async function markSent(store: Store, draft: DraftToPublish, externalId: string): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx
      .updateTable('replies')
      .set({ state: 'sent', sent_at: sql<Date>`now()`, external_id: externalId, error: null })
      .where('draft_id', '=', draft.id)
      .execute()
    await trx.updateTable('drafts').set({ state: 'published' }).where('id', '=', draft.id).execute()
    await trx
      .updateTable('cases')
      .set({
        state: sql`case when needs_draft_since is null then 'answered' else state end`,
        answered_at: sql<Date>`now()`,
      })
      .where('id', '=', draft.case_id)
      .execute()
    await audit(trx, actorOf(draft), 'reply.sent', `draft:${draft.id}`, {
      caseId: draft.case_id,
      network: draft.network,
      externalId,
    })
  })
}

/** Nothing was sent: the intent waits for another try. */
export async function backToIntent(db: Db, draftId: number, problem: string): Promise<void> {
  await db
    .updateTable('replies')
    .set({ state: 'intent', error: problem })
    .where('draft_id', '=', draftId)
    .where('state', '=', 'sending')
    .execute()
}

/**
 * Gives a draft back to the desk with the reason.
 * `unknown` keeps the post blocked for other replies, since it may have been answered.
 */
export async function returnDraft(
  store: Store,
  draft: DraftToPublish,
  note: string,
  reply: 'cancelled' | 'unknown' = 'cancelled',
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx
      .updateTable('replies')
      .set({ state: reply, error: note })
      .where('draft_id', '=', draft.id)
      .where('state', '<>', 'sent')
      .execute()
    await trx
      .updateTable('drafts')
      .set({ state: 'returned', decision_note: note })
      .where('id', '=', draft.id)
      .where('state', '=', 'approved')
      .execute()
    await audit(trx, 'worker:publish', 'draft.returned', `draft:${draft.id}`, { caseId: draft.case_id })
  })
}

/** Marks a post as deleted by its author. */
export async function markDeleted(db: Db, postId: number): Promise<void> {
  await db
    .updateTable('posts')
    .set({ deleted_at: sql<Date>`now()` })
    .where('id', '=', postId)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Stores the later version of a post, to be triaged like any other, and takes the old one out of the way. */
export async function storeEditedVersion(
  store: Store,
  postId: number,
  latestId: string,
  text: string,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    const old = await trx.selectFrom('posts').selectAll().where('id', '=', postId).executeTakeFirstOrThrow()
    await trx
      .insertInto('posts')
      .values({
        network: old.network,
        external_id: latestId,
        source_id: old.source_id,
        author_id: old.author_id,
        text: storable(text),
        created_at: old.created_at,
        conversation_id: old.conversation_id,
        reply_to_id: old.reply_to_id,
        quoted_id: old.quoted_id,
        edit_of_id: old.edit_of_id ?? old.external_id,
        summoned: old.summoned,
        media: JSON.stringify(old.media),
        context: JSON.stringify(old.context),
      })
      .onConflict((conflict) => conflict.columns(['network', 'external_id']).doNothing())
      .execute()
    await trx.updateTable('posts').set({ superseded_by: latestId }).where('id', '=', postId).execute()
  })
}

/** Tells the desk what an approved draft waits for. */
export async function noteWaiting(db: Db, draftId: number, reason: string): Promise<void> {
  await db
    .updateTable('drafts')
    .set({ decision_note: reason })
    .where('id', '=', draftId)
    .where('state', '=', 'approved')
    .execute()
}

function actorOf(draft: DraftToPublish): string {
  return draft.decided_by === null ? 'policy' : `user:${draft.decided_by}`
}
