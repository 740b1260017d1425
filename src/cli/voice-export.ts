import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { beginExport, endExport } from '../store/contact-exports.ts'
import { type Contact, eachContactPage } from '../store/contacts.ts'
import { contactsCsv, contactsParquet } from '../voice/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { write } from './output.ts'

const DAY = /^\d{4}-\d{2}-\d{2}$/

export const voiceExport: Command = {
  help: `Usage: npm run --silent kikimimi -- voice export --from DATE --to DATE [--format csv|parquet] [--out FILE] [--texts]

Coded contacts for other departments, a row for every post about us, playback failure, refund and correction, in the order
of their time. docs/voice-contacts.md describes every column.

  --from, --to  UTC days (2026-11-01, both counted)
  --format      csv (the default) or parquet
  --out         a file; default: standard output
  --texts       also the masked texts, pseudonyms and case numbers

Each export is written down with its span, so that whoever erases a person knows of it.
`,
  async run(args) {
    const { values } = readArgs(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      format: { type: 'string', default: 'csv' },
      out: { type: 'string' },
      texts: { type: 'boolean', default: false },
    })
    const { format, texts, out } = values
    if (format !== 'csv' && format !== 'parquet')
      throw new UsageError(`--format takes csv or parquet, not ${JSON.stringify(format)}`)
    const from = dayOf('--from', values.from)
    const to = new Date(dayOf('--to', values.to).getTime() + 86_400_000)
    if (from >= to) throw new UsageError('--from is after --to')
    if (format === 'parquet' && out === undefined && process.stdout.isTTY)
      throw new UsageError('A Parquet file is nothing for a terminal: --out FILE')
    await withStore(async ({ store }) => {
      const id = await beginExport(store, { by: 'command-line', format, from, to, texts })
      let count = 0
      const counted = async function* (pages: AsyncIterable<Contact[]>) {
        for await (const page of pages) {
          count += page.length
          yield page
        }
      }
      const pages = counted(eachContactPage(store, { from, to }, { texts }))
      const chunks = format === 'csv' ? contactsCsv(pages, texts) : contactsParquet(pages, texts)
      if (out === undefined) await pipeline(Readable.from(chunks), process.stdout, { end: false })
      else await writeWhole(out, chunks)
      await endExport(store, id, count)
      await write(process.stderr, `${count} contacts\n`)
    })
    return 0
  },
}

/** A file that stands under its name is whole. */
async function writeWhole(file: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  const begun = `${file}.part`
  try {
    await pipeline(Readable.from(chunks), createWriteStream(begun, { mode: 0o600 }))
    await rename(begun, file)
  } catch (error) {
    await rm(begun, { force: true })
    throw new CommandError(`--out: ${(error as Error).message}`)
  }
}

function dayOf(name: string, text: string | undefined): Date {
  const day = new Date(`${text}T00:00:00Z`)
  if (text !== undefined && DAY.test(text) && day.toJSON()?.startsWith(text)) return day
  throw new UsageError(
    `${name} takes a day such as 2026-11-01${text === undefined ? '' : `, not ${JSON.stringify(text)}`}`,
  )
}
