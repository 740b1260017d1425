import { join } from 'node:path'
import { loadRefundRules, type RefundRule } from '../refunds/index.ts'
import { formatFault, TemplateFileError } from '../yaml-file.ts'
import { type Command, readArgs } from './command.ts'
import { printJson, table, write } from './output.ts'
import { templatesDir, typedPath } from './paths.ts'

export const refundsCheck: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds check [DIR] [--json]

Reads every refund rule of a folder (default: refunds/ in TEMPLATES_DIR). Each fault is one line on standard error,
file:line:column: message, and the exit code is 1. Where all is well the rules are listed.

  --json  one JSON object: {"ok","faults":[{"file","line","column","message"}],"rules":[…]}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const dir =
      positionals[0] === undefined ? join(templatesDir(undefined), 'refunds') : typedPath(positionals[0])
    try {
      const rules = loadRefundRules(dir)
      if (values.json) await printJson({ ok: true, faults: [], rules: rules.map(outline) })
      else if (rules.length === 0)
        await write(process.stdout, `No rules in ${dir}: nothing is ever refunded.\n`)
      else await write(process.stdout, listed(rules))
      return 0
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      if (values.json) await printJson({ ok: false, faults: error.faults, rules: [] })
      await write(process.stderr, `${error.faults.map(formatFault).join('\n')}\n`)
      return 1
    }
  },
}

function outline({ id, event, priority, when, hash }: RefundRule) {
  return { id, event, priority, when, hash }
}

function listed(rules: RefundRule[]): string {
  const rows = rules.map((rule) => [rule.event, rule.priority, rule.id, rule.name.en, rule.name.ja])
  return table(['EVENT', 'PRIORITY', 'RULE', 'NAME', '名称'], rows)
}
