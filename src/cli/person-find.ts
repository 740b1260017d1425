import type { PersonFound } from '../store/erase-person.ts'
import { findPerson, openPseudonyms, type PersonName, readPersonName } from '../voice/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, table, write } from './output.ts'

export const personFind: Command = {
  help: `Usage: npm run --silent kikimimi -- person find WHO [--json]

What there is of one person, table by table, and what stands in the way of erasing them. Changes nothing.

  WHO     x:@handle, x:ACCOUNT_ID, shop:CUSTOMER_ID, case:12, or the pseudonym in a contact (a1b2c3.…)

  --json  one JSON object: {"accounts":[{"network","id"}],"customers","since","rows":{TABLE: COUNT},
          "inFlight":[{"kind","id","state"}],"exports":[{"id","at","by","format","texts"}]}; null where nobody is found
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const name = readName(positionals[0])
    const found = await withStore(async ({ store, config }) =>
      findPerson(store, await openPseudonyms(store, config), name),
    )
    if (values.json) await printJson(found && toJson(found))
    else if (!found) await write(process.stdout, 'There is nothing of them.\n')
    else await write(process.stdout, describe(found))
    return 0
  },
}

/** @throws UsageError */
export function readName(given: string | undefined): PersonName {
  if (given === undefined)
    throw new UsageError('WHO is missing: x:@handle, shop:CUSTOMER_ID, case:12 or a pseudonym')
  const name = readPersonName(given)
  if (!name) {
    throw new UsageError(
      `${JSON.stringify(given)} names nobody: use x:@handle, x:ACCOUNT_ID, shop:CUSTOMER_ID, case:12 or a pseudonym`,
    )
  }
  return name
}

/** @throws CommandError that says what to wait for */
export function refuseInFlight(inFlight: readonly { kind: string; id: number; state: string }[]): never {
  const what = inFlight.map(
    ({ kind, id, state }) => `${kind} ${kind === 'reply' ? `of case ${id}` : id} (${state})`,
  )
  throw new CommandError(
    `Nothing was erased: ${what.join(', ')} must be finished or called off first. The desk shows them; then try again.`,
  )
}

export function describeRows(rows: Readonly<Record<string, number>>): string {
  return table(['TABLE', 'ROWS'], Object.entries(rows))
}

export function describeExports(exports: PersonFound['exports']): string {
  if (exports.length === 0) return 'No export that was made may hold them.\n'
  return `Exports that may hold them (by their pseudonym); tell who keeps them:\n${table(
    ['ID', 'AT', 'BY', 'FORMAT', 'TEXTS'],
    exports.map((each) => [each.id, each.at, each.by, each.format, each.texts ? 'yes' : 'no']),
  )}`
}

function describe({ person, rows, inFlight, exports, since }: PersonFound): string {
  const who = [
    ...person.accounts.map(({ network, authorId }) => `${network}:${authorId}`),
    ...person.customers.map((id) => `shop:${id}`),
  ]
  const waits = inFlight.map(({ kind, id, state }) => `${kind} ${id} (${state})`).join(', ')
  return [
    `${who.join(', ')}${since ? `, known since ${since.toISOString()}` : ''}\n\n`,
    describeRows(rows),
    `\n${describeExports(exports)}`,
    waits === '' ? '' : `\nTo be finished or called off first: ${waits}\n`,
  ].join('')
}

function toJson({ person, rows, inFlight, exports, since }: PersonFound) {
  return {
    accounts: person.accounts.map(({ network, authorId }) => ({ network, id: authorId })),
    customers: person.customers,
    since,
    rows,
    inFlight,
    exports,
  }
}
