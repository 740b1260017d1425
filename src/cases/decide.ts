import { hash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import type { Database, Delivery, DraftState, StoredCheck } from '../store/schema.ts'

type Trx = Transaction<Database>

/** What the checks of a reply must know about the post that it answers. */
export interface TextContext {
  locale: string
  summoned: boolean
  authorUsername: string
  code: string
  severity: number
  /** Replies of the last hour: nobody gets a copy of somebody else's answer. */
  recentTexts: string[]
}

/** What a text weighs, costs (millionths of a US dollar) and which rules it breaks. */
export interface TextReport {
  checks: StoredCheck[]
  weightedLength: number
  costMicroUsd: number
  fits: boolean
}

export type CheckText = (text: string, context: TextContext) => TextReport

/** Somebody was quicker, or the page was old: who decided (where it was a person) and how things stand now. */
export interface Conflict {
  outcome: 'conflict'
  by: string | null
  state: DraftState | 'gone'
  version: number | null
}
export interface Refused {
  outcome: 'refused'
  report: TextReport
}
interface Edit {
  draftId: number
  /** The version that the person looked at. */
  version: number
  userId: number
  check: CheckText
}

const WAITING: readonly DraftState[] = ['pending', 'none', 'returned']
const LATEST_TEXTS = 50

/**
 * Lets a draft go out through the network's API: state 'approved', due now; the caller queues 'publish'.
 * A changed text is checked again and stored as an edit. Where X lets only a person answer (delivery 'manual')
 * nothing changes: see {@link markPostedByHand}.
 */
export async function approveDraft(
  store: Store,
  input: Edit & { text?: string },
): Promise<
  { outcome: 'approved'; caseId: number; severity: number } | { outcome: 'by-hand' } | Conflict | Refused
> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraft(trx, input.draftId)
    if (
      !draft ||
      draft.version !== input.version ||
      draft.state !== 'pending' ||
      draft.case_state !== 'open'
    ) {
      return conflict(trx, input.draftId)
    }
    if (draft.delivery !== 'api') return { outcome: 'by-hand' }
    const text = tidy(input.text ?? draft.text ?? '')
    const edited = text !== draft.text
    const report = input.check(text, await contextOf(trx, draft))
    if (!mayGoOut(report)) return { outcome: 'refused', report }
    await trx
      .updateTable('drafts')
      .set({
        state: 'approved',
        version: draft.version + 1,
        publish_at: sql<Date>`now()`,
        decided_by: input.userId,
        decided_at: sql<Date>`now()`,
        ...(edited ? { text, edited: true } : {}),
        ...reportColumns(report),
      })
      .where('id', '=', draft.id)
      .execute()
    await audit(trx, `user:${input.userId}`, 'draft.approved', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      edited,
      before: sha256(draft.text ?? ''),
      after: sha256(text),
    })
    return { outcome: 'approved', caseId: draft.case_id, severity: draft.severity }
  })
}

/**
 * Stores a person's wording. The draft stays (or, where it had no text or came back, becomes) pending; a text that
 * breaks hard checks may be saved, it can not be approved.
 * @param enterprise X lets this account answer posts that did not summon it
 */
export async function saveDraft(
  store: Store,
  input: Edit & { text: string; enterprise?: boolean },
): Promise<{ outcome: 'saved'; version: number; report: TextReport } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraft(trx, input.draftId)
    if (
      !draft ||
      draft.version !== input.version ||
      !WAITING.includes(draft.state) ||
      draft.case_state !== 'open'
    ) {
      return conflict(trx, input.draftId)
    }
    const text = tidy(input.text)
    const context = await contextOf(trx, draft)
    const report = input.check(text, context)
    if (text === draft.text && draft.state === 'pending') {
      return { outcome: 'saved', version: draft.version, report }
    }
    const version = draft.version + 1
    await trx
      .updateTable('drafts')
      .set({
        state: 'pending',
        version,
        text,
        edited: true,
        locale: context.locale,
        delivery: draft.delivery === 'none' ? deliveryOf(draft, input.enterprise ?? false) : draft.delivery,
        ...reportColumns(report),
      })
      .where('id', '=', draft.id)
      .execute()
    await audit(trx, `user:${input.userId}`, 'draft.edited', `draft:${draft.id}`, {
      case: draft.case_id,
      version,
      before: sha256(draft.text ?? ''),
      after: sha256(text),
    })
    return { outcome: 'saved', version, report }
  })
}

/** Throws a draft away and closes its case; `note` says why, in a person's words. */
export async function rejectDraft(
  store: Store,
  input: { draftId: number; version: number; userId: number; note: string },
): Promise<{ outcome: 'rejected'; caseId: number } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraft(trx, input.draftId)
    if (
      !draft ||
      draft.version !== input.version ||
      !WAITING.includes(draft.state) ||
      draft.case_state !== 'open'
    ) {
      return conflict(trx, input.draftId)
    }
    await trx
      .updateTable('drafts')
      .set({
        state: 'rejected',
        version: draft.version + 1,
        decided_by: input.userId,
        decided_at: sql<Date>`now()`,
        decision_note: input.note,
      })
      .where('id', '=', draft.id)
      .execute()
    await markClosed(trx, draft.case_id, input.note)
    await audit(trx, `user:${input.userId}`, 'draft.rejected', `draft:${draft.id}`, {
      case: draft.case_id,
      version: draft.version,
      text: sha256(draft.text ?? ''),
      note: sha256(input.note),
    })
    return { outcome: 'rejected', caseId: draft.case_id }
  })
}

