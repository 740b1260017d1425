import { createSignInLink } from '../desk/index.ts'
import { ROLES } from '../desk/roles.ts'
import { type Command, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'

export const userInvite: Command = {
  help: `Usage: npm run --silent kikimimi -- user invite [--role ROLE] [--json]

Prints a link that works once, within 24 hours: who opens it chooses a name, a login and a password. For those who
locked themselves out; everybody else is invited in the desk, under People.

  --role ROLE  ${ROLES.join(', ')} (default: admin)
  --json       one JSON object: {"role","link"}

The link starts with PUBLIC_URL.
`,
  async run(args) {
    const { values } = readArgs(args, { role: { type: 'string', default: 'admin' } })
    const role = ROLES.find((each) => each === values.role)
    if (!role)
      throw new UsageError(`There is no role ${JSON.stringify(values.role)}; roles: ${ROLES.join(', ')}`)
    const link = await withStore(({ store, config }) => createSignInLink(store, config, role))
    if (values.json) await printJson({ role, link })
    else await write(process.stdout, `${link}\n`)
    return 0
  },
}
