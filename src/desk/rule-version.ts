import { COMMAND_LINE, type DiffLine, type ReportedVersion, ruleDiff } from '../refunds/index.ts'
import type { RuleVersionRow } from '../store/rule-versions.ts'

/**
 * One version of a rule as the page shows it.
 * @param before the version that pays now: the difference to it is shown; null shows the whole rule
 * @param nameOf how people call an actor
 */
export function showVersion(
  { row, rule, problem, since, shadow }: ReportedVersion,
  before: RuleVersionRow | null,
  nameOf: (actor: string | null) => string,
) {
  const diff: DiffLine[] = ruleDiff(before?.content ?? null, row.content)
  return {
    hash: row.hash,
    short: row.hash.slice(0, 12),
    readable: rule !== null,
    problem,
    since,
    listed: row.listed,
    diff,
    isNew: before === null,
    proposedBy: row.proposed_by === null ? null : nameOf(row.proposed_by),
    /** Proposed under somebody's name: a second person may agree. */
    stoodBehind: row.proposed_by !== null && row.proposed_by !== COMMAND_LINE,
    activatedBy: nameOf(row.activated_by),
    retiredBy: nameOf(row.retired_by),
    shadow,
  }
}
