import { describe, expect, test } from 'vitest'
import { loadReplies } from '../../src/replies/index.ts'
import { templatesDir } from './fixtures.ts'

const replies = loadReplies(templatesDir)
const en = { locale: 'en', summoned: true, code: 'delivery.late', severity: 2, authorUsername: 'rick' }
const ja = { ...en, locale: 'ja' }

function failed(text: string, context: Parameters<typeof replies.check>[1]): string[] {
  return replies
    .check(text, context)
    .checks.filter((check) => !check.ok)
    .map((check) => check.rule)
}

test('every rule has examples in both languages that it was proved on', () => {
  const rules = replies.tone.rules.map((rule) => rule.rule)
  expect(rules.slice(0, 5)).toEqual(['lightly', 'emotional', 'blaming', 'running-away', 'putting-off'])
  for (const rule of replies.tone.rules) {
    for (const locale of ['en', 'ja']) {
      expect(rule.examples[locale]?.pass.length, rule.rule).toBeGreaterThan(0)
      expect(rule.examples[locale]?.fail.length, rule.rule).toBeGreaterThan(0)
    }
  }
})

describe('an answer that must not go out fails', () => {
  test.each<[string, string, typeof en]>([
    ['lightly', "It's only a minor delay, sorry!", en],
    ['lightly', '少しの遅れですので、申し訳ございません。', ja],
    ['emotional', 'We are sorry, but please watch your tone.', en],
    ['emotional', '申し訳ございませんが、心外です。', ja],
    ['blaming', "We're sorry, the carrier lost it.", en],
    ['blaming', '申し訳ございません。配送業者のミスです。', ja],
    ['running-away', "We're sorry, please contact the courier directly.", en],
    ['running-away', '申し訳ございません。メーカーへお問い合わせください。', ja],
    ['putting-off', "We're sorry and will get back to you soon.", en],
    ['putting-off', '申し訳ございません。のちほどご連絡します。', ja],
    ['private-data', "We're sorry; ¥1,200 is on its way.", en],
    ['private-data', '申し訳ございません。1200円をお返しします。', ja],
    ['asks-in-public', 'Sorry! Tell us your order number, please.', en],
    ['asks-in-public', '申し訳ございません。ご住所をお知らせください。', ja],
    ['third-party-mention', 'Sorry! @courier will know.', en],
    ['foreign-link', 'Sorry! See http://bit.ly/x', en],
    ['wrong-language', '申し訳ございません。', en],
    ['wrong-language', "We're sorry.", ja],
    ['leftovers', "We're sorry, {{ customer.name }}.", en],
  ])('%s: %s', (rule, text, context) => {
    expect(failed(text, context)).toContain(rule)
  })
})

test('a failed check says what is wrong and which words are', () => {
  const check = replies
    .check('Sorry! You should have checked.', en)
    .checks.find(({ rule }) => rule === 'blaming')
  expect(check).toMatchObject({ ok: false, hard: true })
  expect(check?.why).toContain('Look for the cause instead')
  expect(check?.why).toContain('"You should have"')
})

test('a promise with a time is not putting it off', () => {
  expect(failed("We're sorry. We'll look into it and answer within two hours.", en)).toEqual([])
  expect(failed('申し訳ございません。担当部署に伝え、本日中にお返事いたします。', ja)).toEqual([])
})

test('the customer and we ourselves may be mentioned', () => {
  expect(failed('@Rick sorry! Write to @hinata_shop by direct message.', en)).toEqual([])
})

test('only a complaint needs an apology', () => {
  expect(failed('Thank you for the idea.', { ...en, code: 'feedback.suggestion', severity: 1 })).toEqual([])
  expect(failed('We will send it again today.', en)).toEqual(['lightly'])
  expect(failed('We will send it again today.', { ...en, severity: 0 })).toEqual([])
})

test('an edited text is weighed and priced as X does', () => {
  const linked = 'Sorry. https://hinata.example.com/contact'
  expect(replies.check(linked, { ...en, summoned: false })).toMatchObject({
    weightedLength: 'Sorry. '.length + 23,
    costMicroUsd: 200_000,
    fits: true,
  })
  expect(replies.check('あ'.repeat(141), ja)).toMatchObject({
    weightedLength: 282,
    fits: false,
    costMicroUsd: 10_000,
  })
  expect(failed('', en)).toContain('length')
})
