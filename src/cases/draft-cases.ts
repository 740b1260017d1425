import type { Replies } from '../replies/index.ts'
import { closeCase, markDrafted, supersedeDrafts } from '../store/cases.ts'
import type { Db, Store } from '../store/database.ts'
import {
  type CaseToDraft,
  earlierTemplates,
  insertDrafts,
  type NewDraft,
  recentReplyTexts,
  takeCasesToDraft,
} from '../store/drafts.ts'

export interface DraftedCases {
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
  /** The invitation that a reply to this case may carry, or null: no invitation. Nobody is invited unless told. */
  claimUrlFor?: (subject: CaseToDraft, trx: Db) => Promise<string | null> | string | null
}

/** Two customers side by side should not read the same sentence. */
const RECENT_TEXTS = 8

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
  return store.transaction().execute(async (trx) => {
    const { cases, gone } = await takeCasesToDraft(trx, ids)
    for (const id of gone) await closeCase(trx, id, 'its posts were deleted')
    if (cases.length === 0) return { drafts: [], approved: [] }
    const earlier = await earlierTemplates(trx, cases)
    const recentTexts = await recentReplyTexts(trx, RECENT_TEXTS)
    const drafts: NewDraft[] = []
    const closed: { id: number; reason: string }[] = []
    for (const each of cases) {
      const claimUrl = (await options.claimUrlFor?.(each, trx)) ?? null
      const { draft, close } = writeDraft(replies, each, earlier.get(each.id) ?? [], recentTexts, claimUrl)
      drafts.push(draft)
      // Neighbours in one batch stand side by side at the desk too.
      if (draft.text)
        recentTexts.splice(0, recentTexts.length, draft.text, ...recentTexts.slice(0, RECENT_TEXTS - 1))
      if (close) closed.push({ id: each.id, reason: close })
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

/** The draft for one case; `close` where policy says never and nobody needs to look. */
function writeDraft(
  replies: Replies,
  subject: CaseToDraft,
  avoidTemplates: string[],
  recentTexts: string[],
  claimUrl: string | null,
): { draft: NewDraft; close: string | null } {
  const now = new Date()
  const draft = replies.draft({
    post: {
      id: subject.externalId,
      text: subject.text,
      authorUsername: subject.username,
      ...(subject.authorName ? { authorName: subject.authorName } : {}),
      summoned: subject.summoned,
      network: subject.network,
    },
    classification: {
      language: subject.language,
      // What a refund rule decided is sure, whatever triage thought of the words.
      code: subject.reply_code ?? subject.code,
      codes: subject.codes,
      severity: subject.severity,
      confidence: subject.reply_code === null ? subject.confidence : 1,
      sentiment: { label: subject.sentiment, score: subject.score },
      needsPerson: subject.needs_person,
      optOut: subject.opted_out_at !== null,
    },
    seed: String(subject.id),
    avoidTemplates,
    recentTexts,
    claimUrl,
  })
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
      ...(auto
        ? { decided_at: now, publish_at: publication.notBefore ?? now, decision_note: publication.reason }
        : {}),
    },
    close: unattended ? publication.reason : null,
  }
}
