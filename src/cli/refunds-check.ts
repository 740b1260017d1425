import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RefundRule } from '../refunds/index.ts'
import { formatFault } from '../yaml-file.ts'
import { type Command, readArgs } from './command.ts'
import { printJson, table, write } from './output.ts'
import { templatesDir, typedPath } from './paths.ts'
import { checkRules } from './template-faults.ts'

export const refundsCheck: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds check [DIR] [--json]

Reads every refund rule of a folder (default: refunds/ in TEMPLATES_DIR): conditions and the variables they may use,
amounts and currencies, priorities, and the mails, wrap-up codes and replies they name, which are looked up beside the
folder or else in TEMPLATES_DIR. Each fault is one line on standard error, file:line:column: message, and the exit code
is 1. A warning (a condition that is true for all or for none of the sample events) starts with "warning:" and leaves
the exit code at 0. Where nothing is wrong the rules are listed. docs/refund-rules.md says what a rule may say.

  --json  one JSON object: {"ok","faults":[{"file","line","column","message"}],"warnings":[…],"rules":[…]}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const dir =
      positionals[0] === undefined ? join(templatesDir(undefined), 'refunds') : typedPath(positionals[0])
    const { rules, faults, warnings } = checkRules(dir, templatesBeside(dir))
    const ok = faults.length === 0
    if (values.json) await printJson({ ok, faults, warnings, rules: ok ? rules.map(outline) : [] })
    for (const warning of warnings) await write(process.stderr, `warning: ${formatFault(warning)}\n`)
    if (!ok) {
      await write(process.stderr, `${faults.map(formatFault).join('\n')}\n`)
      return 1
    }
    if (values.json) return 0
    await write(
      process.stdout,
      rules.length === 0 ? `No rules in ${dir}: nothing is ever refunded.\n` : listed(rules),
    )
    return 0
  },
}

function templatesBeside(dir: string): string {
  const beside = dirname(dir)
  return existsSync(join(beside, 'taxonomy.yaml')) ? beside : templatesDir(undefined)
}

function outline({ id, event, priority, action, when, hash }: RefundRule) {
  return { id, event, priority, action, when, hash }
}

function listed(rules: RefundRule[]): string {
  const rows = rules.map((rule) => [
    rule.event,
    rule.priority,
    rule.action,
    rule.id,
    rule.name.en,
    rule.name.ja,
  ])
  return table(['EVENT', 'PRIORITY', 'ACTION', 'RULE', 'NAME', '名称'], rows)
}
