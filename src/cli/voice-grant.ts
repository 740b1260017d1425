import { randomBytes } from 'node:crypto'
import {
  currentDatabase,
  grantReader,
  grantStatements,
  isReaderOnly,
  revokeReader,
  roleFacts,
  roleStatement,
} from '../store/contact-readers.ts'
import { scramVerifier } from '../store/scram.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'

const NAME = /^[a-z][a-z0-9_]{0,50}$/

export const voiceGrant: Command = {
  help: `Usage: npm run --silent kikimimi -- voice grant NAME [--print] [--json]

Makes a database role that can read the views of the schema "voice" (docs/voice-contacts.md) and nothing else, and
prints its password once. A role that is there already gets the views, if it can read nothing else of ours.

  --print  only prints the SQL, for a database where roles are made by somebody else; put a password of your own in
  --json   one JSON object: {"role","password","database"}, the password null where the role was there
`,
  async run(args) {
    const { values, positionals } = readArgs(args, { print: { type: 'boolean' } }, 1)
    const role = roleNamed(positionals[0])
    await withStore(async ({ store }) => {
      const database = await currentDatabase(store)
      if (values.print) {
        const all = [roleStatement(role, 'CHOOSE-A-LONG-PASSWORD'), ...grantStatements(role, database)]
        await write(process.stdout, all.map((statement) => `${statement};\n`).join(''))
        return
      }
      const { mayMake, exists } = await roleFacts(store, role)
      if (!mayMake) {
        throw new CommandError(
          `Our database user may not make roles. Have a database administrator run what "voice grant ${role} --print" prints.`,
        )
      }
      if (exists && !(await isReaderOnly(store, role))) {
        throw new CommandError(
          `The role ${JSON.stringify(role)} is there already and can do more than read the views: take another name.`,
        )
      }
      const password = exists ? null : randomBytes(24).toString('base64url')
      await grantReader(store, role, password === null ? null : scramVerifier(password))
      if (values.json) await printJson({ role, password, database })
      else {
        const shown =
          password === null ? 'its password is as it was' : `password ${password} (not shown again)`
        await write(
          process.stdout,
          `Role ${role} reads the views of the schema voice in ${database}; ${shown}.\n`,
        )
      }
    })
    return 0
  },
}

export const voiceRevoke: Command = {
  help: `Usage: npm run --silent kikimimi -- voice revoke NAME

Takes a role that "voice grant" made away again. Connections that it has open end with their next question.
`,
  async run(args) {
    const { positionals } = readArgs(args, {}, 1)
    const role = roleNamed(positionals[0])
    await withStore(async ({ store }) => {
      const { exists } = await roleFacts(store, role)
      if (!exists) throw new CommandError(`There is no role ${JSON.stringify(role)}.`)
      if (!(await isReaderOnly(store, role)))
        throw new CommandError(
          `The role ${JSON.stringify(role)} can do more than read the views: it is not ours to drop.`,
        )
      await revokeReader(store, role)
      await write(process.stdout, `Role ${role} is gone.\n`)
    })
    return 0
  },
}

function roleNamed(name: string | undefined): string {
  if (name === undefined) throw new UsageError('Which role? Such as "voice grant product_team".')
  if (!NAME.test(name) || name.startsWith('pg_'))
    throw new UsageError(
      `${JSON.stringify(name)} is no name for a role: small letters, digits and _, such as product_team`,
    )
  return name
}
