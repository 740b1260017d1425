import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Draft, loadReplies, MAX_WEIGHTED_LENGTH } from '../../src/replies/index.ts'
import { draftInput, templatesDir } from './fixtures.ts'

const answered = [
  'account.access',
  'billing.charge',
  'billing.refund',
  'delivery.conduct',
  'delivery.late',
  'delivery.missing',
  'feedback.praise',
  'feedback.suggestion',
  'item.defective',
  'item.incomplete',
  'item.listing',
  'item.safety',
  'item.wrong',
  'order.cancel',
  'order.replacement',
  'order.return',
  'packaging.damage',
  'packaging.excess',
  'question',
  'service.conduct',
  'site.bug',
  'streaming.playback_error',
  'streaming.quality',
]
const replies = loadReplies(templatesDir)

/** Every text that customers may get: all words that a template knows, all severities, many seeds. */
function everyDraft(code: string, language: string): Draft[] {
  const source = readFileSync(join(templatesDir, 'replies', code, `${language}.liquid`), 'utf8')
  const triggers = [...source.matchAll(/when: \[("[^"]+"|[^,\]]+)/g)].map(
    (match) => match[1]?.replaceAll('"', '') ?? '',
  )
  const drafts: Draft[] = []
  for (const text of ['', ...triggers]) {
    for (const severity of [0, 1, 2, 3]) {
      for (let seed = 0; seed < 12; seed += 1) {
        const post = { text, summoned: seed % 2 === 0 }
        const classification = { language, code, codes: [code], severity }
        drafts.push(replies.draft(draftInput({ post, classification, seed: `case-${seed}` })))
      }
    }
  }
  return drafts
}

test('there are replies for every code that is answered, and for no other', () => {
  expect(replies.codes).toEqual(answered)
})

describe.each(['en', 'ja'])('replies in %s', (language) => {
  test.each(answered)('for %s pass every check, fit into a post and differ from case to case', (code) => {
    const drafts = everyDraft(code, language)
    for (const draft of drafts) {
      expect(draft.reason).toBeNull()
      expect(
        draft.checks.filter((check) => !check.ok),
        draft.text ?? '',
      ).toEqual([])
      expect(draft.weightedLength).toBeLessThanOrEqual(MAX_WEIGHTED_LENGTH)
    }
    expect(new Set(drafts.map((draft) => draft.template)).size).toBeGreaterThanOrEqual(2)
    expect(new Set(drafts.map((draft) => draft.text)).size).toBeGreaterThanOrEqual(4)
  })
})

describe.each(['en', 'ja'])('where triage is unsure what happened, the reply in %s', (language) => {
  test('asks instead of naming it, and passes every check', () => {
    for (const severity of [0, 1, 2, 3]) {
      const texts = new Set<string | null>()
      for (let seed = 0; seed < 30; seed += 1) {
        const classification = { language, severity, confidence: 0.34 }
        const draft = replies.draft(draftInput({ classification, seed: `case-${seed}` }))
        expect(draft.template).toMatch(`_unsure/${language}#`)
        expect(draft.text).not.toMatch(/late|parcel|荷物|遅れ/)
        expect(
          draft.checks.filter((check) => !check.ok),
          draft.text ?? '',
        ).toEqual([])
        texts.add(draft.text)
      }
      expect(texts.size).toBeGreaterThan(3)
    }
  })
})

test.each(['en', 'ja'])('praise that hurt somebody is not thanked for, in %s', (language) => {
  const classification = { language, code: 'feedback.praise', codes: ['feedback.praise'], severity: 1 }
  expect(replies.draft(draftInput({ classification })).template).toMatch(`_unsure/${language}#`)
})

test('a question and a danger are answered as such, however unsure triage is', () => {
  for (const code of ['question', 'item.safety']) {
    const draft = replies.draft(draftInput({ classification: { code, codes: [code], confidence: 0.1 } }))
    expect(draft.template).toMatch(`${code}/en#`)
  }
})

test('the bent book is named for what it is, in Japanese', () => {
  const draft = replies.draft(
    draftInput({
      post: { text: '缶ジュースの下に漫画が入っていて、裏表紙が折れてた…', summoned: false },
      classification: { language: 'ja', code: 'packaging.damage', codes: ['packaging.damage'] },
    }),
  )
  expect(draft.text).toContain('本が傷んだ状態')
  expect(draft.delivery).toBe('manual')
})

test('a word inside another one names nothing: 水曜日 is not water, "scattered" is not "tear"', () => {
  const say = (language: string, text: string) =>
    replies.draft(
      draftInput({
        post: { text },
        classification: { language, code: 'packaging.damage', codes: ['packaging.damage'] },
      }),
    ).text
  expect(say('ja', '本当にひどい。日曜に頼んで水曜日に届いた')).toContain('品物が傷んだ状態')
  expect(say('en', 'Tuesday: an accident?')).toMatch(/your order reached you damaged/i)
})

test('decaf for regular coffee is named, too', () => {
  const classification = { language: 'en', code: 'item.wrong', codes: ['item.wrong'] }
  const draft = replies.draft(
    draftInput({ post: { text: 'I ordered DECAF, this is regular' }, classification }),
  )
  expect(draft.text).toContain('regular coffee instead of decaf')
})
