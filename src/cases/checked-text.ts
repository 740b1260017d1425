import type { Db } from '../store/database.ts'
import {
  type DraftToDecide,
  findDraftToDecide,
  lastHoursTexts,
  textsToSamePerson,
} from '../store/decisions.ts'
import type { StoredCheck } from '../store/schema.ts'

/** What the checks of a reply must know about the post that it answers. */
export interface TextContext {
  locale: string
  summoned: boolean
  authorUsername: string
  code: string
  severity: number
  /** Replies of the last hour: nobody gets a copy of somebody else's answer. */
  recentTexts: string[]
  /** What this person was answered before, in whatever case: nobody reads the same words twice. */
  earlierTexts: string[]
}

/** What a text weighs, costs (millionths of a US dollar) and which rules it breaks. */
export interface TextReport {
  checks: StoredCheck[]
  weightedLength: number
  costMicroUsd: number
  fits: boolean
}

export type CheckText = (text: string, context: TextContext) => TextReport

/** What a text for this draft would weigh, cost and break, without storing anything; null where there is no draft. */
export async function reportOn(
  store: Db,
  input: { draftId: number; text: string; check: CheckText },
): Promise<TextReport | null> {
  const draft = await findDraftToDecide(store, input.draftId)
  return draft ? input.check(tidy(input.text), await contextOf(store, draft)) : null
}

/** Whether the checks let a text out: it fits, says something, and breaks no hard rule. */
export function mayGoOut(report: TextReport): boolean {
  return mayBeOverridden(report) && brokenRules(report).length === 0
}

/** Whether somebody who takes the blame may let a text out in spite of its checks: what X can take at all. */
export function mayBeOverridden(report: TextReport): boolean {
  return report.fits && report.weightedLength > 0
}

/** The hard rules that a text breaks. */
export function brokenRules(report: TextReport): string[] {
  return report.checks.filter((check) => !check.ok && check.hard).map((check) => check.rule)
}

/** Whether a text may go out, and what of that stands on somebody's word instead of the checks: for the audit log. */
export function judge(
  report: TextReport,
  override: string | undefined,
): { out: false } | { out: true; overridden: { rules: string[]; why: string } | null } {
  if (mayGoOut(report)) return { out: true, overridden: null }
  if (!override || !mayBeOverridden(report)) return { out: false }
  return { out: true, overridden: { rules: brokenRules(report), why: override } }
}

export async function contextOf(db: Db, draft: DraftToDecide): Promise<TextContext> {
  return {
    locale: draft.locale ?? draft.language.split('-')[0] ?? 'en',
    // A replayed file has no summoning and costs nothing of its own: reckon with the ordinary case.
    summoned: draft.summoned || draft.network === 'replay',
    authorUsername: draft.username,
    code: draft.code,
    severity: draft.severity,
    recentTexts: await lastHoursTexts(db, draft.id),
    earlierTexts: await textsToSamePerson(db, draft.case_id, draft.id),
  }
}

/** Browsers send line ends as CRLF. */
export function tidy(text: string): string {
  return text.replaceAll('\r\n', '\n').trim()
}
