import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { deliver, loadChat, testMessage } from '../voice/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { printJson, write } from './output.ts'

export const chatTest: Command = {
  help: `Usage: npm run --silent kikimimi -- chat test NAME [--json]

Sends one test message to the channel NAME of templates/chat.yaml, and says what the chat answered. Needs the
variables that the file names (CHAT_…_URL and so on) in its environment, and no database.

  --json  one JSON object: {"channel","kind","outcome","reason"}; outcome is "sent", "refused" (the message) or
          "away" (the channel: gone, forbidden, too busy, not reached, not set up)
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const config = loadConfig(process.env)
    const channels = loadChat(join(config.templatesDir, 'chat.yaml'))
    const known = channels.map(({ name }) => name).join(', ') || 'none yet'
    const [name] = positionals
    if (name === undefined) throw new UsageError(`Which channel? There are: ${known}`)
    const channel = channels.find((each) => each.name === name)
    if (!channel)
      throw new CommandError(`No channel of chat.yaml is called ${JSON.stringify(name)}; there are: ${known}`)
    const now = new Date()
    const options = {
      secret: (variable: string) => config.chat.secrets[variable],
      privateHosts: config.chat.privateHosts,
    }
    const delivery = await deliver(channel, testMessage(channel, now), options, now)
    const reason = delivery.outcome === 'sent' ? null : delivery.reason
    if (values.json) await printJson({ channel: name, kind: channel.kind, outcome: delivery.outcome, reason })
    else if (reason === null) await write(process.stdout, `${name}: sent. Look whether it is there.\n`)
    else await write(process.stderr, `${name}: ${reason}\n`)
    return reason === null ? 0 : 1
  },
}
