import { type DraftInput, MAX_WEIGHTED_LENGTH, type Replies, weighText } from '../replies/index.ts'
import { closeCase, markDrafted, supersedeDrafts } from '../store/cases.ts'
import type { Db, Store } from '../store/database.ts'
import {
  type CaseToDraft,
  earlierTemplates,
  earlierTexts,
  insertDrafts,
  type NewDraft,
  recentReplyTexts,
  takeCasesToDraft,
} from '../store/drafts.ts'
import { stoppedAmong } from '../store/stopped-cases.ts'
import { draftInputOf } from './draft-input.ts'
import { holdBack } from './hold-back.ts'
import { knownIncidents } from './known-incidents.ts'

export interface DraftedCases {
  /** Cases that somebody else had locked: they still want a draft. */
  held: number[]
  drafts: {
    caseId: number
    correlationId: string
    locale: string | null
    template: string | null
    outcome: 'approved' | 'pending' | 'none'
  }[]
  /** Drafts that policy let go out without a person. */
  approved: { id: number; severity: number; publishAt: Date }[]
}

export interface DraftOptions {
  /** The invitations that replies may carry, by case; those that are not in it invite nobody. */
  claimUrlsFor?: (cases: readonly CaseToDraft[], trx: Db) => Promise<ReadonlyMap<number, string>>
}

/** Two customers side by side should not read the same sentence. */
const RECENT_TEXTS = 24

/**
 * Writes the current draft of cases that want one and lets policy decide who may send it.
 * A draft that waits is superseded; one that is on its way out right now is left alone until that is known.
 */
export async function draftCases(
  store: Store,
  replies: Replies,
  ids: readonly number[],
  options: DraftOptions = {},
): Promise<DraftedCases> {
  const isIncident = await knownIncidents(store, replies.policy.waves)
  return store.transaction().execute(async (trx) => {
    const { cases, gone, held } = await takeCasesToDraft(trx, ids)
    for (const id of gone) await closeCase(trx, id, 'its posts were deleted')
    if (cases.length === 0) return { drafts: [], approved: [], held }
    const earlier = await earlierTemplates(trx, cases)
    const sentTexts = await earlierTexts(trx, cases)
    const recentTexts = await recentReplyTexts(trx, RECENT_TEXTS)
    const drafts: NewDraft[] = []
    const closed: { id: number; reason: string }[] = []
    const claimUrls = await options.claimUrlsFor?.(cases, trx)
    const stopped = await stoppedAmong(
      trx,
      cases.map(({ id }) => id),
    )
    for (const each of cases) {
      const claimUrl = claimUrls?.get(each.id) ?? null
      const input: DraftInput = {
        ...draftInputOf(each),
        avoidTemplates: earlier.get(each.id) ?? [],
        earlierTexts: sentTexts.get(each.id) ?? [],
        recentTexts,
        claimUrl,
        incident: isIncident(each),
        stopped: stopped.has(each.id),
      }
      const { draft, close } = writeDraft(replies, each, input)
      drafts.push(draft)
      // Neighbours in one batch stand side by side at the desk too.
      if (draft.text)
        recentTexts.splice(0, recentTexts.length, draft.text, ...recentTexts.slice(0, RECENT_TEXTS - 1))
      if (close) closed.push({ id: each.id, reason: close })
    }
    const autos = cases.filter((_, index) => drafts[index]?.auto)
    const heldBack = await holdBack(trx, replies.policy, autos)
    for (const draft of drafts) {
      const reason = heldBack.get(draft.case_id)
      if (reason !== undefined) Object.assign(draft, forPerson(reason))
    }
    for (const draft of drafts) {
      if (draft.auto) Object.assign(draft, labelled(replies, draft))
    }
    await supersedeDrafts(
      trx,
      cases.map((each) => each.id),
    )
    const stored = await insertDrafts(trx, drafts)
    await markDrafted(
      trx,
      cases.map((each) => each.id),
    )
    for (const each of closed) await closeCase(trx, each.id, each.reason)
    const severityOf = new Map(cases.map((each) => [each.id, each.severity]))
    return {
      held,
      drafts: drafts.map((draft, index) => ({
        caseId: draft.case_id,
        correlationId: cases[index]?.correlation_id as string,
        locale: draft.locale ?? null,
        template: draft.template ?? null,
        outcome: draft.state as 'approved' | 'pending' | 'none',
      })),
      approved: stored
        .filter((row) => row.state === 'approved')
        .map((row) => ({
          id: row.id,
          severity: severityOf.get(row.case_id) ?? 0,
          publishAt: drafts.find((draft) => draft.case_id === row.case_id)?.publish_at as Date,
        })),
    }
  })
}

/** What changes in a draft that does not go out by itself after all. */
function forPerson(reason: string): Partial<NewDraft> {
  return { state: 'pending', auto: false, reason, decided_at: null, publish_at: null, decision_note: null }
}

/** What goes out by itself says so, where the brand wants that. */
function labelled(replies: Replies, { text, locale }: NewDraft): Partial<NewDraft> {
  const closed = replies.sign(text ?? '', 'policy', locale ?? '')
  const length = weighText(closed)
  if (length > MAX_WEIGHTED_LENGTH)
    return forPerson('the label for automatic replies does not fit: a person sends it')
  return { text: closed, weighted_length: length }
}

/** The draft for one case; `close` where policy says never and nobody needs to look. */
function writeDraft(
  replies: Replies,
  subject: CaseToDraft,
  input: DraftInput,
): { draft: NewDraft; close: string | null } {
  const now = new Date()
  const draft = replies.draft(input)
  const publication = replies.decidePublication({
    code: subject.code,
    codes: subject.codes,
    severity: subject.severity,
    confidence: subject.confidence,
    language: subject.language,
    needsPerson: subject.needs_person,
    delivery: draft.delivery,
    checks: draft.checks,
    authorOptedOut: subject.opted_out_at !== null,
    authorUsername: subject.username,
    postText: subject.text,
    network: subject.network,
    now,
  })
  // Whoever chose the code by hand is looking at the case: nothing of it goes out behind their back.
  const auto =
    publication.outcome === 'auto' &&
    draft.text !== null &&
    draft.delivery === 'api' &&
    subject.code_by === null
  const state = draft.text === null ? 'none' : auto ? 'approved' : 'pending'
  const unattended =
    publication.outcome === 'never' &&
    subject.code_by === null &&
    subject.needs_person === null &&
    subject.severity < 2 &&
    subject.code !== 'conduct.abuse'
  return {
    draft: {
      case_id: subject.id,
      post_id: subject.postId,
      state,
      delivery: draft.delivery,
      locale: draft.locale,
      template: draft.template,
      template_hash: draft.templateHash,
      text: draft.text,
      reason: draft.reason ?? publication.reason,
      weighted_length: draft.weightedLength,
      cost_micro_usd: draft.costMicroUsd,
      checks: JSON.stringify(draft.checks),
      auto,
      promised_hours: draft.followUp?.byHours ?? null,
      ...(auto
        ? { decided_at: now, publish_at: publication.notBefore ?? now, decision_note: publication.reason }
        : {}),
    },
    close: unattended ? publication.reason : null,
  }
}
