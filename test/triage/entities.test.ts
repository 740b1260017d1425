import { describe, expect, test } from 'vitest'
import { createEntityFinder, EMPTY_CATALOGUE, type Entity, loadCatalogue } from '../../src/triage/index.ts'

const catalogue = loadCatalogue('templates/catalogue.yaml')
const finder = createEntityFinder(catalogue)
/** A Wednesday noon in Tokyo. */
const WEDNESDAY = new Date('2026-11-18T03:00:00Z')

function find(
  text: string,
  { at = WEDNESDAY, timeZone = 'Asia/Tokyo', language = /[ぁ-ん]/.test(text) ? 'ja' : 'en' } = {},
) {
  return finder.find(text, { at, timeZone, language })
}

function only<K extends Entity['kind']>(kind: K, found: Entity[]) {
  return found.filter((entity): entity is Extract<Entity, { kind: K }> => entity.kind === kind)
}

describe('order numbers', () => {
  test.each([
    ['Where is #12345?', '12345'],
    ['order 114-1234567-1234567 never came', '114-1234567-1234567'],
    ['114-1234567-1234567 never came', '114-1234567-1234567'],
    ['ordered two bags, got one. order ord_5012', 'ord_5012'],
    ['ORD-2024-000123 is stuck', 'ORD-2024-000123'],
    ['Order no. 20418, still nothing', '20418'],
    ['my order number is: ABC12345XY', 'ABC12345XY'],
    ['order ID 4155550132', '4155550132'],
    ['invoice INV-2024-77 is wrong', 'INV-2024-77'],
    ['注文番号：A-10023 が届きません', 'A-10023'],
    ['注文番号は１２３４５６です', '123456'],
    ['ご注文番号「250-1234567-1234567」の件', '250-1234567-1234567'],
    ['オーダー番号 0312345678 です', '0312345678'],
    ['注文 20418 まだですか', '20418'],
  ])('%s', (text, number) => {
    expect(find(text).filter((entity) => entity.kind === 'order')).toMatchObject([{ text: number }])
  })

  test.each([
    'I paid $12345 for it',
    'ordered 5000 yen worth, order 5000 yen more',
    'order 2 books or order 24 cans',
    'in order 2024 was a good year #2024',
    'order 12/03/2024 or 2024-03-12',
    'the WH-1000XM5 and iPhone 15 and iOS 17.4.1',
    'call 07700 900123 or 090-1234-5678',
    'flight #6353 and the colour #0C2340',
    '注文してから10日、1980円、2024年',
    '注文3回目、注文12345円分',
    '型番 DSC-RX100M7 です',
  ])('none in: %s', (text) => {
    expect(only('order', find(text))).toEqual([])
  })

  test("a carrier's number is told apart", () => {
    const found = find('order 20418, tracking 123456789012')
    expect(found).toMatchObject([
      { kind: 'order', text: '20418' },
      { kind: 'tracking', text: '123456789012' },
    ])
  })
})

describe('names of the catalogue', () => {
  test.each([
    ['my SORA kettle leaks', 'kettle-sora'],
    ['two Sora kettles', 'kettle-sora'],
    ['ｿﾗ電気ｹﾄﾙが壊れた', 'kettle-sora'],
    ['ソラ電気ケトルが壊れた', 'kettle-sora'],
    ['りんごジュース　２４缶を注文', 'juice-apple-24'],
    ['新米コシヒカリ5kg届いた', 'rice-koshi-5'],
    ['“the gardener’s year” is torn', 'book-garden-year'],
    ['watched casablanca, it froze', 'film-casablanca'],
    ["Casablanca's sound is gone", 'film-casablanca'],
    ['ｶｻﾌﾞﾗﾝｶが止まる', 'film-casablanca'],
    ['『こころ』が破れてた', 'book-kokoro'],
    ['#ココロ が届かない', 'book-kokoro'],
  ])('%s', (text, id) => {
    expect(find(text)).toMatchObject([{ id }])
  })

  test.each([
    'casablancan weather',
    'こころから感謝します',
    'カサブランカリリーの花束',
    'セラミックヒーターズ',
    'the third manager I spoke to',
  ])('none in: %s', (text) => {
    expect(find(text).filter((entity) => entity.kind === 'product' || entity.kind === 'title')).toEqual([])
  })

  test('the longest name wins, and digits count', () => {
    expect(find('apple juice, 24 cans')).toMatchObject([
      { id: 'juice-apple-24', text: 'apple juice, 24 cans' },
    ])
    expect(find('apple juice, 12 cans')).toMatchObject([{ id: 'juice-apple-24', text: 'apple juice' }])
    const phones = createEntityFinder({
      ...EMPTY_CATALOGUE,
      products: ['13', '14'].map((n) => ({ id: n, name: { en: `Sky ${n}`, ja: `スカイ${n}` }, aliases: [] })),
    })
    const written = { at: WEDNESDAY, timeZone: 'UTC', language: 'en' }
    expect(phones.find('the sky 14 is late, スカイ１３ too, sky 15 not', written)).toMatchObject([
      { id: '14', text: 'sky 14' },
      { id: '13', text: 'スカイ１３' },
    ])
  })

  test('a shop without a catalogue finds no names, and all else', () => {
    const bare = createEntityFinder(loadCatalogue('no/such/catalogue.yaml'))
    const found = bare.find('Casablanca for $2.99', { at: WEDNESDAY, timeZone: 'UTC', language: 'en' })
    expect(found).toMatchObject([{ kind: 'amount', amountMinor: 299, currency: 'USD' }])
  })
})

