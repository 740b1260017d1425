import { type Network, NetworkError } from '../listening/network.ts'
import { publishLog } from '../log.ts'
import { repliesTotal } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import {
  backToIntent,
  beginSending,
  cancelSending,
  caseOfDraft,
  countAhead,
  type DraftToPublish,
  findDraftToPublish,
  hasUnreadPost,
  markDeleted,
  markSent,
  noteWaiting,
  type ReturnOptions,
  returnDraft,
  storeEditedVersion,
} from '../store/replies.ts'
import { type AskTimeline, findOwnReply } from './own-timeline.ts'

export { type AskTimeline, findOwnReply } from './own-timeline.ts'

export type PublishOutcome =
  /** `editedPostId`: a later version of the post turned up and waits for triage. */
  | { outcome: 'sent' | 'returned' | 'done'; caseId?: number; editedPostId?: number }
  /** Not now; nothing failed. */
  | { outcome: 'later'; reason: string; delayMs: number }

/**
 * What policy says now of a draft that it let go out without a person earlier: it may have changed since (a crisis,
 * a new never-answer list, the quiet hours of a long queue).
 */
export type StillAllowed = (draft: DraftToPublish) => Promise<{
  outcome: 'auto' | 'person' | 'never'
  reason: string
  notBefore?: Date
}>

/** An answer that a colleague gave in the app is looked for this far back; our own sends as far as they go. */
const LOOK_BACK_MS = 7 * 24 * 3600_000
/** Whether a colleague answered in the app may be known so late: X itself shows it some seconds late. */
const ANSWERED_IS_FRESH_MS = 2_000
/** After a lost answer the reply mostly stands there at once: look soon, and again before it is surely not there. */
const FIRST_LOOK_MS = 1_500
const SECOND_LOOK_MS = 5_000
/** Keys, accounts and credit are mended by people: look once in a while. */
const BLOCKED_AGAIN_MS = 60_000
const UNAVAILABLE_AGAIN_MS = 10_000
/** Those that waited for the same thing do not all come at once. */
const JITTER_MS = 10_000
/** From so few replies on, they are given out by urgency. */
const SCARCE = 200
/** Somebody who was to go first may be held up: look again by then. */
const TURN_AGAIN_MS = 120_000

/**
 * Sends an approved draft as a reply, once. The intent is written down under a unique key before anything leaves;
 * after a crash or a lost answer our own timeline is read back before anything is sent again, and where the network
 * can not tell, a person decides. One reply of a case is worked on at a time, so order within a thread is kept.
 * A network that is down, full or locked is no failure of the draft: it waits, and the desk sees why.
 */
export async function publishDraft(
  store: Store,
  networks: ReadonlyMap<string, Network>,
  draftId: number,
  stillAllowed: StillAllowed,
): Promise<PublishOutcome> {
  const caseId = await caseOfDraft(store, draftId)
  if (caseId === null) return { outcome: 'done' }
  const locked = await withLock(store, `publish:${caseId}`, async () => {
    const draft = await findDraftToPublish(store, draftId)
    if (!draft) return { outcome: 'done' as const }
    try {
      return await publishLocked(store, networks, draft, stillAllowed)
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      return postpone(store, draft, error)
    }
  })
  return locked ?? { outcome: 'later', reason: 'another process works on this case', delayMs: 2000 }
}

