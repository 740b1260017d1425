import { describe, expect, test } from 'vitest'
import { loadReplies } from '../../src/replies/index.ts'
import { noticeableSentences } from '../../src/replies/sentences.ts'
import { draftInput, templatesDir, templatesWith } from './fixtures.ts'

const replies = loadReplies(templatesDir)
/** Complaints that come in bursts; the poorest of them has 29 texts that are no near-duplicates of one another. */
const BURSTING = [
  'delivery.late',
  'delivery.missing',
  'packaging.damage',
  'item.wrong',
  'streaming.quality',
  'site.bug',
]

function burst(code: string, language: string, count: number, changes: object = {}): string[] {
  const texts: string[] = []
  for (let seed = 0; seed < count; seed += 1) {
    const classification = { language, code, codes: [code] }
    const input = draftInput({ classification, seed: `${seed}`, recentTexts: texts.slice(0, 24) })
    const draft = replies.draft({ ...input, ...changes })
    expect(
      draft.checks.filter((check) => !check.ok),
      draft.text ?? '',
    ).toEqual([])
    texts.unshift(draft.text ?? '')
  }
  return texts
}

describe.each(['en', 'ja'])('in %s', (language) => {
  test.each(BURSTING)('sixty complaints about %s, one after the other, need no near-duplicate', (code) => {
    const texts = burst(code, language, 60)
    expect(new Set(texts).size).toBeGreaterThan(24)
    const sideBySide = texts.slice(1).filter((text, index) => {
      const next = new Set(noticeableSentences(texts[index] ?? ''))
      return noticeableSentences(text).some((sentence) => next.has(sentence))
    })
    expect(sideBySide.length).toBeLessThan(texts.length / 10)
  })

  test.each(BURSTING)('an incident is named as one where %s comes from many', (code) => {
    for (const text of burst(code, language, 20, { incident: true })) {
      expect(text).toMatch(
        language === 'en'
          ? /know|others|several|many|not alone|not the only|it is us|isn't your line|not doing anything/i
          : /承知|続|多く|ほか|ただ今|この頃|お客様の.*せいではございません/,
      )
    }
  })
})

describe('somebody who complains a second time', () => {
  const first = replies.draft(draftInput())
  const again = { avoidTemplates: [first.template ?? ''], earlierTexts: [first.text ?? ''] }

  test('is told that we know', () => {
    const second = replies.draft({ ...draftInput(), ...again })
    expect(second.template).toBe('delivery.late/en#4')
    expect(second.text).toMatch(/not the first time|Late again/)
  })

  test('about something else reads a text that looks back on nothing', () => {
    const classification = { code: 'site.bug', codes: ['site.bug'] }
    expect(replies.draft({ ...draftInput({ classification }), ...again }).template).toMatch(
      /site\.bug\/en#[1-3]/,
    )
  })

  test('never gets words that the first reply had, whichever template it came from', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const input = draftInput({ seed: `case-${seed}` })
      const sent = replies.draft(input).text ?? ''
      const { text, checks } = replies.draft({ ...input, earlierTexts: [sent] })
      expect(text).not.toBe(sent)
      expect(checks.find(({ rule }) => rule === 'near-duplicate')).toMatchObject({ ok: true })
    }
  })

  test('gets no copy from a person either: what they got before is a duplicate', () => {
    const failed = replies
      .check(first.text ?? '', { locale: 'en', summoned: true, earlierTexts: [first.text ?? ''] })
      .checks.filter(({ ok }) => !ok)
    expect(failed.map(({ rule }) => rule)).toContain('duplicate')
  })
})

describe('the mark', () => {
  const signing = loadReplies(
    templatesWith({
      'brand.yaml': (old) =>
        `${old}\nsignature: { agents: true, automated: { en: "(automated)", ja: （自動返信） } }\n`,
    }),
  )

  test('is of whoever approves, and takes the place of an earlier one', () => {
    const signed = signing.sign("We're sorry.", { name: 'Keiko Sato', login: 'keiko' }, 'en')
    expect(signed).toBe("We're sorry. ^KS")
    expect(signing.sign(signed, { name: '佐藤 恵子', login: 'k.sato@example.com' }, 'en')).toBe(
      "We're sorry. ^KS",
    )
    expect(signing.sign(signed, { name: 'Bo', login: 'bo' }, 'en')).toBe("We're sorry. ^BO")
  })

  test('of what goes out without a person says so, and goes when a person approves it', () => {
    const automatic = signing.sign('ありがとうございます。', 'policy', 'ja')
    expect(automatic).toBe('ありがとうございます。 （自動返信）')
    expect(signing.sign(automatic, { name: 'Keiko Sato', login: 'keiko' }, 'ja')).toBe(
      'ありがとうございます。 ^KS',
    )
  })

  test('is left out where the brand does not sign', () => {
    expect(replies.sign('Sorry.', { name: 'Keiko Sato', login: 'keiko' }, 'en')).toBe('Sorry.')
  })

  test('has its room in every draft', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      expect(signing.draft(draftInput({ seed: `case-${seed}` })).weightedLength).toBeLessThanOrEqual(275)
    }
  })
})
