import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEntityFinder, loadCatalogue, maskPersonalData } from '../../src/triage/index.ts'

const LENGTH = 25_000
const MOST_MS = 50
const finder = createEntityFinder(loadCatalogue('templates/catalogue.yaml'))
const written = { at: new Date('2026-11-18T03:00:00Z'), timeZone: 'Asia/Tokyo', language: 'en' }

/** The fastest of a few runs, so that a busy machine does not fail us. */
function timed(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5 && best > MOST_MS / 2; i++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function check(text: string): void {
  let end = 0
  for (const entity of finder.find(text, written)) {
    expect(entity.start).toBeGreaterThanOrEqual(end)
    expect(entity.end).toBeGreaterThan(entity.start)
    end = entity.end
  }
  expect(end).toBeLessThanOrEqual(text.length)
}

/** Pieces that begin what an expression looks for, and never end it. */
const PIECES = [
  '090-',
  '0',
  '1 ',
  '4111 ',
  '+81 (',
  'a.',
  '@',
  'a@',
  'a@a.',
  ' at ',
  'a dot ',
  ' at a dot ',
  '(at)',
  'order ',
  'order #',
  'order number is ',
  '#',
  '#1',
  'A-1_',
  'ORD-',
  'tracking A1 ',
  '注文番号',
  '注文の',
  '〒',
  '東京都',
  '市',
  '渋谷区神南',
  '1丁目',
  '一',
  '1-',
  '1-2',
  '市1-1',
  'マンション',
  '1 Aaaa ',
  '1 a ',
  '12 rue ',
  'Via Aa ',
  'Aaaastraße ',
  'GB82',
  'GB82 WEST ',
  'account number ',
  '口座番号',
  '銀行',
  '普通',
  'SW1A ',
  'CA 9',
  'zip code ',
  'my name is ',
  'name: a ',
  'Aa ',
  '名前は',
  '田中',
  'さ',
  'サ',
  'と申し',
  '$',
  '¥1,',
  '1,000',
  '1.1',
  '千',
  '1万',
  '12/',
  '1/1 ',
  '2024-',
  'march ',
  'the 3',
  'last ',
  'monday ',
  '3日',
  '先週',
  '令和',
  '1月',
  'casablanca ',
  'カサブランカ',
  'the third ',
  '\u0000',
  '\ud83d',
  '\udc00',
  '\u202e',
  '\u0301',
  '😡',
  ' ',
  '\n',
  '-',
  '.',
  '０',
  'ー',
]

test.each(PIECES.map((piece) => [JSON.stringify(piece), piece]))(
  '25,000 characters of %s are read in time',
  (_, piece) => {
    const text = piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH)
    check(text)
    expect(timed(() => finder.find(text, written))).toBeLessThan(MOST_MS)
    expect(timed(() => maskPersonalData(text))).toBeLessThan(MOST_MS)
  },
)

test('any mixture of such pieces is read in time, and nothing found overlaps', () => {
  const mixtures = fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(mixtures, (pieces) => {
      const text = pieces.join('')
      const long = text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH)
      check(long)
      expect(timed(() => finder.find(long, written))).toBeLessThan(MOST_MS)
      expect(timed(() => maskPersonalData(long))).toBeLessThan(MOST_MS)
    }),
    { numRuns: 120 },
  )
}, 60_000)

test('no characters at all, and any, are read without an exception', () => {
  check('')
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), check), { numRuns: 500 })
  const jumble = fc.array(fc.constantFrom(...PIECES), { maxLength: 80 }).map((pieces) => pieces.join(''))
  fc.assert(fc.property(jumble, check), { numRuns: 500 })
  fc.assert(
    fc.property(jumble, (text) => void maskPersonalData(text)),
    { numRuns: 300 },
  )
})
