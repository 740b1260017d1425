import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeContactCodes } from '../../src/store/contacts.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { addContacts, noon } from '../voice/reviews/reviews-at-test.ts'
import { runCli } from './run-cli.ts'

let db: TestStore
beforeAll(async () => {
  db = await createTestStore()
  await storeContactCodes(db.store, [
    { code: 'delivery.late', name: { en: 'Late delivery', ja: '配送の遅れ' }, department: 'logistics' },
  ])
  await addContacts(db.store, 3, { at: noon('2026-01-07'), region: 'JP', text: 'まだ<届きません>' })
  await addContacts(db.store, 2, { at: noon('2026-01-08'), region: 'US' })
})
afterAll(() => db?.close())

const review = (...args: string[]) => runCli(['voice', 'review', ...args], { env: { DATABASE_URL: db.url } })

test('writes a review as HTML, Markdown, CSV and JSON, in the language asked for', async () => {
  const html = await review('--week', '2026-W02', '--in', 'ja')
  expect(html).toMatchObject({ code: 0, err: '' })
  expect(html.out).toMatch(/^<!doctype html>\n<html lang="ja">/)
  expect(html.out).toContain('2026-W02週の振り返り')
  expect(html.out).toContain('まだ&lt;届きません&gt;')
  const markdown = await review('--day', '2026-01-07', '--format', 'md', '--in', 'en')
  expect(markdown.out).toContain('| Late delivery (delivery.late) | 3 |')
  const csv = await review('--week', '2026-W02', '--format', 'csv', '--country', 'JP')
  expect(csv.out.split('\r\n')[1]).toMatch(/^2026-W02,.*,JP,,delivery\.late,.*,3,0,/)
  const [json] = (await review('--week', '2026-W02', '--json')).lines()
  expect(json).toMatchObject({
    total: { contacts: 5, rate: null },
    lines: [{ code: 'delivery.late', contacts: 5 }],
  })
})

test('says of a future week that it has not begun', async () => {
  const { code, out } = await review('--week', '2999-W01', '--format', 'md', '--in', 'en')
  expect(code).toBe(0)
  expect(out).toContain('It has not begun yet')
  expect(out).not.toContain('## ')
})

test.each([
  [['--week', '2026-W60'], '--week takes a week'],
  [['--day', '2026-W02'], '--day takes a day'],
  [['--week', '2026-W02', '--day', '2026-01-07'], 'do not go together'],
  [['--format', 'pdf'], 'html, md or csv'],
  [['--country', 'Japan'], '--country takes something like JP'],
])('refuses %j', async (args, message) => {
  const { code, err } = await review(...args)
  expect(code).toBe(2)
  expect(err).toContain(message)
})