describe('amounts', () => {
  test.each([
    ['$12.99', 1299, 'USD'],
    ['12.99 USD', 1299, 'USD'],
    ['USD 12.99', 1299, 'USD'],
    ['US$1,234.56', 123456, 'USD'],
    ['A$20', 2000, 'AUD'],
    ['£5', 500, 'GBP'],
    ['€3,50', 350, 'EUR'],
    ['3,50 €', 350, 'EUR'],
    ['€1.234,56', 123456, 'EUR'],
    ['$1.5k', 150_000, 'USD'],
    ['20 bucks', 2000, 'USD'],
    ['5000 yen', 5000, 'JPY'],
    ['1,980円', 1980, 'JPY'],
    ['¥1980', 1980, 'JPY'],
    ['￥１２，８００', 12_800, 'JPY'],
    ['3千円', 3000, 'JPY'],
    ['1万2千円', 12_000, 'JPY'],
    ['1万2000円', 12_000, 'JPY'],
    ['1.5万円', 15_000, 'JPY'],
    ['三千五百円', 3500, 'JPY'],
    ['20ドル', 2000, 'USD'],
  ])('%s', (text, amountMinor, currency) => {
    expect(find(`だから ${text} 、払った`, { language: 'ja' })).toMatchObject([
      { amountMinor, currency, text },
    ])
  })

  test('what $ and ¥ mean is the catalogue’s to say', () => {
    const elsewhere = createEntityFinder({ ...EMPTY_CATALOGUE, currencies: { $: 'AUD', '¥': 'CNY' } })
    const found = elsewhere.find('$5 or ¥30', { at: WEDNESDAY, timeZone: 'UTC', language: 'en' })
    expect(found).toMatchObject([
      { amountMinor: 500, currency: 'AUD' },
      { amountMinor: 3000, currency: 'CNY' },
    ])
  })

  test.each(['$TSLA', '5 % off', '数千円', '12.99', '円形のテーブル', '1080p'])('none in: %s', (text) => {
    expect(only('amount', find(text))).toEqual([])
  })
})

describe('dates', () => {
  test.each([
    ['since 2026-11-01', '2026-11-01'],
    ['came yesterday', '2026-11-17'],
    ['the day before yesterday', '2026-11-16'],
    ['last Tuesday', '2026-11-17'],
    ['last Wednesday', '2026-11-11'],
    ['since Monday', '2026-11-16'],
    ['this Friday', '2026-11-20'],
    ['next Monday', '2026-11-23'],
    ['3 days ago', '2026-11-15'],
    ['two weeks ago', '2026-11-04'],
    ['on Nov 3rd', '2026-11-03'],
    ['12th of March 2024', '2024-03-12'],
    ['on 25/11', '2026-11-25'],
    ['2026年3月12日', '2026-03-12'],
    ['令和6年3月1日', '2024-03-01'],
    ['11月3日に注文', '2026-11-03'],
    ['１１／３に注文した', '2026-11-03'],
    ['昨日届いた', '2026-11-17'],
    ['おとといの夜', '2026-11-16'],
    ['先週の火曜に', '2026-11-10'],
    ['来週の金曜日', '2026-11-27'],
    ['この前の土曜', '2026-11-14'],
    ['3日前に頼んだ', '2026-11-15'],
    ['2週間前の注文', '2026-11-04'],
    ['20日に届くはず', '2026-11-20'],
    ['来月3日', '2026-12-03'],
  ])('%s is %s', (text, date) => {
    expect(only('date', find(text)).map((entity) => entity.date)).toEqual([date])
  })

  test.each([
    ['next Friday', 'said on a Wednesday: this one, or the one after'],
    ['on Tuesday', 'the last or the coming one'],
    ['due 12/03', 'in Tokyo nobody knows who writes the month first'],
    ['on the 3rd', 'as far back as ahead'],
    ['it broke on March 12', 'this year’s or the next'],
    ['two months ago', 'no day'],
    ['先週の日曜に', 'weeks begin on Sunday or on Monday'],
    ['火曜に届く', 'the last or the coming one'],
  ])('%s stays open: %s', (text) => {
    expect(only('date', find(text)).map((entity) => entity.date)).toEqual([null])
  })

  test.each([
    'open 24/7',
    'got 1/2 of it',
    '5/5 stars',
    '3-4 days',
    '3 days late',
    '3日待ってる',
    '1日3回',
    'v1.2.3',
  ])('none in: %s', (text) => {
    expect(only('date', find(text))).toEqual([])
  })

  test('days end at midnight of the brand', () => {
    const at = new Date('2026-11-18T20:00:00Z')
    const day = (timeZone: string) => only('date', find('today', { at, timeZone })).map(({ date }) => date)
    expect(day('Asia/Tokyo')).toEqual(['2026-11-19'])
    expect(day('America/New_York')).toEqual(['2026-11-18'])
  })

  test('the brand’s home says which number is the month', () => {
    const day = (timeZone: string) => only('date', find('on 12/11', { timeZone })).map(({ date }) => date)
    expect(day('America/New_York')).toEqual(['2026-12-11'])
    expect(day('Europe/London')).toEqual(['2026-11-12'])
  })
})

test('places are those of the original text, in order; personal data is not repeated', () => {
  const text =
    '名前は山田太郎です。注文番号：Ａ−１００２３、１，９８０円、昨日。電話は０９０−１２３４−５６７８'
  const found = find(text)
  expect(found.map((entity) => [entity.kind, text.slice(entity.start, entity.end)])).toEqual([
    ['name', '山田太郎'],
    ['order', 'Ａ−１００２３'],
    ['amount', '１，９８０円'],
    ['date', '昨日'],
    ['phone', '０９０−１２３４−５６７８'],
  ])
  expect(JSON.stringify(found)).not.toMatch(/山田|5678|５６７８/)
})
