import { structuredPatch } from 'diff'
import { stringify } from 'yaml'
import { refundRuleFileSchema } from '../rules/rule.ts'

/** A line of the difference between two versions of a rule. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'place'
  /** Without its sign. */
  text: string
}

/** A version as YAML, in the order in which rules are written; comments and layout are not part of a version. */
export function ruleYaml(content: object): string {
  // The database keeps an order of its own.
  const { data } = refundRuleFileSchema.safeParse(content)
  return stringify(data ?? content, { lineWidth: 100 })
}

/** What changes where `after` takes the place of `before`: whole, where there was nothing before. */
export function ruleDiff(before: object | null, after: object): DiffLine[] {
  const { hunks } = structuredPatch('', '', before ? ruleYaml(before) : '', ruleYaml(after), '', '', {
    context: 3,
  })
  return hunks.flatMap((hunk) => [
    {
      kind: 'place' as const,
      text: `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    },
    ...hunk.lines.map((line) => ({ kind: KINDS[line[0] ?? ' '] ?? ('same' as const), text: line.slice(1) })),
  ])
}

const KINDS: Record<string, DiffLine['kind']> = { '+': 'added', '-': 'removed' }
const SIGNS = { same: ' ', added: '+', removed: '-', place: '' }

/** The difference as text, as `diff -u` writes it. */
export function formatDiff(lines: readonly DiffLine[]): string {
  return lines.map(({ kind, text }) => `${SIGNS[kind]}${text}\n`).join('')
}
