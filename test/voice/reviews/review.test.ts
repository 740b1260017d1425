import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { storeContactCodes } from '../../../src/store/contacts.ts'
import type { Store } from '../../../src/store/database.ts'
import { voicesBehind } from '../../../src/store/review-counts.ts'
import { storeOrderDays } from '../../../src/store/shop-orders.ts'
import {
  keepOrders,
  plusDays,
  reviewCsv,
  reviewHtml,
  reviewMarkdown,
  reviewOf,
  sheetOf,
} from '../../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { addContacts, keepAllCounts, noon, spanNamed, ZONE } from './reviews-at-test.ts'

const NOW = new Date('2026-11-25T03:00:00Z')
const CODES = [
  { code: 'delivery.late', name: { en: 'Late delivery', ja: '配送の遅れ' }, department: 'logistics' },
  { code: 'item.defective', name: { en: 'Defective', ja: '不良品' }, department: 'quality' },
]

let db: TestStore
let store: Store
beforeAll(async () => {
  db = await createTestStore()
  store = db.store
})
afterAll(() => db?.close())
beforeEach(async () => {
  await sql`truncate contacts, contact_codes, review_days, review_stale, review_zone, shop_order_days cascade`.execute(
    store,
  )
  await storeContactCodes(store, CODES)
})

const week = (name: string, more: object = {}) =>
  reviewOf(store, { span: spanNamed(name), zone: ZONE, now: NOW, ...more })

/** The same number of contacts on a day of each week. */
async function history(weeks: number, count: number, code = 'delivery.late') {
  for (let n = 1; n <= weeks; n++)
    await addContacts(store, count, { at: noon(plusDays('2026-11-18', -7 * n)), code })
}

