import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { calm, clockOf, formatPrice, formatSeconds } from '../../src/desk/format.ts'
import { loadDictionary, translate } from '../../src/desk/i18n.ts'
import { markReasons } from '../../src/desk/mark-reasons.ts'
import { translateReason } from '../../src/desk/reason-words.ts'
import { localPath } from '../../src/desk/visit.ts'
import { formatMoney } from '../../src/money.ts'

const VIEWS = new URL('../../src/desk/views/', import.meta.url)

function keysOf(language: 'en' | 'ja') {
  return Object.entries(loadDictionary(language)).flatMap(([section, words]) =>
    Object.keys(words).map((word) => `${section}.${word}`),
  )
}

describe('the page’s own words', () => {
  test('have the same keys in English and Japanese', () => {
    expect(keysOf('ja')).toEqual(keysOf('en'))
  })

  test('have the same places to fill in both languages', () => {
    const places = (language: 'en' | 'ja') => {
      const dictionary = loadDictionary(language)
      return keysOf(language).map((key) => {
        const dot = key.indexOf('.')
        const phrase = dictionary[key.slice(0, dot)]?.[key.slice(dot + 1)]
        const text = typeof phrase === 'string' ? phrase : (phrase?.other ?? '')
        return `${key} ${[...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()}`
      })
    }
    expect(places('ja')).toEqual(places('en'))
  })

  test('are all there for every phrase that a view asks for', () => {
    const known = new Set(keysOf('en'))
    const asked = readdirSync(VIEWS).flatMap((name) => {
      const view = readFileSync(new URL(name, VIEWS), 'utf8')
      return [...view.matchAll(/'([\w-]+\.[\w-]+)' \| t\b/g)].map((match) => match[1] as string)
    })
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
  })

  test('count as the language counts', () => {
    expect(translate('en', 'inbox.posts', { count: 1 })).toBe('1 post')
    expect(translate('en', 'inbox.posts', { count: 2 })).toBe('2 posts')
    expect(translate('ja', 'inbox.posts', { count: 1 })).toBe('投稿1件')
  })
})

test('money is written the way its reader writes it, whatever its minor unit', () => {
  expect(formatMoney(299, 'USD', 'en')).toBe('$2.99')
  expect(formatMoney(440, 'JPY', 'en')).toBe('¥440')
  expect(formatMoney(440, 'JPY', 'ja')).toBe('￥440')
  expect(formatPrice(200_000)).toBe('$0.200')
})

test('the clock of a case turns from calm to soon to late', () => {
  const since = new Date('2026-11-22T00:00:00Z')
  const due = new Date('2026-11-22T00:10:00Z')
  const at = (minute: number) => clockOf('en', since, due, new Date(since.getTime() + minute * 60_000))
  expect(at(2)).toMatchObject({ level: 'calm', text: '8 min left', passed: 20 })
  expect(at(7)).toMatchObject({ level: 'soon', text: '3 min left' })
  expect(at(13)).toMatchObject({ level: 'late', text: '3 min over', passed: 100 })
})

test('deciding words are marked once, and places outside the post mark nothing', () => {
  const reasons = [
    { kind: 'word', text: 'crushed', start: 7, end: 14, code: 'packaging.damage', weight: 3 },
    { kind: 'word', text: 'box crushed', start: 3, end: 14, weight: 1 },
    { kind: 'word', text: 'far', start: 90, end: 99, weight: 9 },
  ]
  expect(markReasons('My box crushed!', reasons, (reason) => reason.code ?? reason.kind)).toEqual([
    { text: 'My box ', why: null },
    { text: 'crushed', why: 'packaging.damage · word' },
    { text: '!', why: null },
  ])
})

test('a way back never leads to another host', () => {
  expect(localPath('/cases/3?x=1')).toBe('/cases/3?x=1')
  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    '',
    null,
  ]) {
    expect(localPath(bad)).toBe('/')
  }
})

test('words can not turn the page around or climb over it, and keep their own accents', () => {
  expect(calm('\u202Eabc\u2066')).toBe('abc')
  expect(calm(`e${'\u0301'.repeat(40)}`)).toHaveLength(4)
  expect(calm('がぎ が\u3099 ẫ नि')).toBe('がぎ が\u3099 ẫ नि')
})

test('durations grow from seconds to hours', () => {
  expect([3240, 240_000, 6_000_000, null].map(formatSeconds)).toEqual(['3.2 s', '4:00', '1:40:00', '–'])
})

test('the reasons that the other rooms give can be read in Japanese', () => {
  expect(
    translateReason('ja', 'no template for item.wrong: add templates/replies/item.wrong/ja.liquid'),
  ).toBe(
    '「item.wrong」のテンプレートがありません。templates/replies/item.wrong/ja.liquid を追加してください。',
  )
  expect(translateReason('ja', 'X said something new')).toBe('X said something new')
})
