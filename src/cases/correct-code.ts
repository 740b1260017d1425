import { audit } from '../store/audit.ts'
import { caseToCorrect, lockAuthorOfCase, recodeCase } from '../store/case-code.ts'
import type { Store } from '../store/database.ts'
import { storeLabel } from '../store/labels.ts'
import { ABUSE, SAFETY } from '../triage/index.ts'
import { matterOf } from './choose-case.ts'
import { type Conflict, conflict } from './decision.ts'
import { handAbuse } from './hand-abuse.ts'
import { type Claims, correctClaim } from './raise-claim.ts'

export interface Correction {
  caseId: number
  userId: number
  /** Primary first; every one a code of the taxonomy. */
  codes: readonly string[]
  /** Danger is 3, whatever stands here. */
  severity: 0 | 1 | 2 | 3
  /** How the case was coded when the person looked, see `codingOf`. */
  seen: string
}

/** How a case is coded, in one line: whoever changes it must have seen this. */
export function codingOf({ codes, severity }: { codes: readonly string[]; severity: number }): string {
  return `${codes.join(',')} ${severity}`
}

/** Reasons for a person that the code gave; another code takes them away. */
const BY_CODE: Record<string, string> = { [SAFETY]: 'danger', [ABUSE]: 'abuse' }
const FROM_CODE = new Set(['danger', 'abuse', 'unclear'])

/**
 * A person says what a case is about. The post that is answered is kept as a labelled example, later posts do not
 * change the code any more, and a draft that nobody has edited is written anew: the caller queues 'draft' where
 * `redraft` says so.
 * @param claims where complaints may become refunds: one that is not decided follows the new code
 */
export async function correctCode(
  store: Store,
  taxonomy: { codes: readonly { code: string }[] },
  correction: Correction,
  claims?: Claims,
): Promise<{ outcome: 'corrected'; redraft: boolean } | { outcome: 'unknown-code' } | Conflict> {
  const { caseId, userId, seen } = correction
  const codes = [...new Set(correction.codes)]
  const [code] = codes
  const known = new Set(taxonomy.codes.map((each) => each.code))
  if (!code || !codes.every((each) => known.has(each))) return { outcome: 'unknown-code' }
  const severity = codes.includes(SAFETY) ? 3 : correction.severity
  return store.transaction().execute(async (trx) => {
    if (claims) await lockAuthorOfCase(trx, caseId)
    const found = await caseToCorrect(trx, caseId)
    if (!found || codingOf(found) !== seen) return conflict(trx, found?.draftId ?? null)
    const kept = found.needs_person !== null && !FROM_CODE.has(found.needs_person) ? found.needs_person : null
    const redraft = found.state === 'open' && found.draftIsUntouched
    await recodeCase(trx, caseId, {
      code,
      codes,
      severity,
      matter: matterOf(code),
      needs_person: codes.map((each) => BY_CODE[each]).find((reason) => reason !== undefined) ?? kept,
      userId,
      redraft,
    })
    if (found.postId !== null) {
      await storeLabel(trx, { postId: found.postId, code, codes, source: 'corrected', userId })
    }
    if (claims) await correctClaim(trx, claims, caseId, found.postId)
    await handAbuse(trx, { ...found, id: caseId, codes }, found)
    await audit(trx, `user:${userId}`, 'case.recoded', `case:${caseId}`, {
      post: found.postId,
      before: { codes: found.codes, severity: found.severity },
      after: { codes, severity },
    })
    return { outcome: 'corrected', redraft }
  })
}
