import { describe, expect, test } from 'vitest'
import { anonymise } from '../../src/triage/index.ts'
import { HIDDEN_PEOPLE, readHidden } from '../voice/planted-people.ts'

test.each(HIDDEN_PEOPLE)('%s', (marked) => {
  const { text, planted } = readHidden(marked)
  const masked = anonymise(text)
  expect(masked).not.toContain(planted)
  expect(masked).toMatch(
    /\[(?:phone|mail|card|account|address|postcode|name|order|number|handle|link|born)\]/,
  )
  expect(anonymise(masked)).toBe(masked)
})

describe('what stays', () => {
  test.each([
    'it cost $1,234.56 and then 12,800 yen on 2024-03-12, 03/12/2024 at 10:30',
    'waited from 09:00-17:30, 3 days of nothing, app version 12.0.1.4567 crashes',
    'the WH-1000XM5 and the DSC-RX100M7 broke',
    'Amazon Prime Support said so, thank you.',
    '24時間365日対応、１０個入り、②個だけ届いた',
    'お客様や皆様、店員さん、ヤマトさん、業者さん、お母さんには同様の模様です',
    '配達員さんが玄関に放り投げていた。パン屋さん、神様、運営側さん、会社様',
    '仕様が変わった様子。お疲れ様です、ごちそうさま、お陰様で',
    '箱が壊れた様です。届く様にしてください',
    '😀👨‍👩‍👧 family pack',
    '',
  ])('%s', (text) => {
    expect(anonymise(text)).toBe(text)
  })
})

test('names that the writer is known by are found as words, not within others', () => {
  const names = ['Will', 'misaki_0101', '美咲', 'a', '12']
  expect(anonymise('Will you? Willing, will misaki_0101 or MISAKI_0101', { names })).toBe(
    '[name] you? Willing, will [name] or [name]',
  )
  expect(anonymise('美咲です。a 12', { names })).toBe('[name]です。a 12')
})

test('a number that goes on after one that was found is found too', () => {
  expect(anonymise('+44 7700 900789 1234567890123')).not.toMatch(/\d{4}/)
})

test('time grows with length only, whatever stands in it', () => {
  const long = ['a', '1 ', 'zero ', 'a.', 'a-', 'Mr A', '太', 'a @', '0-', 'a1', 'ア', '@', 'www.', '１'].map(
    (part) => part.repeat(8_000 / part.length),
  )
  const started = performance.now()
  for (const text of long) anonymise(text)
  expect(performance.now() - started).toBeLessThan(long.length * 400)
})
