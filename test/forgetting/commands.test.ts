import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPseudonyms } from '../../src/voice/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { ACCOUNT, CUSTOMER, columnsWith, PLANTED, plantPerson } from './plant.ts'

const SECRET = 'a secret of at least thirty-two characters'
const dir = mkdtempSync(join(tmpdir(), 'kikimimi-records-'))
let db: TestStore
let env: Record<string, string>
async function plant(store: TestStore['store']) {
  const pseudonyms = await openPseudonyms(store, { secretKey: SECRET, previousSecretKey: null })
  await plantPerson(store, {
    account: ACCOUNT,
    customer: CUSTOMER,
    planted: PLANTED,
    pseudonyms: [
      pseudonyms.of({ network: 'x', id: ACCOUNT }),
      pseudonyms.of({ network: 'shop', id: CUSTOMER }),
    ],
  })
}
beforeAll(async () => {
  db = await createTestStore()
  env = { DATABASE_URL: db.url, PUBLIC_URL: 'https://desk.example', SECRET_KEY: SECRET }
  await plant(db.store)
})
afterAll(() => {
  rmSync(dir, { recursive: true })
  return db.close()
})

test('a person is found, erased only with --yes, and erased again from the printed record', async () => {
  // What was there before: a backup of it.
  const backup = await createTestStore()
  await plant(backup.store)
  const person = (...args: string[]) => runCli(['person', ...args], { env })
  const [found] = (await person('find', `x:@${PLANTED.handle}`, '--json')).lines()
  expect(found).toMatchObject({
    accounts: [{ network: 'x', id: ACCOUNT }],
    customers: [CUSTOMER],
    rows: { posts: 5, mails: 2 },
    inFlight: [],
  })
  const careless = await person('erase', `x:@${PLANTED.handle}`)
  expect(careless.code).toBe(2)
  expect(careless.err).toContain('--yes')
  await db.store.updateTable('refunds').set({ state: 'sending' }).execute()
  const early = await person('erase', `x:@${PLANTED.handle}`, '--yes')
  expect(early.code).toBe(1)
  expect(early.err).toMatch(/refund \d+ \(sending\) must be finished/)
  await db.store.updateTable('refunds').set({ state: 'paid' }).execute()
  const [erased] = (await person('erase', `x:@${PLANTED.handle}`, '--yes', '--json')).lines()
  expect(erased).toMatchObject({ erasure: { rows: { posts: 5 } } })
  expect(await columnsWith(db.store, Object.values(PLANTED))).toEqual([])
  const records = (await person('erasures', '--json')).out
  expect(JSON.parse(records)).toMatchObject({
    by: 'command-line',
    people: [/./, /./].map(() => expect.any(String)),
  })

  try {
    const file = join(dir, 'records.ndjson')
    writeFileSync(file, records)
    const again = await runCli(['person', 'erase', '--again', '--records', file, '--yes', '--json'], {
      env: { ...env, DATABASE_URL: backup.url },
    })
    expect(again.lines()).toEqual([{ erased: 1, inFlight: 0, unknown: 0 }])
    expect(await columnsWith(backup.store, Object.values(PLANTED))).toEqual([])
    writeFileSync(file, '{"at":"yesterday"}\n')
    const wrong = await runCli(['person', 'erase', '--again', '--records', file, '--yes'], { env })
    expect(wrong.err).toContain(`${file}:1: no record`)
  } finally {
    await backup.close()
  }
})
