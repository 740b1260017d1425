import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetCounts } from '../../src/store/inbox-counts.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let reader: Browser
beforeAll(async () => {
  desk = await openDesk()
  reader = new Browser(desk.origin)
  await reader.signIn('agent')
})
afterAll(() => desk.close())

const shownIds = (page: string) =>
  [...page.matchAll(/<h2><a href="\/cases\/(\d+)"/g)].map((match) => Number(match[1]))

async function found(q: string, more = ''): Promise<number[]> {
  await reader.get(`/?view=all&q=${encodeURIComponent(q)}${more}`)
  return shownIds(reader.page)
}

describe('a search', () => {
  test('finds Japanese words in sentences without spaces, single characters too', async () => {
    const { caseId } = await addCase(desk.store, {
      text: '昨日届いた麒麟の箱がつぶれてました',
      language: 'ja',
    })
    for (const q of ['麒麟', '麟の箱', '箱', 'つぶれて']) expect(await found(q)).toEqual([caseId])
    for (const q of ['麒の', '箱麒', '麒麟児']) expect(await found(q)).toEqual([])
  })

  test('takes half and full width, upper and lower case for the same', async () => {
    const { caseId } = await addCase(desk.store, {
      text: 'ｶﾒﾗのレンズＡＢＣ－９９が割れてる',
      language: 'ja',
    })
    for (const q of ['カメラ', 'abc-99', 'ＡＢＣ', 'ｶﾒﾗ']) expect(await found(q)).toEqual([caseId])
  })

  test('wants every word, in any order', async () => {
    const { caseId } = await addCase(desk.store, { text: 'The zebra mug came cracked' })
    expect(await found('cracked ZEBRA')).toEqual([caseId])
    expect(await found('cracked giraffe')).toEqual([])
  })

  test('finds the author by name and handle', async () => {
    const { caseId } = await addCase(desk.store, { name: '山田 花子', username: 'hanako_yamada' })
    for (const q of ['山田', 'hanako_y', '花子']) expect(await found(q)).toEqual([caseId])
  })

  test('finds the order that a case is about though no post names it', async () => {
    const { caseId, postId } = await addCase(desk.store)
    await desk.store
      .insertInto('refund_events')
      .values({ key: 'search-1', kind: 'complaint', case_id: caseId, post_id: postId, order_id: 'HN-44817' })
      .execute()
    expect(await found('hn-44817')).toEqual([caseId])
    expect(await found('HN-4481')).toEqual([])
  })
})

describe('filters', () => {
  test('by feeling, product and person stand in the address, and each can be taken off', async () => {
    const { caseId, postId } = await addCase(desk.store, { text: 'The kettle is lovely' })
    await addCase(desk.store, { text: 'The kettle again' })
    const entities = [
      { kind: 'product', start: 4, end: 10, id: 'kettle-1', name: { en: 'Kettle', ja: 'ケトル' } },
    ]
    await sql`update triages set entities = ${JSON.stringify(entities)}::jsonb where post_id = ${postId}`.execute(
      desk.store,
    )
    const me = await desk.store
      .selectFrom('users')
      .select('id')
      .where('login', '=', 'agent')
      .executeTakeFirst()
    await desk.store
      .updateTable('cases')
      .set({ sentiment: 'positive', assignee_id: me?.id ?? null })
      .where('id', '=', caseId)
      .execute()
    for (const query of ['sentiment=positive', 'product=kettle-1', 'assignee=me', `assignee=${me?.id}`]) {
      await reader.get(`/?${query}`)
      expect(shownIds(reader.page)).toEqual([caseId])
    }
    await reader.get('/?assignee=nobody')
    expect(shownIds(reader.page)).not.toContain(caseId)
    await reader.get('/?sentiment=positive&assignee=me')
    const chips = [...reader.page.matchAll(/<li><a href="([^"]+)"><span class="dim">/g)].map(
      (match) => match[1],
    )
    expect(chips).toEqual(['/?assignee=me', '/?sentiment=positive'])
  })

  test('what rests is hidden, counted apart, and shown when asked for', async () => {
    const { caseId } = await addCase(desk.store, { language: 'und' })
    await desk.store
      .updateTable('cases')
      .set({ snoozed_until: new Date(Date.now() + 3_600_000) })
      .where('id', '=', caseId)
      .execute()
    forgetCounts(desk.store)
    await reader.get('/?language=und')
    expect(shownIds(reader.page)).toEqual([])
    expect(reader.page).toContain('1 rests until later')
    await reader.get('/?language=und&snoozed=yes')
    expect(shownIds(reader.page)).toEqual([caseId])
    await desk.store
      .updateTable('cases')
      .set({ snoozed_until: new Date(Date.now() - 1000) })
      .where('id', '=', caseId)
      .execute()
    await reader.get('/?language=und')
    expect(shownIds(reader.page)).toEqual([caseId])
  })
})

test('within one minute and severity the wider reach comes first', async () => {
  const cases = []
  for (let n = 0; n < 3; n++) cases.push((await addCase(desk.store, { severity: 3 })).caseId)
  for (const [n, followers] of [5, 90_000, 300].entries()) {
    await sql`update authors set followers = ${followers} from cases
      where cases.id = ${cases[n]} and authors.external_id = cases.author_id`.execute(desk.store)
  }
  // Reach is read again with each post.
  await sql`update cases set last_post_at = now(), due_at = '2026-01-01T00:00:30Z' where severity = 3`.execute(
    desk.store,
  )
  await reader.get('/')
  expect(shownIds(reader.page).slice(0, 3)).toEqual([cases[1], cases[2], cases[0]])
})
