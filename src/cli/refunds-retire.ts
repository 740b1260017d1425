import { COMMAND_LINE, retireRule } from '../refunds/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'

export const refundsRetire: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds retire ID [--json]

Stops a rule: no version of it pays from the next event on. What was decided before is paid. Where its file still
stands, it goes on in the shadow, and "refunds activate ID" brings it back.

  --json  one JSON object: {"rule","hash"}; hash is the version that paid until now
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const [ruleId] = positionals
    if (ruleId === undefined) throw new UsageError('Which rule? "refunds rules" lists them')
    const hash = await withStore(({ store }) => retireRule(store, { ruleId, actor: COMMAND_LINE }))
    if (hash === null)
      throw new CommandError(`No version of ${ruleId} is active. "refunds rules" lists them.`)
    if (values.json) await printJson({ rule: ruleId, hash })
    else await write(process.stdout, `${ruleId} pays no more (it was ${hash.slice(0, 12)}).\n`)
    return 0
  },
}
