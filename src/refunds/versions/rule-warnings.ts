import type { Db } from '../../store/database.ts'
import { countRuleVersions } from '../../store/rule-versions.ts'
import { type Fault, formatFault } from '../../yaml-file.ts'
import { silentRules } from './silent-rules.ts'
import { goneRules, unreadableRules } from './versions.ts'

/**
 * What a person should look at about the rules, in words; nothing of it stops payouts of other rules.
 * @param faults of the files, where they are at hand
 */
export async function ruleWarnings(db: Db, now: Date, faults: readonly Fault[] = []): Promise<string[]> {
  const [counts, unreadable, gone, silent] = await Promise.all([
    countRuleVersions(db),
    unreadableRules(db),
    goneRules(db),
    silentRules(db, now),
  ])
  return [
    ...(faults.length > 0 ? ['the refund rules have faults: none of the files is taken over'] : []),
    ...faults.map(formatFault),
    ...(counts.active === 0 && counts.shadow > 0 ? [nothingActive(counts.shadow)] : []),
    ...unreadable.map(
      ({ ruleId, problem }) =>
        `rule ${ruleId}: this release can not read the active version, so it pays nothing: ${problem}`,
    ),
    ...gone.map(
      (id) => `rule ${id}: its file is gone and it still pays; put it back, or "refunds retire ${id}"`,
    ),
    ...silent.map(
      ({ ruleId, quietDays, events }) =>
        `rule ${ruleId}: has not fired for ${quietDays} days, though its event came ${many(events)}`,
    ),
  ]
}

function nothingActive(shadow: number): string {
  const rules = shadow === 1 ? '1 rule runs' : `${shadow} rules run`
  return `${rules} in the shadow; nothing is paid until somebody activates them (the page "Rules", or "refunds activate ID")`
}

function many(events: number): string {
  return events === 1 ? 'once' : events >= 1000 ? '1,000 times or more' : `${events} times`
}
