import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Draft, loadReplies, MAX_WEIGHTED_LENGTH } from '../../src/replies/index.ts'
import { draftInput, templatesDir } from './fixtures.ts'

/** Where money or a replacement may follow. */
const INVITING = [
  'billing.refund',
  'delivery.late',
  'delivery.missing',
  'item.defective',
  'item.incomplete',
  'item.wrong',
  'packaging.damage',
  'streaming.playback_error',
  'streaming.quality',
]
const CLAIM = 'https://care.hinata.example.com/c/MSB4IDNtZiA.aaaaaaaaaaaaaaaaaaaaaa'
const replies = loadReplies(templatesDir)

function draft(
  code: string,
  language: string,
  claimUrl: string | null,
  seed = 'case-1',
  text = '',
  summoned = true,
): Draft {
  const classification = { language, code, codes: [code] }
  return replies.draft({ ...draftInput({ post: { text, summoned }, classification, seed }), claimUrl })
}

describe.each(['en', 'ja'])('in %s', (language) => {
  test.each(INVITING)(
    'a reply to %s invites, fits, passes every check, and asks for no order number',
    (code) => {
      const source = readFileSync(join(templatesDir, 'replies', code, `${language}.liquid`), 'utf8')
      const words = [...source.matchAll(/when: \[("[^"]+"|[^,\]]+)/g)].map((match) =>
        match[1]?.replaceAll('"', ''),
      )
      const templates = new Set<string | null>()
      for (const text of ['', ...words]) {
        for (let seed = 0; seed < 16; seed += 1) {
          const made = draft(code, language, CLAIM, `case-${seed}`, text, seed % 2 === 0)
          templates.add(made.template)
          expect(made.text?.split(CLAIM), made.text ?? '').toHaveLength(2)
          expect(made.text).not.toMatch(/https:\/\/hinata|direct message|DM|ご注文番号/)
          expect(made.text).not.toMatch(/[$¥￥円]/)
          expect(
            made.checks.filter((check) => !check.ok),
            made.text ?? '',
          ).toEqual([])
          expect(made.weightedLength).toBeLessThanOrEqual(MAX_WEIGHTED_LENGTH)
          expect(draft(code, language, null, `case-${seed}`, text).text).not.toContain('/c/')
        }
      }
      expect(templates.size).toBeGreaterThanOrEqual(2)
    },
  )
})

test('an invitation is paid for as a link: dearly where nobody summoned us', () => {
  expect(draft('item.wrong', 'en', null).costMicroUsd).toBe(10_000)
  expect(draft('item.wrong', 'en', CLAIM).costMicroUsd).toBe(
    replies.prices.priceMicroUsd('reply.summoned.url'),
  )
  expect(draft('item.wrong', 'en', CLAIM, 'case-1', '', false)).toMatchObject({
    costMicroUsd: 200_000,
    delivery: 'manual',
  })
})

test('other replies invite nobody', () => {
  for (const code of replies.codes.filter((one) => !INVITING.includes(one))) {
    expect(draft(code, 'en', CLAIM).text, code).not.toContain(CLAIM)
  }
})

test('where a person changes the text, links of ours may stand in it and foreign ones may not', () => {
  const ours = loadReplies(templatesDir, { ownLinks: () => ['https://care.hinata.example.com/c/'] })
  const context = { locale: 'en', summoned: true }
  const linkCheck = (text: string) =>
    ours.check(text, context).checks.find((check) => check.rule === 'foreign-link')?.ok
  expect(linkCheck(`We're sorry. ${CLAIM}`)).toBe(true)
  expect(linkCheck("We're sorry. https://care.hinata.example.com.evil.example/c/x")).toBe(false)
  expect(linkCheck("We're sorry. https://care.hinata.example.com/other")).toBe(false)
})
