import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import { insertPosts, type NewPost } from './posts.ts'
import type { CaseState } from './schema.ts'

export async function caseOfDraft(db: Db, draftId: number): Promise<number | null> {
  const row = await db.selectFrom('drafts').select('case_id').where('id', '=', draftId).executeTakeFirst()
  return row?.case_id ?? null
}

/** An approved draft with all that sending it needs. */
export async function findDraftToPublish(db: Db, draftId: number) {
  return (
    db
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
        'drafts.template',
        'drafts.decided_by',
        'drafts.publish_at',
        'drafts.checks',
        'cases.network',
        'cases.author_id',
        'cases.code',
        'cases.codes',
        'cases.confidence',
        'cases.language',
        'cases.needs_person',
        'cases.severity',
        'cases.correlation_id',
        'posts.external_id as inReplyTo',
        'posts.summoned',
        'posts.text as postText',
        'posts.created_at as postedAt',
        'posts.received_at as receivedAt',
        'authors.opted_out_at',
        'authors.username',
        'replies.id as replyId',
        'replies.state as replyState',
        'replies.attempts as replyAttempts',
        'replies.created_at as replyBegunAt',
      ])
      // By one clock, Postgres's: those of several machines differ.
      .select(
        sql<number | null>`(extract(epoch from clock_timestamp() - replies.sending_at) * 1000)::float8`.as(
          'sentAgoMs',
        ),
      )
      .where('drafts.id', '=', draftId)
      .executeTakeFirst()
  )
}
export type DraftToPublish = NonNullable<Awaited<ReturnType<typeof findDraftToPublish>>>

/** A post that nobody could read for so long is a person's business and holds up no reply. */
const UNREAD_FOR = sql`interval '10 minutes'`

