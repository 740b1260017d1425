import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadReplies, MAX_WEIGHTED_LENGTH } from '../../src/replies/index.ts'
import { nameDay, nameThing } from '../../src/replies/named.ts'
import { waitedFor } from '../../src/replies/waited.ts'
import { draftInput, templatesDir } from './fixtures.ts'

const replies = loadReplies(templatesDir)
const KETTLE = {
  kind: 'product',
  text: 'Sora kettle',
  name: { en: 'Sora electric kettle, 1 L', ja: 'そら電気ケトル 1L' },
}
const FILM = { kind: 'title', text: 'third man', name: { en: 'The Third Man', ja: '第三の男' } }
const thing = { product: 'your {name}', title: '{name}', otherwise: 'it' }

describe('how long somebody waited', () => {
  test.each([
    ['I have waited nine days for this', 'nine days'],
    ['its ben 6 days an no updats', 'six days'],
    ["Day 9 of my '2-day' delivery", 'nine days'],
    ['That was three weeks ago, and 2 days later nothing', 'three weeks'],
    ['a month now', 'a month'],
  ])('%s: %s', (text, said) => expect(waitedFor(text, 'en')).toBe(said))

  test.each([
    'I paid for 2 day shipping',
    'One to two days??',
    'it comes within 3 days, they said',
    'every two weeks',
    '30 days return',
    'no idea',
  ])('is not told by "%s"', (text) => expect(waitedFor(text, 'en')).toBeNull())

  test.each([
    ['返品して2週間、返金まだですか', '2週間'],
    ['4日前に発送済みになってから', '4日'],
    ['三日も待ってる', '3日'],
    ['もうヶ月…いや1ヶ月たちます', '1か月'],
  ])('%s: %s', (text, said) => expect(waitedFor(text, 'ja')).toBe(said))

  test.each(['11月3日に届く', '20日に届く予定', '「5営業日以内」って', '1日2回', '3日後に'])(
    'is not told by %s',
    (text) => expect(waitedFor(text, 'ja')).toBeNull(),
  )
})

describe('what a post is about', () => {
  test('a product is called what its customer calls it, a title by its name', () => {
    expect(nameThing(thing, [KETTLE], 'en')).toBe('your Sora kettle')
    expect(nameThing(thing, [FILM], 'en')).toBe('“The Third Man”')
    expect(nameThing(thing, [FILM], 'ja')).toBe('『第三の男』')
    expect(nameThing(thing, [{ ...KETTLE, text: 'SORA KETTLE' }], 'en')).toBe('your Sora electric kettle')
    expect(nameThing({ otherwise: 'it' }, [KETTLE], 'en')).toBeNull()
  })

  test('a day is said where the post names one day only', () => {
    const day = { kind: 'date', date: '2026-11-17' }
    expect(nameDay([day], 'en')).toBe('on Tuesday 17 November')
    expect(nameDay([day], 'ja')).toBe('11月17日')
    expect(nameDay([day, { kind: 'date', date: '2026-11-18' }], 'en')).toBeNull()
    expect(nameDay([{ kind: 'date', date: null }], 'en')).toBeNull()
  })

  test('stands in the reply, and nobody is asked for what the post tells', () => {
    const classification = { code: 'streaming.quality', codes: ['streaming.quality'] }
    for (let seed = 0; seed < 20; seed += 1) {
      const input = draftInput({ post: { text: 'it keeps stopping' }, classification, seed: `case-${seed}` })
      const { text } = replies.draft({ ...input, entities: [FILM] })
      expect(text).toContain('“The Third Man” kept stopping')
      expect(text).not.toMatch(/\btitle\b/i)
    }
  })

  test('gives way where it would not fit, and never makes a reply too long', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.constantFrom('en', 'ja'),
        fc.nat(),
        (name, language, seed) => {
          const input = draftInput({ classification: { language }, seed: `case-${seed}` })
          const draft = replies.draft({
            ...input,
            entities: [{ ...KETTLE, text: name, name: { en: name, ja: name } }],
          })
          expect(draft.weightedLength).toBeLessThanOrEqual(MAX_WEIGHTED_LENGTH)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('brings no Liquid, mention, tag, link or Markdown into a reply', () => {
    const bits = fc.constantFrom(
      '{{ links.contact }}',
      '{% raw %}',
      '@evil',
      '＠evil',
      '#tag',
      '$TSLA',
      '**',
      'x',
    )
    const more = fc.constantFrom(
      'https://evil.example',
      'evil.com',
      '[a](http://x.jp)',
      '\u202e',
      '\n',
      '.co',
      '://',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(bits, more, fc.string()), { maxLength: 6 }), (parts) => {
        const input = draftInput({ post: { text: parts.join(''), authorName: parts.join('') } })
        const draft = replies.draft({ ...input, entities: [{ ...KETTLE, text: parts.join('') }] })
        expect(draft.checks.filter((check) => !check.ok)).toEqual([])
        expect(draft.text).not.toMatch(/[{}@＠#$*<>[\]\u202e]|:\/\//)
      }),
      { numRuns: 300 },
    )
  })
})
