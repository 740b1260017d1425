import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestStore, type TestStore } from '../support/store.ts'
import { until } from '../support/until.ts'
import { PLANTED, readPlanted } from '../triage/planted.ts'

const posts = [...PLANTED.en, ...PLANTED.ja].map((marked, index) => ({
  ...readPlanted(marked),
  id: String(7000 + index),
  author: `writer${index}`,
}))
const told = { id: '6999', text: 'My order #20418, the Sora kettle for $39.99, came broken yesterday.' }

let db: TestStore
let folder: string
beforeAll(async () => {
  db = await createTestStore()
  folder = await mkdtemp(join(tmpdir(), 'kikimimi-personal-'))
})
afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true, force: true })
})

test('what people tell of themselves stands in their post alone: not in logs, metrics or what was found', async () => {
  const file = join(folder, 'posts.ndjson')
  const created_at = '2026-11-18T03:00:00Z'
  const lines = [{ ...told, author: 'teller' }, ...posts].map(({ id, author, text }) =>
    JSON.stringify({ id, author, created_at, text: `${text} (it never came, I am angry)` }),
  )
  await writeFile(file, `${lines.join('\n')}\n`)
  const child = spawn(process.execPath, ['src/main.ts', '--replay', file, '--speed', 'max'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATA_DIR: folder,
      DATABASE_URL: db.url,
      LOG_LEVEL: 'trace',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exit = new Promise((done) => child.once('exit', done))
  let metrics = ''
  try {
    await until('all posts are triaged and drafted', allDrafted, 60_000)
    const port = /The page: http:\/\/localhost:(\d+)/.exec(output)?.[1]
    metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  } finally {
    child.kill('SIGTERM')
    await exit
  }
  expect(output).toContain('"msg":"triaged"')
  expect(metrics).toContain('kikimimi_')
  const entities = await db.store.selectFrom('triages').select('entities').execute()
  const found = JSON.stringify(entities)
  for (const { planted } of posts) {
    for (const { kind, text } of planted) {
      // first names are words of many texts
      if (kind === 'name' && text.length < 4) continue
      for (const place of [output, metrics, found]) expect(place).not.toContain(text)
    }
  }
}, 90_000)

test('what a post names is stored with it, its days counted in the brand’s time zone', async () => {
  const { entities } = await db.store
    .selectFrom('triages')
    .innerJoin('posts', 'posts.id', 'triages.post_id')
    .select('entities')
    .where('posts.external_id', '=', told.id)
    .executeTakeFirstOrThrow()
  expect(entities).toMatchObject([
    { kind: 'order', text: '20418' },
    { kind: 'product', id: 'kettle-sora' },
    { kind: 'amount', amountMinor: 3999, currency: 'USD' },
    { kind: 'date', text: 'yesterday', date: '2026-11-17' },
  ])
})

async function allDrafted(): Promise<boolean> {
  const { count } = await db.store
    .selectFrom('posts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '<>', 'new')
    .executeTakeFirstOrThrow()
  const waiting = await db.store
    .selectFrom('cases')
    .select('id')
    .where('needs_draft_since', 'is not', null)
    .execute()
  return count === posts.length + 1 && waiting.length === 0
}