async function publishLocked(
  store: Store,
  networks: ReadonlyMap<string, Network>,
  draft: DraftToPublish,
  stillAllowed: StillAllowed,
): Promise<PublishOutcome> {
  if (draft.replyState !== 'sending' && (draft.state !== 'approved' || draft.text === null)) {
    return { outcome: 'done' }
  }
  const dueInMs = (draft.publish_at?.getTime() ?? 0) - Date.now()
  if (dueInMs > 0 && draft.replyState !== 'sending') {
    return { outcome: 'later', reason: 'not before its time', delayMs: dueInMs }
  }
  const network = networks.get(draft.network)
  if (!network) {
    return { outcome: 'later', reason: `${draft.network} is not connected here`, delayMs: BLOCKED_AGAIN_MS }
  }
  if (draft.replyState === 'sending') {
    const earlier = await readBack(store, network, draft)
    if (earlier) return earlier
    if (draft.state !== 'approved') {
      await cancelSending(store, draft.id)
      return { outcome: 'done', caseId: draft.case_id }
    }
  }
  if (draft.opted_out_at !== null) return giveBack(store, draft, 'The author asked not to be answered.')
  if (draft.delivery !== 'api') {
    return giveBack(store, draft, 'The network does not allow this reply through its API: post it by hand.')
  }
  if (draft.auto) {
    const allowed = await stillAllowed(draft)
    if (allowed.outcome !== 'auto')
      return giveBack(store, draft, `Policy asks for a person: ${allowed.reason}`)
    const waitMs = (allowed.notBefore?.getTime() ?? 0) - Date.now()
    if (waitMs > 0) return { outcome: 'later', reason: allowed.reason, delayMs: waitMs }
  }
  const unread = await hasUnreadPost(store, draft)
  if (unread) return { outcome: 'later', reason: 'a further post of its author is read first', delayMs: 1000 }
  const queueing = await waitForTurn(store, network, draft)
  if (queueing) return queueing
  const objection = await lookBeforeSending(store, network, draft)
  if (objection) {
    const returned = await giveBack(store, draft, objection.note)
    return { ...returned, ...(objection.editedPostId ? { editedPostId: objection.editedPostId } : {}) }
  }
  const begun = await beginSending(store, draft)
  if (!('refused' in begun)) return send(store, network, draft)
  switch (begun.refused) {
    case 'not-approved':
      return { outcome: 'done' }
    case 'answered':
      return giveBack(store, draft, 'This post was answered already.')
    case 'unknown':
      return giveBack(store, draft, 'An earlier reply to this post may stand in public. Look at the thread.')
    case 'busy':
      return { outcome: 'later', reason: 'another process is sending it', delayMs: 2000 }
  }
}

/** Where few replies are left: what is more severe goes first, then what has waited longest. */
async function waitForTurn(
  store: Store,
  network: Network,
  draft: DraftToPublish,
): Promise<PublishOutcome | null> {
  const room = await network.replyRoom?.(isUrgent(draft))
  if (!room || room.calls > SCARCE) return null
  if (room.calls <= 0) {
    throw new NetworkError('rate-limited', 'The limit for replies is used up for now', {
      retryAt: room.until,
    })
  }
  if ((await countAhead(store, draft, room.calls)) < room.calls) return null
  const reason = 'The replies that are left until the limit ends are for what is more urgent'
  await noteWaiting(store, draft.id, reason)
  const untilMs = room.until.getTime() - Date.now()
  return {
    outcome: 'later',
    reason,
    delayMs: Math.max(1000, Math.min(untilMs, TURN_AGAIN_MS) + jitterMs(untilMs)),
  }
}

function jitterMs(dueMs: number): number {
  return Math.random() * Math.max(0, Math.min(dueMs / 4, JITTER_MS))
}

async function send(store: Store, network: Network, draft: DraftToPublish): Promise<PublishOutcome> {
  const { inReplyTo, summoned } = draft
  try {
    const { externalId } = await network.reply({
      inReplyTo,
      summoned,
      text: draft.text as string,
      urgent: isUrgent(draft),
    })
    return await finish(store, draft, externalId)
  } catch (error) {
    if (!(error instanceof NetworkError) || error.wrote === 'unknown') {
      // It may stand in public: the next attempt reads our own timeline before it does anything else.
      publishLog.warn(
        { err: error, draftId: draft.id, correlationId: draft.correlation_id },
        'reply may have been sent',
      )
      await noteWaiting(
        store,
        draft.id,
        `It may have been sent, its answer was lost: ${(error as Error).message}`,
      )
      return {
        outcome: 'later',
        reason: 'waiting to read back',
        delayMs: Math.min(network.readbackMs, FIRST_LOOK_MS),
      }
    }
    return refused(store, network, draft, error)
  }
}

function isUrgent(draft: DraftToPublish): boolean {
  return draft.severity >= 2
}

async function refused(
  store: Store,
  network: Network,
  draft: DraftToPublish,
  error: NetworkError,
): Promise<PublishOutcome> {
  if (error.kind === 'duplicate') {
    // Still marked as being sent: if our timeline can not be read now, the next attempt begins with it.
    const mine = await findOwn(store, network, draft, { maxAgeMs: 0, thorough: true })
    if (mine) return finish(store, draft, mine)
    const note =
      'X says that it has this text already, but it is not among our replies to this post. Look at the thread.'
    repliesTotal.inc({ network: network.name, outcome: 'unknown' })
    await returnDraft(store, draft, note, { reply: 'unknown' })
    return { outcome: 'returned', caseId: draft.case_id }
  }
  await backToIntent(store, draft.id, error.message)
  switch (error.kind) {
    case 'gone':
      await markDeleted(store, draft.post_id)
      return giveBack(store, draft, 'The post was deleted before it could be answered.')
    case 'forbidden':
      return giveBack(store, draft, error.message, { byHand: true })
    case 'invalid':
      return giveBack(store, draft, error.message)
    default:
      throw error
  }
}

