import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { parquetReadObjects } from 'hyparquet'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contactRoutes } from '../../src/http/contacts.ts'
import { grantReader, isReaderOnly, revokeReader } from '../../src/store/contact-readers.ts'
import { makeContactToken } from '../../src/store/contact-tokens.ts'
import { eachContactPage } from '../../src/store/contacts.ts'
import { scramVerifier } from '../../src/store/scram.ts'
import { contactsCsv, contactsParquet } from '../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { PLANTED, readPlanted } from '../triage/planted.ts'
import { addPost, addRefund, addSession, keepAll, SECRET } from './contacts-at-test.ts'
import { HIDDEN_PEOPLE, readHidden } from './planted-people.ts'

const ROLE = `reader_${process.pid}_${Date.now()}`
const AUTHOR = { username: 'very_private_handle', name: '月見里 花子', authorId: '778899001122' }
const CUSTOMER = 'cus_private_77'

let db: TestStore
let planted: string[]
/** What leaves the house, by the way it leaves. */
const gone = new Map<string, string>()
let reader: pg.Client

beforeAll(async () => {
  db = await createTestStore()
  const texts = HIDDEN_PEOPLE.map(readHidden)
  const more = [...PLANTED.en, ...PLANTED.ja].map((marked) => {
    const read = readPlanted(marked)
    return { text: read.text, all: read.planted.map((each) => each.text) }
  })
  planted = [...texts.map((each) => each.planted), ...more.flatMap((each) => each.all)]
  for (const { text } of [...texts, ...more]) await addPost(db.store, { text })
  await addPost(db.store, {
    ...AUTHOR,
    text: '月見里です。very_private_handleに連絡ください。花子より',
    language: 'ja',
  })
  await addSession(db.store, { customerId: CUSTOMER })
  await addRefund(db.store, { customerId: CUSTOMER, kind: 'playback' })
  planted.push(
    '月見里',
    '花子',
    AUTHOR.username,
    AUTHOR.authorId,
    CUSTOMER,
    'order-1',
    'line-1',
    'sid-1',
    'pay_1',
    SECRET,
  )
  await keepAll(db.store)

  await grantReader(db.store, ROLE, scramVerifier("it's a test"))
  reader = new pg.Client({
    connectionString: db.url.replace(/\/\/[^@]*@/, `//${ROLE}:${encodeURIComponent("it's a test")}@`),
  })
  await reader.connect()

  for (const view of ['contacts', 'complaints', 'refunds', 'corrections', 'counts_by_day', 'codes']) {
    gone.set(`view ${view}`, JSON.stringify((await reader.query(`select * from voice.${view}`)).rows))
  }
  const pages = () => eachContactPage(db.store, {}, { texts: true, pageSize: 50 })
  gone.set('CSV', (await collected(contactsCsv(pages(), true))).join(''))
  gone.set('Parquet', JSON.stringify(await rowsOf(contactsParquet(pages(), true)), big))
  gone.set('JSON', JSON.stringify(await callAll(db)))
}, 120_000)

afterAll(async () => {
  await reader?.end()
  await revokeReader(db.store, ROLE)
  await db.close()
})

describe('personal data of many kinds, in English and Japanese', () => {
  test.each([
    'view contacts',
    'view complaints',
    'view refunds',
    'view corrections',
    'view counts_by_day',
    'view codes',
    'CSV',
    'Parquet',
    'JSON',
  ])('is nowhere in what leaves by %s', (way) => {
    const text = gone.get(way) as string
    expect(
      planted.filter((each) => text.includes(each) || text.includes(JSON.stringify(each).slice(1, -1))),
    ).toEqual([])
  })

  test('is not there in digits or letters that are only dressed otherwise', () => {
    const plain = (text: string) =>
      text
        .normalize('NFKC')
        .replace(/[^\p{L}\p{N}]/gu, '')
        .toLowerCase()
    const texts = (JSON.parse(gone.get('JSON') as string) as { text: string | null }[]).map(({ text }) =>
      plain(text ?? ''),
    )
    const left = planted
      .map(plain)
      .filter((each) => each.length >= 7 && texts.some((text) => text.includes(each)))
    expect(left).toEqual([])
  })

  test('takes no more than itself: what the customer said is still there', () => {
    const texts = JSON.parse(gone.get('JSON') as string) as { text: string | null }[]
    const said = texts.map(({ text }) => text)
    expect(said).toContain('I spoke to [name] for an hour')
    expect(said).toContain('隣の[name]さんに渡された')
    expect(said).toContain('注文番号[order]が届かない')
    expect(texts).toHaveLength(HIDDEN_PEOPLE.length + PLANTED.en.length + PLANTED.ja.length + 3)
  })
})

describe('the read-only role', () => {
  test('reads the views', async () => {
    const { rows } = await reader.query('select count(*)::int as n from contacts where code = $1', [
      'packaging.damage',
    ])
    expect(rows[0].n).toBeGreaterThan(100)
    expect(await isReaderOnly(db.store, ROLE)).toBe(true)
  })

  test('reads no table of ours', async () => {
    const { rows } = await sql<{ name: string }>`
      select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'voice')
        and n.nspname not like 'pg\\_%'`.execute(db.store)
    expect(rows.length).toBeGreaterThan(60)
    for (const { name } of rows) {
      await expect(reader.query(`select * from ${name} limit 1`), name).rejects.toThrow('permission denied')
    }
  })

  test('changes nothing, also where it leaves its read-only mode, and makes nothing', async () => {
    await reader.query('set default_transaction_read_only = off')
    for (const statement of [
      "update voice.contacts set code = 'x'",
      'delete from voice.contacts',
      'insert into voice.codes (code) values (1)',
      'truncate public.contacts',
      'create table public.mine (a int)',
      'create table voice.mine (a int)',
      'create role friend',
      "copy public.posts to '/tmp/posts'",
      "select pg_read_file('/etc/passwd')",
      "insert into public.contacts_to_do (what, ref) values ('post', '1')",
    ])
      await expect(reader.query(statement), statement).rejects.toThrow(/permission denied|cannot|must be/)
  })
})

/** Through HTTP, page by page, with a token that may read texts. */
async function callAll({ store }: TestStore): Promise<unknown[]> {
  const server = createServer(express().use('/v1/contacts', contactRoutes(store)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { token } = await makeContactToken(store, {
      name: 'test',
      texts: true,
      days: 1,
      by: 'command-line',
    })
    const { port } = server.address() as { port: number }
    const contacts: unknown[] = []
    for (let after = ''; ; ) {
      const answer = await fetch(
        `http://127.0.0.1:${port}/v1/contacts?limit=50${after && `&after=${after}`}`,
        {
          headers: { authorization: `Bearer ${token}` },
        },
      )
      const page = (await answer.json()) as { contacts: unknown[]; next: string | null }
      contacts.push(...page.contacts)
      if (page.next === null) return contacts
      after = page.next
    }
  } finally {
    server.close()
  }
}

async function rowsOf(chunks: AsyncIterable<Uint8Array>) {
  const whole = Buffer.concat(await collected(chunks))
  return parquetReadObjects({
    file: whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength) as ArrayBuffer,
  })
}

function big(_key: string, value: unknown) {
  return typeof value === 'bigint' ? Number(value) : value
}

async function collected<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const part of parts) all.push(part)
  return all
}
