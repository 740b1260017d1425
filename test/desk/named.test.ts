import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { triagePosts } from '../../src/cases/index.ts'
import { createEntityFinder, createTriage, loadCatalogue, loadTaxonomy } from '../../src/triage/index.ts'
import { TRIAGE_CACHE } from '../support/triage-cache.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const triage = createTriage(loadTaxonomy('templates/taxonomy.yaml'), { cacheDir: TRIAGE_CACHE })
const finder = createEntityFinder(loadCatalogue('templates/catalogue.yaml'))

let desk: TestDesk
let readers: Record<'en' | 'ja', Browser>
beforeAll(async () => {
  desk = await openDesk()
  await desk.store.updateTable('users').set({ language: 'ja' }).where('login', '=', 'agent').execute()
  readers = { en: new Browser(desk.origin), ja: new Browser(desk.origin) }
  await readers.en.signIn('viewer')
  await readers.ja.signIn('agent')
})
afterAll(() => desk.close())

let posts = 0

/** A post that goes through triage as the worker does it. @returns the page of its case */
async function pageOf(text: string, language: 'en' | 'ja' = 'en'): Promise<string> {
  const n = ++posts
  await desk.store
    .insertInto('authors')
    .values({ network: 'x', external_id: `named-${n}`, username: `named${n}`, name: 'Somebody' })
    .execute()
  const { id } = await desk.store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: String(5_000_000 + n),
      source_id: 'x:mentions',
      author_id: `named-${n}`,
      text,
      created_at: new Date('2026-11-18T03:00:00Z'),
      summoned: true,
      media: '[]',
      context: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const [touched] = await triagePosts(desk.store, triage, [id], undefined, (post, said) =>
    finder.find(post.text, { at: post.created_at, timeZone: 'Asia/Tokyo', language: said }),
  )
  const reader = readers[language]
  await reader.get(`/cases/${touched?.id}`)
  return reader.page
}

const namedIn = (page: string) => /<section class="named"[\s\S]*?<\/section>/.exec(page)?.[0] ?? ''
const wordsOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

describe('the page of a case', () => {
  test('lists what the post names, in the reader’s words', async () => {
    const text = 'Order #20418: the Sora kettle for $39.99 arrived broken last Tuesday, I am furious'
    const page = await pageOf(text)
    expect(wordsOf(namedIn(page))).toBe(
      'What is named Order 20418 Product Sora electric kettle, 1 L Amount $39.99 Date last Tuesday = Tue, 17 Nov 2026',
    )
    expect(namedIn(page)).toContain('>20418</code>')
    expect(page).not.toContain('callout shown')
  })

  test('in Japanese too', async () => {
    const page = await pageOf(
      '注文番号：A-10023、そら電気ケトルが壊れて届いた。昨日、1万2千円も払ったのに',
      'ja',
    )
    expect(wordsOf(namedIn(page))).toBe(
      '投稿にある情報 注文番号 A-10023 商品 そら電気ケトル 1L 日付 昨日 = 2026年11月17日(火) 金額 ￥12,000',
    )
  })

  test('says when a post shows personal data to everybody, and does not list it', async () => {
    const page = await pageOf('My parcel is two weeks late! Call 07700 900123 or mail me: jo@example.com')
    expect(page).toContain(
      'This post shows a phone number and a mail address in public. Ask the customer to delete it',
    )
    expect(namedIn(page)).toBe('')
  })

  test('says so in Japanese', async () => {
    const page = await pageOf('荷物がまだ届きません。090-1234-5678に電話ください。最悪です', 'ja')
    expect(page).toContain('この投稿には電話番号が公開されています。お客様に投稿の削除をお願いし')
  })

  test('says nothing of it once the post is deleted', async () => {
    const reader = readers.en
    await pageOf('My parcel is two weeks late! Call me: 07700 900124')
    expect(reader.page).toContain('callout shown')
    const external = String(5_000_000 + posts)
    await desk.store
      .updateTable('posts')
      .set({ deleted_at: new Date() })
      .where('external_id', '=', external)
      .execute()
    const href = /\/cases\/\d+/.exec(reader.page)?.[0]
    await reader.get(href as string)
    expect(reader.page).not.toContain('callout shown')
  })

  test('shows strangers’ words as words, and each thing once', async () => {
    const page = await pageOf(
      'The <b>Sora kettle</b> is broken and late. sora KETTLE! Order "#20418<script>alert(1)</script>" #20418',
    )
    expect(page).not.toContain('<script>alert')
    expect(namedIn(page).match(/<li>/g)).toHaveLength(2)
  })
})