/** Nothing was sent, and the network may work again by itself (or once a person mended it). */
async function postpone(store: Store, draft: DraftToPublish, error: NetworkError): Promise<PublishOutcome> {
  publishLog.warn({ err: error, draftId: draft.id, correlationId: draft.correlation_id }, 'reply postponed')
  await noteWaiting(store, draft.id, error.message)
  const usualMs = error.kind === 'unavailable' ? UNAVAILABLE_AGAIN_MS : BLOCKED_AGAIN_MS
  const dueMs = error.retryAt ? error.retryAt.getTime() - Date.now() : usualMs
  return {
    outcome: 'later',
    reason: error.message,
    delayMs: Math.max(1000, dueMs + jitterMs(dueMs)),
  }
}

/** After a crash or a lost answer: did it take effect? null where it surely did not. */
async function readBack(
  store: Store,
  network: Network,
  draft: DraftToPublish,
): Promise<PublishOutcome | null> {
  const waitedMs = draft.sentAgoMs ?? 0
  const surelyMs = waitedMs - network.readbackMs
  const mine = await findOwn(
    store,
    network,
    draft,
    surelyMs < 0 ? { maxAgeMs: 0 } : { maxAgeMs: surelyMs, thorough: true },
  )
  if (mine) return finish(store, draft, mine)
  if (surelyMs >= 0) return null
  const delayMs = waitedMs < SECOND_LOOK_MS ? Math.min(SECOND_LOOK_MS, -surelyMs) : -surelyMs
  return { outcome: 'later', reason: 'a reply may take a moment to show up', delayMs }
}

interface Objection {
  note: string
  editedPostId?: number | null
}

/** Is the post still there, unedited, and not answered by a colleague in the app? Null where nothing objects. */
async function lookBeforeSending(
  store: Store,
  network: Network,
  draft: DraftToPublish,
): Promise<Objection | null> {
  const presence = await network.lookUp(draft.inReplyTo)
  if (presence.state === 'unknown') {
    throw new NetworkError('unavailable', 'The network could not tell whether the post is still there')
  }
  if (presence.state === 'deleted') {
    await markDeleted(store, draft.post_id)
    return { note: 'The post was deleted before it could be answered.' }
  }
  if (presence.edited) {
    return {
      note: 'The post was edited after this reply was written. Its new version is on its way to the desk.',
      editedPostId: await storeEditedVersion(store, draft.post_id, presence.edited),
    }
  }
  const mine = await findOwn(store, network, draft, { maxAgeMs: ANSWERED_IS_FRESH_MS })
  return mine ? { note: 'We answered this post already, in the app.' } : null
}

/** Our reply to this post on the network, by whatever hand. */
async function findOwn(
  store: Store,
  network: Network,
  draft: DraftToPublish,
  how: Pick<AskTimeline, 'maxAgeMs' | 'thorough'>,
): Promise<string | null> {
  const heard = Math.min(draft.postedAt.getTime(), draft.receivedAt.getTime())
  const since = Math.min(
    Math.max(heard, Date.now() - LOOK_BACK_MS),
    draft.replyBegunAt?.getTime() ?? Number.POSITIVE_INFINITY,
  )
  const { inReplyTo } = draft
  const own = await findOwnReply(store, network, { inReplyTo, since: new Date(since), ...how })
  return own?.externalId ?? null
}

async function finish(store: Store, draft: DraftToPublish, externalId: string): Promise<PublishOutcome> {
  await markSent(store, draft, externalId)
  repliesTotal.inc({ network: draft.network, outcome: 'sent' })
  publishLog.info(
    { draftId: draft.id, caseId: draft.case_id, correlationId: draft.correlation_id },
    'reply sent',
  )
  return { outcome: 'sent', caseId: draft.case_id }
}

async function giveBack(
  store: Store,
  draft: DraftToPublish,
  note: string,
  options?: ReturnOptions,
): Promise<{ outcome: 'returned'; caseId: number }> {
  await returnDraft(store, draft, note, options)
  repliesTotal.inc({ network: draft.network, outcome: 'returned' })
  publishLog.info(
    { draftId: draft.id, caseId: draft.case_id, correlationId: draft.correlation_id },
    'draft returned',
  )
  return { outcome: 'returned', caseId: draft.case_id }
}
