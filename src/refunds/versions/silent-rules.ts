import type { Db } from '../../store/database.ts'
import { findQuietRules } from '../../store/shadow-decisions.ts'
import { kindOf } from '../rules/compile-rule.ts'
import { activeRules } from './versions.ts'

/** A rule that pays nobody although it could: silent rules are how refunds get lost. */
export interface SilentRule {
  ruleId: string
  name: { en: string; ja: string }
  quietDays: number
  /** When it spoke last; null: never. */
  lastAt: Date | null
  /** Events of its kind in that time; 1,000 stands for that many or more. */
  events: number
}

/** Active rules that have not fired for their `quietDays`, counted from their activation, although their event came. */
export async function silentRules(db: Db, now: Date): Promise<SilentRule[]> {
  const rules = await activeRules(db)
  const quiet = await findQuietRules(
    db,
    rules.map((rule) => ({
      ruleId: rule.id,
      kind: kindOf(rule),
      codes: rule.codes?.map(likePattern) ?? null,
      repeated: rule.event === 'complaint.repeated',
      quietDays: rule.quietDays,
    })),
    now,
  )
  return quiet.flatMap((found) => {
    const rule = rules.find(({ id }) => id === found.ruleId)
    return rule ? [{ ...found, name: rule.name, quietDays: rule.quietDays }] : []
  })
}

/** `item.*` as SQL writes it; an underscore in a code is no placeholder. */
function likePattern(code: string): string {
  return code.replaceAll(/[\\_%]/g, '\\$&').replace(/\*$/, '%')
}
