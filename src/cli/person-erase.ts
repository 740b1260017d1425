import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { eraseAgain, forgetPerson, openPseudonyms } from '../voice/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'
import { describeExports, describeRows, readName, refuseInFlight } from './person-find.ts'

const ACTOR = 'command-line'
const record = z.object({ at: z.coerce.date(), people: z.array(z.string()).min(1) })

export const personErase: Command = {
  help: `Usage: npm run --silent kikimimi -- person erase WHO --yes [--json]
       npm run --silent kikimimi -- person erase --again [--records FILE] --yes [--json]

Erases one person everywhere: posts, names, drafts, answers, notes, mails, what they watched, contacts, caches. Money and
the audit log stay, with ids. It can not be undone. What is being sent or paid is finished first. Linked accounts and
customer ids of the same person go together; "person find" shows all of it before. A record proves it.

After a backup was restored, --again erases everybody a second time who had come back with it. A backup does not hold
the erasures that came after it: keep what "person erasures --json" prints elsewhere, and give it with --records.

  WHO        x:@handle, x:ACCOUNT_ID, shop:CUSTOMER_ID, case:12, or the pseudonym in a contact (a1b2c3.…)
  --again    plays the records of all erasures again
  --records  a file of further records, one JSON object a line
  --yes      really does it

  --json     one JSON object: {"erasure":{"id","at","rows","exports"}}, null where there is nothing of them;
             with --again {"erased","inFlight","unknown"}
`,
  async run(args) {
    const { values, positionals } = readArgs(
      args,
      { again: { type: 'boolean' }, records: { type: 'string' }, yes: { type: 'boolean' } },
      1,
    )
    if (values.again && positionals[0] !== undefined) throw new UsageError('--again takes no WHO')
    if (values.records !== undefined && !values.again) throw new UsageError('--records goes with --again')
    const name = values.again ? null : readName(positionals[0])
    if (!values.yes) throw new UsageError('This can not be undone: look with "person find", then add --yes')
    const records = values.records === undefined ? [] : readRecords(values.records)
    return withStore(async ({ store, config }) => {
      const pseudonyms = await openPseudonyms(store, config)
      if (name === null) {
        const done = await eraseAgain(store, pseudonyms, records, ACTOR)
        if (values.json) await printJson(done)
        else await write(process.stdout, describeAgain(done))
        return done.inFlight > 0 ? 1 : 0
      }
      const result = await forgetPerson(store, pseudonyms, name, ACTOR)
      if (result.outcome === 'in-flight') refuseInFlight(result.inFlight)
      const erasure = result.outcome === 'erased' ? result.erasure : null
      if (values.json) await printJson({ erasure })
      else if (!erasure) await write(process.stdout, 'There is nothing of them.\n')
      else {
        await write(
          process.stdout,
          `Erased; the record is erasure ${erasure.id}.\n\n${describeRows(erasure.rows)}\n${describeExports(erasure.exports)}`,
        )
      }
      return 0
    })
  },
}

function describeAgain({ erased, inFlight, unknown }: Awaited<ReturnType<typeof eraseAgain>>): string {
  return [
    `${erased} erased again.\n`,
    inFlight > 0 ? `${inFlight} left: something of theirs is being sent or paid. Try again soon.\n` : '',
    unknown > 0
      ? `${unknown} records were made under a SECRET_KEY that is not known any more: nobody can say whom they name.\n`
      : '',
  ].join('')
}

/** @throws CommandError */
function readRecords(file: string) {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(`${file}: can not be read: ${(error as Error).message}`)
  }
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [record.parse(JSON.parse(line))]
    } catch {
      throw new CommandError(
        `${file}:${index + 1}: no record of an erasure, as "person erasures --json" prints it`,
      )
    }
  })
}
