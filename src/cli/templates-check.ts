import { type Fault, formatFault } from '../yaml-file.ts'
import { type Command, readArgs } from './command.ts'
import { printJson, write } from './output.ts'
import { templatesDir } from './paths.ts'
import { checkTemplates } from './template-faults.ts'

export const templatesCheck: Command = {
  help: `Usage: npm run --silent kikimimi -- templates check [DIR] [--json]

Reads everything under the templates folder (default: TEMPLATES_DIR) as the program would at its start: taxonomy,
catalogue, replies, tone, policy, prices, brand, mails, listening, chats, letters, reviews and refund rules, and what they say of one another.
Each fault is one line on standard error, file:line:column: message, and the exit code is 1. A warning (a condition of a
refund rule that decides nothing) is a line that starts with "warning:" and leaves it at 0.

  --json  one JSON object: {"ok","faults":[{"file","line","column","message"}],"warnings":[…],"counts":{…},"unanswered":[…]}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const dir = templatesDir(positionals[0])
    const { faults, warnings, counts, unanswered } = checkTemplates(dir)
    if (values.json) await printJson({ ok: faults.length === 0, faults, warnings, counts, unanswered })
    for (const warning of warnings) await write(process.stderr, `warning: ${formatFault(warning)}\n`)
    if (faults.length > 0) {
      await write(process.stderr, `${faults.map(formatFault).join('\n')}\n${summary(faults)}\n`)
      return 1
    }
    if (values.json) return 0
    const found = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
    await write(process.stdout, `${dir}: ${found.join(', ')}. No faults.\n`)
    if (unanswered.length > 0) {
      await write(process.stdout, `Without a reply template, so a person answers: ${unanswered.join(', ')}\n`)
    }
    return 0
  },
}

function summary(faults: Fault[]): string {
  const files = new Set(faults.map((fault) => fault.file)).size
  return `${faults.length} fault${faults.length === 1 ? '' : 's'} in ${files} file${files === 1 ? '' : 's'}`
}
