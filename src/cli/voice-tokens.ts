import { endContactToken, listContactTokens, makeContactToken, TOKEN_DAYS } from '../store/contact-tokens.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, table, write } from './output.ts'

export const voiceTokenMake: Command = {
  help: `Usage: npm run --silent kikimimi -- voice token make NAME [--texts] [--days N] [--json]

Makes a token for GET /v1/contacts and prints it once; only its hash is kept. Name it after who uses it.

  --texts  it may also read the masked texts, pseudonyms and case numbers
  --days   how long it is valid (default ${TOKEN_DAYS.usual}, at most ${TOKEN_DAYS.most})
  --json   one JSON object: {"id","name","token"}
`,
  async run(args) {
    const { values, positionals } = readArgs(
      args,
      {
        texts: { type: 'boolean', default: false },
        days: { type: 'string', default: String(TOKEN_DAYS.usual) },
      },
      1,
    )
    const name = positionals[0]?.trim() ?? ''
    if (name === '' || name.length > 80)
      throw new UsageError('NAME says who uses it, in 80 characters at most')
    const days = Number(values.days)
    if (!Number.isInteger(days) || days < TOKEN_DAYS.least || days > TOKEN_DAYS.most)
      throw new UsageError(`--days takes ${TOKEN_DAYS.least} to ${TOKEN_DAYS.most}`)
    const made = await withStore(({ store }) =>
      makeContactToken(store, { name, texts: values.texts, days, by: 'command-line' }),
    )
    if (values.json) await printJson({ id: made.id, name, token: made.token })
    else await write(process.stdout, `${made.token}\n`)
    return 0
  },
}

export const voiceTokenList: Command = {
  help: `Usage: npm run --silent kikimimi -- voice token list [--json]

Tokens of GET /v1/contacts that are valid, or ended within the last 90 days.

  --json  one JSON object a line
`,
  async run(args) {
    const { values } = readArgs(args, {})
    const tokens = await withStore(({ store }) => listContactTokens(store))
    if (values.json) for (const token of tokens) await printJson(token)
    else {
      const day = (at: Date | null) => at?.toISOString().slice(0, 10) ?? '–'
      const rows = tokens.map((token) => [
        token.id,
        token.name,
        token.texts ? 'with texts' : 'no texts',
        token.made_by,
        day(token.created_at),
        day(token.used_at),
        token.ended_at ? `ended ${day(token.ended_at)}` : day(token.expires_at),
      ])
      await write(
        process.stdout,
        table(['id', 'name', 'may read', 'made by', 'made', 'last used', 'valid until'], rows),
      )
    }
    return 0
  },
}

export const voiceTokenEnd: Command = {
  help: `Usage: npm run --silent kikimimi -- voice token end ID

Ends a token at once.
`,
  async run(args) {
    const { positionals } = readArgs(args, {}, 1)
    const id = Number(positionals[0])
    if (!Number.isSafeInteger(id) || id < 1)
      throw new UsageError('Which token? "voice token list" has the ids.')
    const ended = await withStore(({ store }) => endContactToken(store, id, 'command-line'))
    if (!ended) throw new CommandError(`There is no valid token ${id}.`)
    await write(process.stdout, `Token ${id} is ended.\n`)
    return 0
  },
}