describe('the review of a week', () => {
  test('counts the codes of exactly this week of the company, refunds and corrections apart', async () => {
    await addContacts(store, 3, { at: noon('2026-11-16') })
    await addContacts(store, 1, { at: new Date('2026-11-15T15:00:00.000Z') })
    await addContacts(store, 1, { at: new Date('2026-11-15T14:59:59.999Z') })
    await addContacts(store, 1, { at: new Date('2026-11-22T15:00:00.000Z') })
    await addContacts(store, 2, {
      at: noon('2026-11-17'),
      kind: 'playback',
      code: 'item.defective',
      text: null,
    })
    await addContacts(store, 1, { at: noon('2026-11-17'), kind: 'correction' })
    const refund = { at: noon('2026-11-17'), kind: 'refund', outcome: 'refunded' } as const
    await addContacts(store, 2, { ...refund, refund_minor: 300, refund_currency: 'USD' })
    await addContacts(store, 1, { ...refund, refund_minor: 440, refund_currency: 'JPY' })
    await addContacts(store, 1, { ...refund, outcome: 'reversed', refund_minor: 900, refund_currency: 'JPY' })
    const review = await week('2026-W47')
    expect(review.lines.map(({ code, contacts }) => [code, contacts])).toEqual([
      ['delivery.late', 4],
      ['item.defective', 2],
    ])
    expect(review.lines[0]?.refunds).toEqual([
      { code: 'delivery.late', currency: 'JPY', refunds: 1, minor: 440 },
      { code: 'delivery.late', currency: 'USD', refunds: 2, minor: 600 },
    ])
    expect(review.total.refunds.map(({ currency, minor }) => [currency, minor])).toEqual([
      ['JPY', 440],
      ['USD', 600],
    ])
    expect(review.total.before?.count).toBe(1)
  })

  test('says of a jump that it is more than chance, and of a wobble that it is not', async () => {
    await history(30, 40)
    await history(30, 40, 'item.defective')
    await addContacts(store, 43, { at: noon('2026-11-18') })
    await addContacts(store, 95, { at: noon('2026-11-18'), code: 'item.defective' })
    await keepAllCounts(store, NOW)
    const review = await week('2026-W47')
    const held = (code: string) => review.lines.find((line) => line.code === code)?.before
    expect(held('item.defective')).toMatchObject({ count: 40, verdict: 'more' })
    expect(held('delivery.late')).toMatchObject({ count: 40, verdict: 'noise' })
    expect(held('item.defective')?.low).toBeGreaterThan(1.2)
    expect(review.knowsSpread).toBe(true)
    const words = reviewMarkdown(sheetOf(review, 'en'))
    expect(words).toMatch(/\+138 % · more than chance \(95 %: \\?\+\d+ % to \\?\+\d+ % · was 40\)/)
    expect(words).toContain('within what chance does')
    expect(reviewMarkdown(sheetOf(review, 'ja'))).toContain('偶然の範囲内')
  })

  test('does not take for news what weeks of this code do all the time', async () => {
    for (let n = 1; n <= 40; n++) {
      const count = n % 2 === 0 ? 20 : 70
      await addContacts(store, count, { at: noon(plusDays('2026-11-18', -7 * n)) })
    }
    await addContacts(store, 100, { at: noon('2026-11-18') })
    await keepAllCounts(store, NOW)
    const after = await week('2026-W47')
    // Dice alone would call 70 → 100 real.
    expect(after.lines[0]?.before).toMatchObject({ count: 70, verdict: 'noise' })
    await sql`delete from review_days`.execute(store)
    expect((await week('2026-W47')).lines[0]?.before?.chance).toBeLessThan(0.05)
  })

  test('holds it against the same week a year before, and says where nothing was recorded then', async () => {
    await addContacts(store, 5, { at: noon('2026-11-10') })
    await addContacts(store, 5, { at: noon('2026-11-18') })
    const young = await week('2026-W47')
    expect(young.gaps).toEqual({ before: null, yearBefore: 'not-yet' })
    expect(young.lines[0]?.yearBefore).toBeNull()
    expect(sheetOf(young, 'en').notes).toContainEqual(
      expect.stringContaining('2025-W47: nothing was recorded by then'),
    )
    await addContacts(store, 1, { at: noon('2025-01-10') })
    expect((await week('2026-W47')).gaps.yearBefore).toBe('empty')
    await addContacts(store, 4, { at: noon('2025-11-20') })
    expect((await week('2026-W47')).lines[0]?.yearBefore).toMatchObject({ count: 4, verdict: 'noise' })
  })

  test('knows rates only where the shop told the orders of every day, and never for a language', async () => {
    await addContacts(store, 6, { at: noon('2026-11-18'), region: 'JP-13' })
    await addContacts(store, 2, { at: noon('2026-11-18'), region: null })
    const days = Array.from({ length: 7 }, (_, n) => plusDays('2026-11-16', n))
    await storeOrderDays(
      store,
      days.slice(1).map((day) => ({ day, orders: [{ country: 'JP', orders: 100 }] })),
    )
    expect((await week('2026-W47')).total.rate).toBeNull()
    await storeOrderDays(store, [{ day: '2026-11-16', orders: [{ country: 'US', orders: 200 }] }])
    const review = await week('2026-W47')
    expect(review.orders).toBe(800)
    expect(review.total.rate).toBeCloseTo(10)
    const inJapan = await week('2026-W47', { filter: { country: 'JP', language: null } })
    expect(inJapan.orders).toBe(600)
    expect(inJapan.total.rate).toBeCloseTo(10)
    expect(inJapan.unplaced).toBe(2)
    const inEnglish = await week('2026-W47', { filter: { country: null, language: 'en' } })
    expect(inEnglish.total).toMatchObject({ contacts: 8, rate: null })
    expect(sheetOf(inEnglish, 'en').notes.join()).toContain('Orders have no language')
  })

  test('asks the shop for days that it has not told, and leaves alone one that can not tell', async () => {
    const asked: string[][] = []
    const shop = {
      orderCounts: async (from: string, to: string) => {
        asked.push([from, to])
        return [{ day: to, country: 'JP', orders: 5 }]
      },
      ordersSince: async () => [],
    }
    while (await keepOrders(store, ZONE, shop, NOW));
    expect(asked[0]).toEqual(['2026-10-25', '2026-11-24'])
    expect(await keepOrders(store, ZONE, shop, NOW)).toBe(false)
    expect(asked).toHaveLength(13)
    await sql`truncate shop_order_days cascade`.execute(store)
    expect(await keepOrders(store, ZONE, { ...shop, orderCounts: async () => null }, NOW)).toBe(false)
    await addContacts(store, 1, { at: noon('2026-11-18') })
    expect((await week('2026-W47')).total.rate).toBeNull()
  })

  test('counts a renamed code under its new name with its past, and a removed one under its old', async () => {
    await addContacts(store, 4, { at: noon('2026-11-10'), code: 'late' })
    await addContacts(store, 2, { at: noon('2026-11-18'), code: 'late' })
    await addContacts(store, 3, { at: noon('2026-11-18') })
    await addContacts(store, 1, { at: noon('2026-11-18'), code: 'item.defective' })
    await storeContactCodes(store, [{ ...(CODES[0] as (typeof CODES)[0]), formerly: ['late'] }])
    const review = await week('2026-W47')
    expect(review.lines).toMatchObject([
      { code: 'delivery.late', contacts: 5, formerly: ['late'], before: { count: 4 } },
      { code: 'item.defective', contacts: 1, name: { en: 'Defective', state: 'removed' } },
    ])
    expect(review.total.contacts).toBe(6)
    const words = reviewMarkdown(sheetOf(review, 'en'))
    expect(words).toContain('formerly late')
    expect(words).toContain('no longer in the taxonomy')
    const behind = await voicesBehind(
      store,
      {
        from: review.span.from,
        to: review.span.to,
        filter: { country: null, language: null },
        code: 'delivery.late',
        product: null,
        refunds: false,
      },
      { before: null, limit: 10 },
    )
    expect(behind).toHaveLength(5)
  })

  test('tells how long the first answer took, and the products behind a code', async () => {
    const at = noon('2026-11-18')
    for (const seconds of [60, 120, 600, 601]) await addContacts(store, 1, { at, first_answer_s: seconds })
    await addContacts(store, 1, { at })
    await addContacts(store, 2, { at, product_id: 'p1', product_name: 'Kettle' })
    const { total, lines } = await week('2026-W47')
    expect(total.answers).toMatchObject({ posts: 7, answered: 4, medianS: 360, withinTenMinutes: 3 })
    expect(lines[0]?.things).toEqual([
      { code: 'delivery.late', productId: 'p1', productName: 'Kettle', contacts: 2 },
    ])
  })

  test('says of a future week that it has not begun, and of an empty one that nothing was recorded', async () => {
    await addContacts(store, 1, { at: noon('2026-11-03') })
    const future = await week('2026-W49')
    expect(future.counted).toBeNull()
    expect(sheetOf(future, 'en')).toMatchObject({
      facts: [],
      tables: [],
      notes: [expect.stringContaining('not begun')],
    })
    const empty = sheetOf(await week('2026-W47'), 'en')
    expect(empty.notes.join()).toContain('Not one contact was recorded')
    expect(empty.notes.join()).toContain('2026-W46 holds no contacts at all')
    expect(empty.tables).toEqual([])
  })

  test('counts a week that runs until now and holds it against the same part of the one before', async () => {
    await addContacts(store, 2, { at: noon('2026-11-23') })
    await addContacts(store, 3, { at: noon('2026-11-16') })
    await addContacts(store, 9, { at: noon('2026-11-20') })
    const review = await week('2026-W48')
    expect(review.total).toMatchObject({ contacts: 2, before: { count: 3 }, rate: null })
    expect(sheetOf(review, 'en').notes[0]).toContain('still runs')
  })

  test('of a department shows the codes that it owns', async () => {
    await addContacts(store, 2, { at: noon('2026-11-18') })
    await addContacts(store, 3, { at: noon('2026-11-18'), code: 'item.defective' })
    const review = await week('2026-W47', { department: 'quality' })
    expect(review.lines.map(({ code }) => code)).toEqual(['item.defective'])
    expect(review.total.contacts).toBe(3)
  })
})

test('the report escapes whatever a voice, a product or a code says', async () => {
  const evil = '<script>alert(1)</script> [x](http://evil.example) | `y`\n# Not a heading'
  await addContacts(store, 1, {
    at: noon('2026-11-18'),
    text: evil,
    code: 'x"><i>',
    product_id: '=cmd()',
    product_name: '=1+1',
  })
  const review = await week('2026-W47', { voices: 3 })
  const html = reviewHtml(sheetOf(review, 'en'))
  expect(html).not.toContain('<script>')
  expect(html).toContain('&lt;script&gt;alert(1)')
  expect(html).not.toContain('<i>')
  expect(html).not.toMatch(/(src|href)="https?:/)
  const markdown = reviewMarkdown(sheetOf(review, 'en'))
  expect(markdown).toContain('\\<script\\>')
  expect(markdown).toContain('> \\# Not a heading')
  expect(markdown).not.toContain('[x](http://')
  expect(reviewCsv(review)).toContain("'=cmd():1")
})
