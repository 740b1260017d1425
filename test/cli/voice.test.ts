import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findContactToken } from '../../src/store/contact-tokens.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { addPost, keepAll } from '../voice/contacts-at-test.ts'
import { runCli } from './run-cli.ts'

const ROLE = `department_${process.pid}_${Date.now()}`
let db: TestStore
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  db = await createTestStore()
  folder = await mkdtemp(join(tmpdir(), 'kikimimi-voice-'))
  env = { DATABASE_URL: db.url }
  await addPost(db.store, {
    text: '=HYPERLINK("http://evil.example";"refund")',
    at: new Date('2026-11-02T23:59:59.999Z'),
  })
  await addPost(db.store, {
    text: 'second line\n+1 of "mine", まだ届かない',
    at: new Date('2026-11-03T00:00:00.000Z'),
  })
  await addPost(db.store, { text: 'too late', at: new Date('2026-11-04T00:00:00.000Z') })
  await keepAll(db.store)
})
afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true })
})

const voice = (...args: string[]) => runCli(['voice', ...args], { env })

describe('voice export', () => {
  test('writes CSV of whole days, without texts unless told, and is written down', async () => {
    const { code, out, err } = await voice('export', '--from', '2026-11-02', '--to', '2026-11-03')
    expect(err).toBe('2 contacts\n')
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\r\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^id,kind,at,day,network,/)
    expect(lines[0]).not.toMatch(/text|person|case_id/)
    expect(lines[1]).toContain('2026-11-02T23:59:59.999Z,2026-11-02,x')
    const [noted] = await db.store.selectFrom('contact_exports').selectAll().execute()
    expect(noted).toMatchObject({ format: 'csv', texts: false, contacts: 2, made_by: 'command-line' })
  })

  test('guards a spreadsheet against formulas in texts', async () => {
    const { out } = await voice('export', '--from', '2026-11-02', '--to', '2026-11-03', '--texts')
    expect(out).toContain(`"'=HYPERLINK(""`)
    expect(out).toContain('"second line\n+1 of ""mine"", まだ届かない"')
  })

  test('writes Parquet with types, into a file that is whole once it has its name', async () => {
    const file = join(folder, 'contacts.parquet')
    const { code } = await voice(
      'export',
      '--from',
      '2026-11-01',
      '--to',
      '2026-11-30',
      '--format',
      'parquet',
      '--texts',
      '--out',
      file,
    )
    expect(code).toBe(0)
    expect(await readdir(folder)).toEqual(['contacts.parquet'])
    const bytes = await readFile(file)
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    })
    expect(rows).toHaveLength(3)
    expect(rows[1]).toMatchObject({
      at: new Date('2026-11-03T00:00:00.000Z'),
      day: '2026-11-03',
      severity: 1,
      open: true,
      refund_minor: null,
      text: 'second line\n+1 of "mine", まだ届かない',
    })
  })

  test('writes a Parquet file without rows where there are none', async () => {
    const file = join(folder, 'empty.parquet')
    await voice('export', '--from', '2020-01-01', '--to', '2020-01-01', '--format', 'parquet', '--out', file)
    const bytes = await readFile(file)
    expect(
      await parquetReadObjects({
        file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      }),
    ).toEqual([])
  })

  test.each([
    [['--from', '2026-11-31', '--to', '2026-12-01']],
    [['--from', '2026-12-02', '--to', '2026-12-01']],
    [['--to', '2026-12-01']],
    [['--from', '2026-11-01', '--to', '2026-11-02', '--format', 'xlsx']],
  ])('%j is wrong usage', async (args) => {
    expect((await voice('export', ...args)).code).toBe(2)
  })
})

test('voice grant makes a role that reads the views, and voice revoke takes it away', async () => {
  const granted = await voice('grant', ROLE, '--json')
  expect(granted.err).toBe('')
  const { password } = granted.lines()[0]
  const client = new pg.Client({ connectionString: db.url.replace(/\/\/[^@]*@/, `//${ROLE}:${password}@`) })
  await client.connect()
  try {
    expect((await client.query('select count(*)::int as n from contacts')).rows).toEqual([{ n: 3 }])
    await expect(client.query('select * from public.posts')).rejects.toThrow('permission denied')
  } finally {
    await client.end()
  }
  expect((await voice('grant', ROLE, '--json')).lines()[0].password).toBeNull()
  expect((await voice('revoke', ROLE)).code).toBe(0)
  const again = await voice('revoke', ROLE)
  expect([again.code, again.err]).toEqual([1, `There is no role "${ROLE}".\n`])
})

test('voice grant does not touch a role that can do more, nor a name that is none', async () => {
  const owner = new URL(db.url).username
  const refused = await voice('grant', owner)
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('can do more than read the views')
  expect((await voice('grant', 'x"; drop table posts; --')).code).toBe(2)
  const printed = await voice('grant', 'product_team', '--print')
  expect(printed.out).toContain('create role "product_team" login nosuperuser')
})

test('tokens are made, listed without themselves, and ended', async () => {
  const { out } = await voice('token', 'make', 'Quality team')
  const token = out.trim()
  const found = await findContactToken(db.store, token)
  expect(found).toMatchObject({ name: 'Quality team', texts: false })
  const listed = await voice('token', 'list')
  expect(listed.out).toContain('Quality team')
  expect(listed.out).not.toContain(token)
  expect((await voice('token', 'end', String(found?.id))).code).toBe(0)
  expect(await findContactToken(db.store, token)).toBeNull()
  expect((await voice('token', 'end', String(found?.id))).code).toBe(1)
})