/** Closes a case without answering; a reply that is on its way already can not be called back from here. */
export async function closeCase(
  store: Store,
  input: { caseId: number; userId: number; reason: string },
): Promise<{ outcome: 'closed' } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('cases')
      .select(['id', 'state'])
      .where('id', '=', input.caseId)
      .forUpdate()
      .executeTakeFirst()
    const draft = await trx
      .selectFrom('drafts')
      .select(['id', 'state'])
      .where('case_id', '=', input.caseId)
      .where('state', 'in', ['pending', 'approved', 'none', 'returned'])
      .forUpdate()
      .executeTakeFirst()
    if (!found || found.state === 'closed' || draft?.state === 'approved')
      return conflict(trx, draft?.id ?? 0)
    if (draft) {
      await trx
        .updateTable('drafts')
        .set({ state: 'superseded', decided_by: input.userId, decided_at: sql<Date>`now()` })
        .where('id', '=', draft.id)
        .execute()
    }
    await markClosed(trx, input.caseId, input.reason)
    await audit(trx, `user:${input.userId}`, 'case.closed', `case:${input.caseId}`, {
      ...(draft ? { draft: draft.id } : {}),
      reason: sha256(input.reason),
    })
    return { outcome: 'closed' }
  })
}

/** Opens a closed or answered case again and asks for a new draft; the caller queues 'draft' with the case's id. */
export async function reopenCase(
  store: Store,
  input: { caseId: number; userId: number },
): Promise<{ outcome: 'reopened' } | Conflict> {
  return store.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('cases')
      .set({ state: 'open', closed_at: null, close_reason: null, needs_draft_since: sql<Date>`now()` })
      .where('id', '=', input.caseId)
      .where('state', '<>', 'open')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return conflict(trx, 0)
    await audit(trx, `user:${input.userId}`, 'case.reopened', `case:${input.caseId}`, {})
    return { outcome: 'reopened' }
  })
}

/**
 * Notes that a person posted the answer from the network's own composer (posts that X lets nobody answer through
 * the API). What was saved is what counts as sent.
 */
export async function markPostedByHand(
  store: Store,
  input: Edit,
): Promise<{ outcome: 'posted'; caseId: number } | Conflict | Refused> {
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraft(trx, input.draftId)
    if (
      !draft ||
      draft.version !== input.version ||
      draft.state !== 'pending' ||
      draft.delivery !== 'manual' ||
      draft.case_state !== 'open'
    ) {
      return conflict(trx, input.draftId)
    }
    const report = input.check(draft.text ?? '', await contextOf(trx, draft))
    if (!mayGoOut(report)) return { outcome: 'refused', report }
    const reply = await trx
      .insertInto('replies')
      .values({
        key: `by-hand:${draft.id}`,
        draft_id: draft.id,
        case_id: draft.case_id,
        network: draft.network,
        in_reply_to: draft.external_id,
        text: draft.text ?? '',
        state: 'sent',
        sent_at: sql<Date>`now()`,
      })
      .onConflict((oc) => oc.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!reply) return conflict(trx, draft.id)
    await trx
      .updateTable('drafts')
      .set({
        state: 'published',
        version: draft.version + 1,
        decided_by: input.userId,
        decided_at: sql<Date>`now()`,
      })
      .where('id', '=', draft.id)
      .execute()
    await trx
      .updateTable('cases')
      .set({ state: 'answered', answered_at: sql<Date>`now()` })
      .where('id', '=', draft.case_id)
      .execute()
    await audit(trx, `user:${input.userId}`, 'draft.posted-by-hand', `draft:${draft.id}`, {
      case: draft.case_id,
      reply: reply.id,
      version: draft.version,
      text: sha256(draft.text ?? ''),
    })
    return { outcome: 'posted', caseId: draft.case_id }
  })
}

type RefundConflict = { outcome: 'conflict'; state: string }

/**
 * Grants a refund that a rule left to a person; the caller queues 'payout'.
 * @param reserve writes the ledger's lines, in the same transaction
 */
export async function approveRefund(
  store: Store,
  input: { refundId: number; userId: number; reserve: (trx: Trx, refundId: number) => Promise<void> },
): Promise<{ outcome: 'approved' } | RefundConflict> {
  return store.transaction().execute(async (trx) => {
    const granted = await trx
      .updateTable('refunds')
      .set({ state: 'reserved', approved_by: input.userId })
      .where('id', '=', input.refundId)
      .where('state', '=', 'asked')
      .returning('id')
      .executeTakeFirst()
    if (!granted) return refundConflict(trx, input.refundId)
    await input.reserve(trx, input.refundId)
    await audit(trx, `user:${input.userId}`, 'refund.approved', `refund:${input.refundId}`, {})
    return { outcome: 'approved' }
  })
}

