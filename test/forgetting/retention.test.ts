import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetBatch, type Kept, listForgotten } from '../../src/store/retention.ts'
import { loadRetention } from '../../src/voice/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { smallTemplates } from '../support/small-templates.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { ACCOUNT, CUSTOMER, columnsWith, PLANTED, plantPerson } from './plant.ts'

const SHIPPED = 'templates/retention.yaml'

let db: TestStore
let planted: Awaited<ReturnType<typeof plantPerson>>
beforeAll(async () => {
  db = await createTestStore()
  planted = await plantPerson(db.store, {
    account: ACCOUNT,
    customer: CUSTOMER,
    planted: PLANTED,
    pseudonyms: ['a', 'b'],
  })
})
afterAll(() => db.close())

async function forgetAll(days: Partial<Record<Kept, number>>) {
  for (const [what, each] of Object.entries(days) as [Kept, number][]) {
    while ((await forgetBatch(db.store, what, each)) > 0);
  }
}

const EVERYTHING: Record<Kept, number> = loadRetention(SHIPPED).days as Record<Kept, number>

test('what is young, or belongs to an open case, stays', async () => {
  const before = await columnsWith(db.store, Object.values(PLANTED))
  await forgetAll(EVERYTHING)
  expect(await columnsWith(db.store, Object.values(PLANTED))).toEqual(before)
  expect(await listForgotten(db.store)).toEqual([])
  // Everything was written a second ago: only the open case keeps it now.
  await age('2 days')
  await forgetBatch(db.store, 'posts', 1)
  await forgetBatch(db.store, 'answers', 1)
  const post = await db.store
    .selectFrom('posts')
    .select('text')
    .where('id', '=', planted.postId)
    .executeTakeFirst()
  expect(post?.text).toContain(PLANTED.words)
})

test('what is over its time goes, in bounded batches, and Operations knows what went when', async () => {
  const { store } = db
  await sql`update cases set state = 'closed', closed_at = now()`.execute(store)
  await forgetAll(
    Object.fromEntries(Object.keys(EVERYTHING).map((what) => [what, 1])) as Record<Kept, number>,
  )
  const left = await columnsWith(store, Object.values(PLANTED))
  const tables = [...new Set(left.map((name) => name.split('.')[0]))]
  for (const gone of [
    'posts',
    'triages',
    'drafts',
    'replies',
    'case_notes',
    'mails',
    'authors',
    'contacts',
    'quarantine',
    'model_answers',
    'cmcd_reports',
    'streaming_sessions',
    'letter_voices',
    'image_cache',
  ])
    expect(tables).not.toContain(gone)
  const forgotten = await listForgotten(store)
  expect(forgotten.find(({ what }) => what === 'mails')).toMatchObject({ today: 2, month: 2 })
  const day = (
    await sql<{ deleted_at: Date | null }>`select deleted_at from posts where id = ${planted.postId}`.execute(
      store,
    )
  ).rows[0]
  // It was not deleted on the network: only its words are gone here.
  expect(day).toEqual({ deleted_at: null })
})

test('a batch is bounded, and leaves alone what somebody else holds', async () => {
  const { store } = db
  await sql`
    insert into dead_letters (queue, ref, error, attempts, state, last_failed_at)
    select 'triage', 'old-' || n, 'words', 1, 'resolved', now() - interval '9 days' from generate_series(1, 700) n`.execute(
    store,
  )
  const { id } = await store
    .selectFrom('dead_letters')
    .select('id')
    .where('ref', '=', 'old-700')
    .executeTakeFirstOrThrow()
  await store.transaction().execute(async (trx) => {
    await sql`select 1 from dead_letters where id = ${id} for update`.execute(trx)
    expect(await forgetBatch(store, 'deadLetters', 5)).toBe(500)
    expect(await forgetBatch(store, 'deadLetters', 5)).toBe(199)
    expect(await forgetBatch(store, 'deadLetters', 5)).toBe(0)
  })
  expect(await forgetBatch(store, 'deadLetters', 5)).toBe(1)
})

describe('templates/retention.yaml', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-retention-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  test('ships with a time for everything that can be forgotten', () => {
    const { days, lookAgain } = loadRetention(SHIPPED)
    expect(Object.values(days).every((each) => each !== null && each <= 1100)).toBe(true)
    expect(lookAgain).toEqual({ afterMs: 20 * 3600_000, dailyMicroUsd: 5_000_000 })
  })

  test.each([
    ['mails: 400', 'mails: 0', /:\d+:10: days\.mails: at least 1 day/],
    ['mails: 400', 'mials: 400', /days\.?m?a?i?l?s?: .*/],
    ['afterHours: 20', 'afterHours: 48', /:\d+:15: lookAgain\.afterHours: the platforms want/],
    ['dailyUsd: 5', 'dailyUsd: -1', /:\d+:13: lookAgain\.dailyUsd:/],
  ])('says where %s became %s', (right, wrong, fault) => {
    const file = join(dir, 'retention.yaml')
    writeFileSync(file, readFileSync(SHIPPED, 'utf8').replace(right, wrong))
    expect(() => loadRetention(file)).toThrow(fault)
  })

  test('is looked through by templates check', async () => {
    const templates = smallTemplates({ 'retention.yaml': 'days: {}\n' })
    try {
      const { code, err } = await runCli(['templates', 'check', templates.dir])
      expect(code).toBe(1)
      expect(err).toMatch(/retention\.yaml:1:\d+: days\.posts/)
    } finally {
      templates.remove()
    }
  })
})

/** Sets back the clocks of everything that has a time. */
async function age(by: string) {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and data_type = 'timestamp with time zone'
      and is_generated = 'NEVER' and table_name not in ('audit_log', 'ledger_entries', 'author_links', 'erasures')`.execute(
    db.store,
  )
  await db.store.transaction().execute(async (trx) => {
    await sql`select set_config('kikimimi.forgetting', 'on', true)`.execute(trx)
    for (const { table, column } of rows)
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sql.ref(column)} - ${by}::interval`.execute(
        trx,
      )
  })
}
