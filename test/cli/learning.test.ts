import { chmodSync, copyFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeLabel } from '../../src/store/labels.ts'
import { addCase } from '../desk/desk-at-test.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { runCli } from './run-cli.ts'

let db: TestStore
let env: Record<string, string>
let folder: string
let taxonomy: string
let postId: number
const SAID = 'Flumboodle --- grinkles all over my snorvet, mail me at jo@example.com'

beforeAll(async () => {
  db = await createTestStore()
  env = { DATABASE_URL: db.url, PUBLIC_URL: 'https://desk.example' }
  folder = mkdtempSync(join(tmpdir(), 'learning-'))
  taxonomy = join(folder, 'taxonomy.yaml')
  copyFileSync('templates/taxonomy.yaml', taxonomy)
})
afterAll(() => db.close())

const evaluate = (...more: string[]) =>
  runCli(['triage', 'evaluate', '--taxonomy', taxonomy, ...more], { env })
const learn = (...more: string[]) => runCli(['taxonomy', 'learn', '--taxonomy', taxonomy, ...more], { env })

describe('before anybody corrected a code', () => {
  test('evaluating says what to do, and there is nothing to learn', async () => {
    expect((await evaluate()).out).toContain('Change one on a case page')
    const { code, out, err } = await learn()
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain('Nothing to learn')
  })
})

describe('a corrected code', () => {
  beforeAll(async () => {
    await db.store
      .insertInto('sources')
      .values({ id: 'x:mentions', network: 'x', kind: 'mentions' })
      .execute()
    const user = await db.store
      .insertInto('users')
      .values({ name: 'Ann', login: 'ann', password_hash: 'x', role: 'agent' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const made = await addCase(db.store, { text: SAID })
    postId = made.postId
    await storeLabel(db.store, {
      postId,
      code: 'item.listing',
      codes: ['item.listing'],
      source: 'corrected',
      userId: user.id,
    })
  })

  test('counts in the evaluation', async () => {
    const [result] = (await evaluate('--json')).lines()
    expect(result).toMatchObject({ posts: 1, codeAccuracy: 0, byCode: [{ code: 'item.listing', posts: 1 }] })
    const { out } = await evaluate('--wrong')
    expect(out).toMatch(/item\.listing\s+1\s+0\.0 %/)
    // Its language was labelled by nobody.
    expect(out).not.toContain('language')
    expect(out).toContain('[mail]')
    expect(out).not.toContain('jo@example.com')
  })

  test('becomes an example only in a person’s own words, and never silently', {
    timeout: 180_000,
  }, async () => {
    const before = readFileSync(taxonomy, 'utf8')
    const diff = join(folder, 'learn.diff')
    const proposed = await learn()
    expect(proposed.code).toBe(0)
    expect(proposed.out).toContain(`# post ${postId} · item.listing, was read as delivery.late`)
    expect(proposed.out).toContain('[mail]')
    expect(proposed.out).not.toContain('jo@example.com')
    const added = proposed.out.split('\n').filter((line) => line.startsWith('+ '))
    expect(added).toHaveLength(1)
    expect(added[0]).not.toContain('grinkles')

    writeFileSync(diff, proposed.out)
    const unwritten = await learn('--apply', diff)
    expect(unwritten.out).toContain('0 examples')

    writeFileSync(
      diff,
      proposed.out.replace('REWRITE IN YOUR OWN WORDS', 'flumboodle grinkles all over my snorvet!'),
    )
    const copied = await learn('--apply', diff, '--write')
    expect(copied.code).toBe(1)
    expect(copied.err).toContain('is the customer')
    expect(readFileSync(taxonomy, 'utf8')).toBe(before)

    writeFileSync(
      diff,
      proposed.out.replaceAll(`# post ${postId}`, '# post 999').replace('REWRITE IN YOUR', 'my'),
    )
    const strange = await learn('--apply', diff, '--write')
    expect(strange.err).toContain('post 999: nobody labelled it')
    expect(readFileSync(taxonomy, 'utf8')).toBe(before)

    writeFileSync(
      diff,
      proposed.out.replace(
        'REWRITE IN YOUR OWN WORDS',
        'A snorvet covered in grinkles, the page never showed that',
      ),
    )
    const tried = await learn('--apply', diff)
    expect(tried.out).toMatch(/1 examples\. Right on the 1 labelled posts: 0 % now, \d+ % with them\./)
    expect(readFileSync(taxonomy, 'utf8')).toBe(before)
    chmodSync(taxonomy, 0o660)
    expect((await learn('--apply', diff, '--write')).code).toBe(0)
    expect(statSync(taxonomy).mode & 0o777).toBe(0o660)
    expect(readFileSync(taxonomy, 'utf8')).toContain(
      `- A snorvet covered in grinkles, the page never showed that # post ${postId}`,
    )
    expect((await learn()).err).toContain('Nothing to learn')
  })

  test('whose diff does not fit the file any more is refused with what to do', async () => {
    const diff = join(folder, 'other.diff')
    writeFileSync(diff, '--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n nothing like it\n+more\n')
    const { code, err } = await learn('--apply', diff)
    expect(code).toBe(1)
    expect(err).toContain('make a new diff')
  })
})

describe('a file of labelled posts', () => {
  test('is told what is wrong with its lines, and with its codes', async () => {
    const file = join(folder, 'posts.ndjson')
    writeFileSync(file, '{"text":"x"}\n')
    expect((await evaluate('--file', file)).err).toContain(`${file}:1: id: `)
    writeFileSync(file, '{"id":1,"text":"still waiting for my parcel","code":"delivery.lat"}\n')
    expect((await evaluate('--file', file)).err).toContain('has no code delivery.lat')
  })
})

describe('checking a taxonomy', () => {
  test('tells how well each code’s examples are recognised, and which collide', {
    timeout: 180_000,
  }, async () => {
    const [result] = (await runCli(['taxonomy', 'check', '--json'])).lines()
    expect(result.codes).toHaveLength(50)
    expect(result.codes[0]).toMatchObject({ language: 'en', code: 'delivery.late' })
    for (const { code, readAs, examples } of result.collisions) {
      expect(code).not.toBe(readAs)
      expect(examples.length).toBeGreaterThanOrEqual(2)
    }
  })

  test('with a fault says where', async () => {
    const file = join(folder, 'broken.yaml')
    writeFileSync(file, 'version: 1\ncodes: []\n')
    const { code, err } = await runCli(['taxonomy', 'check', file])
    expect(code).toBe(1)
    expect(err).toMatch(/broken\.yaml:\d+:\d+: codes/)
  })
})