export async function denyRefund(
  store: Store,
  input: { refundId: number; userId: number },
): Promise<{ outcome: 'denied' } | RefundConflict> {
  return store.transaction().execute(async (trx) => {
    const denied = await trx
      .updateTable('refunds')
      .set({ state: 'denied', approved_by: input.userId })
      .where('id', '=', input.refundId)
      .where('state', '=', 'asked')
      .returning('id')
      .executeTakeFirst()
    if (!denied) return refundConflict(trx, input.refundId)
    await audit(trx, `user:${input.userId}`, 'refund.denied', `refund:${input.refundId}`, {})
    return { outcome: 'denied' }
  })
}

/** What a text for this draft would weigh, cost and break, without storing anything; null where there is no draft. */
export async function reportOn(
  store: Store,
  input: { draftId: number; text: string; check: CheckText },
): Promise<TextReport | null> {
  return store.transaction().execute(async (trx) => {
    const draft = await findDraft(trx, input.draftId).executeTakeFirst()
    return draft ? input.check(tidy(input.text), await contextOf(trx, draft)) : null
  })
}

/** Whether the checks let a text out: it fits, says something, and breaks no hard rule. */
export function mayGoOut(report: TextReport): boolean {
  return report.fits && report.weightedLength > 0 && report.checks.every((check) => check.ok || !check.hard)
}

function findDraft(trx: Trx, draftId: number) {
  return trx
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
      'drafts.version',
      'drafts.state',
      'drafts.delivery',
      'drafts.locale',
      'drafts.text',
      'cases.language',
      'cases.code',
      'cases.severity',
      'cases.state as case_state',
      'posts.network',
      'posts.external_id',
      'posts.summoned',
      'authors.username',
    ])
    .where('drafts.id', '=', draftId)
}

/** The case is locked before its draft: whoever joins a post to the case waits for the decision, and the reverse. */
async function lockDraft(trx: Trx, draftId: number) {
  await trx
    .selectFrom('cases')
    .select('id')
    .where('id', '=', (eb) => eb.selectFrom('drafts').select('case_id').where('drafts.id', '=', draftId))
    .forUpdate()
    .execute()
  return findDraft(trx, draftId).forUpdate('drafts').executeTakeFirst()
}

type DraftRow = NonNullable<Awaited<ReturnType<typeof lockDraft>>>

async function contextOf(trx: Trx, draft: DraftRow): Promise<TextContext> {
  const recent = await trx
    .selectFrom('replies')
    .select('text')
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`)
    .where('draft_id', '<>', draft.id)
    .where('state', 'in', ['intent', 'sending', 'sent'])
    .orderBy('id', 'desc')
    .limit(LATEST_TEXTS)
    .execute()
  return {
    locale: draft.locale ?? draft.language.split('-')[0] ?? 'en',
    // A replayed file has no summoning and costs nothing of its own: reckon with the ordinary case.
    summoned: draft.summoned || draft.network === 'replay',
    authorUsername: draft.username,
    code: draft.code,
    severity: draft.severity,
    recentTexts: recent.map((reply) => reply.text),
  }
}

async function conflict(trx: Trx, draftId: number): Promise<Conflict> {
  const now = await trx
    .selectFrom('drafts')
    .leftJoin('users', 'users.id', 'drafts.decided_by')
    .select(['drafts.state', 'drafts.version', 'users.name'])
    .where('drafts.id', '=', draftId)
    .executeTakeFirst()
  return {
    outcome: 'conflict',
    by: now?.name ?? null,
    state: now?.state ?? 'gone',
    version: now?.version ?? null,
  }
}

async function refundConflict(trx: Trx, refundId: number): Promise<RefundConflict> {
  const now = await trx.selectFrom('refunds').select('state').where('id', '=', refundId).executeTakeFirst()
  return { outcome: 'conflict', state: now?.state ?? 'gone' }
}

async function markClosed(trx: Trx, caseId: number, reason: string): Promise<void> {
  await trx
    .updateTable('cases')
    .set({ state: 'closed', closed_at: sql<Date>`now()`, close_reason: reason, needs_draft_since: null })
    .where('id', '=', caseId)
    .execute()
}

function deliveryOf(post: { network: string; summoned: boolean }, enterprise: boolean): Delivery {
  return post.network === 'x' && !post.summoned && !enterprise ? 'manual' : 'api'
}

function reportColumns(report: TextReport) {
  return {
    weighted_length: report.weightedLength,
    cost_micro_usd: report.costMicroUsd,
    checks: JSON.stringify(report.checks),
  }
}

/** Browsers send line ends as CRLF. */
function tidy(text: string): string {
  return text.replaceAll('\r\n', '\n').trim()
}

function sha256(text: string): string {
  return hash('sha256', text)
}