/** Whether the author of a case wrote something that is heard and not read yet: it may say that they want no answer. */
export async function hasUnreadPost(
  db: Db,
  draft: Pick<DraftToPublish, 'network' | 'author_id'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('posts')
    .select('id')
    .where('network', '=', draft.network)
    .where('author_id', '=', draft.author_id)
    .where('repost_of_id', 'is', null)
    .where('state', '=', 'new')
    .where('received_at', '>', sql<Date>`now() - ${UNREAD_FOR}`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * How many replies go before this one where the network takes only so many: what is more severe, then what has waited
 * longer. Those that are being sent have had their turn.
 * @param most where counting ends
 */
export async function countAhead(db: Db, draft: DraftToPublish, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from drafts join cases on cases.id = drafts.case_id
      left join replies on replies.draft_id = drafts.id and replies.state = 'sending'
      where drafts.state = 'approved' and drafts.publish_at <= now() and drafts.delivery = 'api'
        and cases.network = ${draft.network} and drafts.id <> ${draft.id} and replies.id is null
        and (cases.severity > ${draft.severity}
          or cases.severity = ${draft.severity} and drafts.publish_at < ${draft.publish_at})
      limit ${most}) as ahead`.execute(db)
  return rows[0]?.count ?? 0
}

/** Why a reply must not be sent now. */
export type Refusal =
  /** A person or a newer post took the draft back. */
  | 'not-approved'
  /** The post has its answer. */
  | 'answered'
  /** An earlier reply to it may stand in public. */
  | 'unknown'
  /** Somebody else began to send it since it was read. */
  | 'busy'

/**
 * Writes the intent down (the first time) and marks that the reply is being sent. What was called off earlier, or
 * given to a person because nobody could tell, is taken up again: the draft was approved anew.
 * @param draft as it was read before the network was asked; if another process sent it since, this one must not
 */
export async function beginSending(
  store: Store,
  draft: DraftToPublish,
): Promise<{ replyId: number } | { refused: Refusal }> {
  return store.transaction().execute(async (trx) => {
    await trx.selectFrom('cases').select('id').where('id', '=', draft.case_id).forUpdate().execute()
    const current = await trx
      .selectFrom('drafts')
      .select(['state', 'text', sql<boolean>`coalesce(publish_at <= clock_timestamp(), false)`.as('due')])
      .where('id', '=', draft.id)
      .forUpdate()
      .executeTakeFirst()
    // Whoever edited it in between changed what was approved.
    if (current?.state !== 'approved' || current.text === null || current.text !== draft.text) {
      return { refused: 'not-approved' as const }
    }
    // Undone and approved again in between: that approval has a time, and a job, of its own.
    if (!current.due) return { refused: 'not-approved' as const }
    const others = await trx
      .selectFrom('replies')
      .select('state')
      .where('network', '=', draft.network)
      .where('in_reply_to', '=', draft.inReplyTo)
      .where('draft_id', '<>', draft.id)
      .where('state', '<>', 'cancelled')
      .forUpdate()
      .executeTakeFirst()
    if (others) return { refused: others.state === 'unknown' ? ('unknown' as const) : ('answered' as const) }
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
      .where('state', '<>', 'sent')
      .where('attempts', '=', draft.replyAttempts ?? 0)
      .returning('id')
      .executeTakeFirst()
    return sending ? { replyId: sending.id } : { refused: 'busy' as const }
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
    await trx
      .updateTable('drafts')
      .set({ state: 'published', ...(draft.auto ? {} : { decision_note: null }) })
      .where('id', '=', draft.id)
      .execute()
    await trx
      .updateTable('cases')
      .set({ ...answeredOrResting(draft.id), answered_at: sql<Date>`now()` })
      .where('id', '=', draft.case_id)
      .execute()
    await audit(trx, actorOf(draft), 'reply.sent', `draft:${draft.id}`, {
      caseId: draft.case_id,
      network: draft.network,
      externalId,
    })
  })
}

/**
 * What an answer makes of its case: answered, unless something else of it still waits. One that promised to be back
 * rests until then, and comes back by itself with that as its deadline.
 */
export function answeredOrResting(draftId: number) {
  const hours = sql`(select promised_hours from drafts where drafts.id = ${draftId})`
  const then = (otherwise: 'snoozed_until' | 'due_at') => sql<Date>`
    case when ${stillWaits} or ${hours} is null then cases.${sql.ref(otherwise)} else now() + ${hours} * interval '1 hour' end`
  return {
    state: sql<CaseState>`
      case when ${stillWaits} then cases.state when ${hours} is not null then 'open' else 'answered' end`,
    snoozed_until: then('snoozed_until'),
    due_at: then('due_at'),
  }
}

/** Somebody closed the case, or a post that came meanwhile waits for an answer of its own. */
const stillWaits = sql<boolean>`(cases.state = 'closed' or cases.needs_draft_since is not null or exists (
  select 1 from drafts where drafts.case_id = cases.id and drafts.state in ('pending', 'approved', 'none', 'returned')))`

/** Nothing was sent: the intent waits for another try. */
export async function backToIntent(db: Db, draftId: number, problem: string): Promise<void> {
  await db
    .updateTable('replies')
    .set({ state: 'intent', error: problem })
    .where('draft_id', '=', draftId)
    .where('state', '=', 'sending')
    .execute()
}

/** A reply that is not wanted any more was not found in public. */
export async function cancelSending(db: Db, draftId: number): Promise<void> {
  await db
    .updateTable('replies')
    .set({ state: 'cancelled', error: 'its draft was taken back' })
    .where('draft_id', '=', draftId)
    .where('state', '=', 'sending')
    .execute()
}

export interface ReturnOptions {
  /** `unknown` keeps the post blocked for other replies, since it may have been answered. */
  reply?: 'cancelled' | 'unknown'
  /** The network takes this reply from a person only. */
  byHand?: boolean
}

/** Gives a draft back to the desk with the reason. */
export async function returnDraft(
  store: Store,
  draft: DraftToPublish,
  note: string,
  { reply = 'cancelled', byHand = false }: ReturnOptions = {},
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    if (byHand) {
      // It never left the house: what a person posts instead is written down in its place.
      await trx.deleteFrom('replies').where('draft_id', '=', draft.id).where('state', '<>', 'sent').execute()
    } else {
      await trx
        .updateTable('replies')
        .set({ state: reply, error: note })
        .where('draft_id', '=', draft.id)
        .where('state', '<>', 'sent')
        .execute()
    }
    await trx
      .updateTable('drafts')
      .set({ state: 'returned', decision_note: note, ...(byHand ? { delivery: 'manual' as const } : {}) })
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

/**
 * Stores the latest version of a post, to be triaged like any other; the older ones are out of the way with it.
 * @returns its id where it was new, for triage
 */
export async function storeEditedVersion(
  store: Store,
  postId: number,
  latest: NewPost,
): Promise<number | null> {
  return store.transaction().execute(async (trx) => {
    const old = await trx
      .selectFrom('posts')
      .select(['network', 'source_id'])
      .where('id', '=', postId)
      .executeTakeFirstOrThrow()
    const [stored] = await insertPosts(trx, old.network, old.source_id, [latest])
    return stored?.id ?? null
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
