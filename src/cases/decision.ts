import { hash } from 'node:crypto'
import { moneyOfCase } from '../store/case-money.ts'
import type { Db } from '../store/database.ts'
import {
  type DraftToDecide,
  findDecision,
  hasEdited,
  lockDraftToDecide,
  noteDecision,
} from '../store/decisions.ts'
import { WAITING_DRAFT } from '../store/draft-states.ts'
import { lockHolder } from '../store/presence.ts'
import type { DraftState } from '../store/schema.ts'
import type { CheckText, TextReport } from './checked-text.ts'

/** Somebody was quicker, or the page was old: who decided (where it was a person) and how things stand now. */
export interface Conflict {
  outcome: 'conflict'
  by: string | null
  state: DraftState | 'gone'
  version: number | null
  /** The customer has written again since the draft, and the new one is not there yet. */
  wroteAgain: boolean
}

/** A colleague writes on this draft. */
export interface Locked {
  outcome: 'locked'
  by: string
}

/** Policy wants somebody else to let out what this person changed. */
export interface FourEyes {
  outcome: 'four-eyes'
}

/** The text may not go out; the report says why. */
export interface Refused {
  outcome: 'refused'
  report: TextReport
}

/** A person's decision on what they looked at. */
export interface DraftDecision {
  draftId: number
  /** The version that the person looked at. */
  version: number
  userId: number
}

/** Whether policy wants an edited reply to such a case let out by somebody else. */
export type WantsFourEyes = (subject: {
  codes: readonly string[]
  severity: number
  language: string
  /** What the case gives the customer, a sum for each currency. */
  money: readonly { minor: number; currency: string }[]
}) => boolean

export interface CheckedDecision extends DraftDecision {
  check: CheckText
}

/** Locks a draft that is still what the person looked at, in an open case, and on which no colleague writes. */
export async function lockAsSeen(
  trx: Db,
  { draftId, version, userId }: DraftDecision,
  states: readonly DraftState[] = WAITING_DRAFT,
): Promise<{ outcome: 'seen'; draft: DraftToDecide } | Conflict | Locked> {
  const draft = await lockDraftToDecide(trx, draftId)
  const asSeen = draft?.version === version && states.includes(draft.state) && draft.case_state === 'open'
  if (!asSeen) return conflict(trx, draftId)
  return (await lockedBy(trx, draftId, userId)) ?? { outcome: 'seen', draft }
}

/** The colleague who writes on a draft; null where nobody else does. */
export async function lockedBy(trx: Db, draftId: number, userId: number): Promise<Locked | null> {
  const holder = await lockHolder(trx, draftId)
  return holder && holder.userId !== userId ? { outcome: 'locked', by: holder.name } : null
}

/** Whether this person must leave the approval to somebody else. Belongs in the approving transaction. */
export async function isOwnEdit(
  trx: Db,
  draft: DraftToDecide,
  decision: { userId: number; fourEyes?: WantsFourEyes; changesText: boolean },
): Promise<boolean> {
  const { fourEyes } = decision
  if (!fourEyes) return false
  if (!fourEyes({ ...draft, money: await moneyOfCase(trx, draft.case_id) })) return false
  return decision.changesText || (await hasEdited(trx, draft.id, decision.userId))
}

/**
 * @param draftId null where there is none
 * @param wroteAgain nobody was quicker but the customer
 */
export async function conflict(trx: Db, draftId: number | null, wroteAgain = false): Promise<Conflict> {
  const now = draftId === null ? undefined : await findDecision(trx, draftId)
  return {
    outcome: 'conflict',
    by: now?.name ?? null,
    state: now?.state ?? 'gone',
    version: now?.version ?? null,
    wroteAgain,
  }
}

/** Keeps the reason with the draft, where it can be erased, and gives what the audit log has of it. */
export async function logOverride(
  trx: Db,
  draftId: number,
  { rules, why }: { rules: readonly string[]; why: string },
): Promise<{ overridden: { rules: readonly string[]; why: string } }> {
  await noteDecision(trx, draftId, why)
  return { overridden: { rules, why: sha256(why) } }
}

/** What the audit log keeps of a text. */
export function sha256(text: string | null): string {
  return hash('sha256', text ?? '')
}
