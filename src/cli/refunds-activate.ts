import { createInterface } from 'node:readline/promises'
import { activateRule, COMMAND_LINE, findVersion, formatDiff, ruleDiff } from '../refunds/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'
import { asksFourEyes } from './rule-connection.ts'

export const refundsActivate: Command = {
  help: `Usage: npm run --silent kikimimi -- refunds activate ID [HASH] [--yes] [--json]

Makes a version of a rule pay, and retires the one that paid before. Shows what changes and asks first. Without HASH
it is the version that runs in the shadow; with the first six or more characters of a hash, an earlier one may come
back. Where templates/payouts.yaml asks for four eyes, this only proposes: two people agree on the page "Rules".

  --yes   does not ask; needed where nobody sits at the terminal
  --json  one JSON object: {"rule","hash","before","outcome":"activated"|"proposed"}

An activated version decides from the next event on. "refunds retire ID" stops a rule.
`,
  async run(args) {
    const { values, positionals } = readArgs(args, { yes: { type: 'boolean' } }, 2)
    const [ruleId, hash = null] = positionals
    if (ruleId === undefined) throw new UsageError('Which rule? "refunds rules" lists them')
    return withStore(async ({ store, config }) => {
      const found = await findVersion(store, ruleId, hash)
      if ('outcome' in found) throw new CommandError(found.why.en)
      const { version, before } = found
      if (!values.json) {
        const diff = ruleDiff(before?.content ?? null, version.content)
        await write(process.stdout, `${formatDiff(diff)}\n`)
      }
      if (!values.yes && !(await agreed(ruleId, version.hash))) {
        throw new CommandError('Nothing was changed. "--yes" activates without asking.')
      }
      const done = await activateRule(store, {
        ruleId,
        hash: version.hash,
        actor: COMMAND_LINE,
        fourEyes: asksFourEyes(config),
      })
      if (done.outcome === 'refused') throw new CommandError(done.why.en)
      const { outcome } = done
      if (values.json) {
        await printJson({ rule: ruleId, hash: done.hash, before: before?.hash ?? null, outcome })
      } else await write(process.stdout, told(ruleId, done.hash, outcome))
      return 0
    })
  },
}

function told(ruleId: string, hash: string, outcome: 'activated' | 'proposed'): string {
  const version = `${ruleId} ${hash.slice(0, 12)}`
  return outcome === 'activated'
    ? `${version} is active: it decides from the next event on.\n`
    : `${version} is proposed. It pays once somebody agrees on the page "Rules".\n`
}

/** Asks at the terminal; where there is none, nobody agreed. */
async function agreed(ruleId: string, hash: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(
      `This is live money. Activate ${ruleId} ${hash.slice(0, 12)}? [y/N] `,
    )
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
