import fc from 'fast-check'
import twitterText from 'twitter-text'
import { expect, test } from 'vitest'
import { weighText } from '../../src/replies/weigh.ts'

const pieces = fc.constantFrom(
  'We are sorry. ',
  'a.b',
  'shop.example',
  'https://t.co/0123456789',
  '$2.99 ',
  '申し訳ございません。',
  'ﾃｽﾄ',
  'が',
  'か\u3099',
  'é',
  'e\u0301',
  '—',
  '’',
  '…',
  '「',
  '👍',
  '👨‍👩‍👧',
  '🇯🇵',
  '1️⃣',
  '𠮷',
  '\u200b',
  '\n',
  '@mika ',
  '#tag ',
  'x。com',
)

test('words without links and emoji are weighed by hand as X weighs them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 }),
      (parts) => {
        const text = parts.join('').replace(/https?:\/\/(localhost|127)/g, '')
        expect(weighText(text)).toBe(twitterText.parseTweet(text).weightedLength)
      },
    ),
    { numRuns: 5000 },
  )
})
