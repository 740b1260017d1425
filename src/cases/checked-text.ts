import type { Db } from '../store/database.ts'
import { type DraftToDecide, findDraftToDecide, lastHoursTexts } from '../store/decisions.ts'
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
  return report.fits && report.weightedLength > 0 && report.checks.every((check) => check.ok || !check.hard)
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
  }
}

/** Browsers send line ends as CRLF. */
export function tidy(text: string): string {
  return text.replaceAll('\r\n', '\n').trim()
}
