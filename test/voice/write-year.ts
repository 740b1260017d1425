import { parseArgs } from 'node:util'
import { syntheticYear } from './year.ts'

const HELP = `Writes a synthetic year of contacts to stdout, one JSON object a line, in the order of time.

  node test/voice/write-year.ts [--seed 1] [--contacts 5000000] [--products 1000] [--incidents 50] > year.ndjson

With --planted it writes the planted incidents instead.
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    contacts: { type: 'string', default: '5000000' },
    products: { type: 'string', default: '1000' },
    incidents: { type: 'string', default: '50' },
    planted: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

function* lines(): Generator<string> {
  const { seed, contacts, products, incidents } = values
  const year = syntheticYear({
    seed: Number(seed),
    contacts: Number(contacts),
    products: Number(products),
    incidents: Number(incidents),
  })
  if (values.planted) yield* year.incidents.map((incident) => `${JSON.stringify(incident)}\n`)
  else for (const hour of year.hours()) yield hour.map((contact) => `${JSON.stringify(contact)}\n`).join('')
}

if (values.help) process.stdout.write(HELP)
else {
  for (const line of lines()) {
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}
