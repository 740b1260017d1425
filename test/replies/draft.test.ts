import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadReplies } from '../../src/replies/index.ts'
import { draftInput, templatesDir, templatesWith } from './fixtures.ts'

const replies = loadReplies(templatesDir)

describe('no reply is written', () => {
  const cases: [string, Parameters<typeof draftInput>[0], RegExp][] = [
    [
      'to harassment',
      { classification: { code: 'conduct.abuse', codes: ['conduct.abuse'] } },
      /goes to a lead/,
    ],
    [
      'to a complaint that is also harassment',
      { classification: { codes: ['delivery.late', 'conduct.abuse'] } },
      /lead/,
    ],
    [
      'to what is not about us',
      { classification: { code: 'none', codes: ['none'] } },
      /none is not answered/,
    ],
    ['to somebody who asked for none', { classification: { optOut: true } }, /asked us not to reply/],
    ['in a language without templates', { classification: { language: 'de' } }, /the language "de"/],
    ['in a language nobody could tell', { classification: { language: 'und' } }, /a person answers/],
    [
      'for a code without templates',
      { classification: { code: 'shop.new', codes: ['shop.new'] } },
      /add one to templates\/replies\/shop\.new\/en\.liquid/,
    ],
  ]
  test.each(cases)('%s', (_what, changes, reason) => {
    const draft = replies.draft(draftInput(changes))
    expect(draft).toMatchObject({ text: null, template: null, delivery: 'none', costMicroUsd: 0, checks: [] })
    expect(draft.reason).toMatch(reason)
  })

  test('but "none" beside another code keeps nobody from an answer', () => {
    const classification = { codes: ['delivery.late', 'none'] }
    expect(replies.draft(draftInput({ classification })).text).not.toBeNull()
  })

  test('to authors and words on the never-answer list', () => {
    const dir = templatesWith({
      'policy.yaml': (old) =>
        old.replace('authors: []', 'authors: ["@Rick"]').replace('words: []', 'words: [giveaway]'),
    })
    const strict = loadReplies(dir)
    expect(strict.draft(draftInput()).reason).toContain('@rick is not answered')
    const post = { authorUsername: 'ann', text: 'GiveAway! Late parcels' }
    expect(strict.draft(draftInput({ post })).reason).toContain('"giveaway"')
    expect(strict.draft(draftInput({ post: { authorUsername: 'ann' } })).text).not.toBeNull()
  })
})

describe('a draft', () => {
  test('is the same for the same case, and tells which template made it', () => {
    const draft = replies.draft(draftInput())
    expect(replies.draft(draftInput())).toEqual(draft)
    expect(draft.locale).toBe('en')
    expect(draft.template).toMatch(/^delivery\.late\/en#[1-3]$/)
    expect(draft.templateHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('never repeats a text that this person already got, and gives up when none is left', () => {
    const avoidTemplates: string[] = []
    for (let turn = 0; turn < 4; turn += 1) {
      const { template } = replies.draft(draftInput({ avoidTemplates }))
      expect(avoidTemplates).not.toContain(template)
      avoidTemplates.push(template ?? '')
    }
    expect(replies.draft(draftInput({ avoidTemplates })).reason).toContain('already got every text')
  })

  test('reads unlike the replies sent a moment ago', () => {
    const recentTexts: string[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      const draft = replies.draft(draftInput({ recentTexts }))
      expect(draft.checks.find((check) => check.rule === 'duplicate')).toMatchObject({ ok: true })
      recentTexts.push(draft.text ?? '')
    }
    expect(new Set(recentTexts).size).toBe(6)
  })

  test('speaks the language of the post, also of its region', () => {
    expect(replies.draft(draftInput({ classification: { language: 'ja' } })).text).toMatch(/申し訳|お詫び/)
    expect(replies.draft(draftInput({ classification: { language: 'en-GB' } })).locale).toBe('en')
  })

  test('closes with the one mark of a brand that has one, and still fits', () => {
    const dir = templatesWith({ 'brand.yaml': (old) => `${old}\nsignature: ^KS\n` })
    expect(loadReplies(dir).draft(draftInput()).text).toMatch(/ \^KS$/)
  })
})

describe('how it gets out and what it costs', () => {
  const link = { code: 'account.access', codes: ['account.access'] }

  test('a summoned reply goes through the API for $0.010, with a link, too', () => {
    expect(replies.draft(draftInput())).toMatchObject({ delivery: 'api', costMicroUsd: 10_000 })
    const withLink = replies.draft(draftInput({ classification: link }))
    expect(withLink.text).toContain('https://hinata.example.com/contact')
    expect(withLink).toMatchObject({ delivery: 'api', costMicroUsd: 10_000 })
  })

  test('who did not summon us is answered by hand; through the API it would be $0.015, $0.200 with a link', () => {
    const post = { summoned: false }
    expect(replies.draft(draftInput({ post }))).toMatchObject({ delivery: 'manual', costMicroUsd: 15_000 })
    const withLink = replies.draft(draftInput({ post, classification: link }))
    expect(withLink).toMatchObject({ delivery: 'manual', costMicroUsd: 200_000 })
  })

  test('an enterprise app may answer anybody through the API', () => {
    const dir = templatesWith({
      'policy.yaml': (old) => old.replace('enterprise: false', 'enterprise: true'),
    })
    expect(loadReplies(dir).draft(draftInput({ post: { summoned: false } })).delivery).toBe('api')
  })

  test('a replayed post counts as summoned', () => {
    const post = { summoned: false, network: 'replay' }
    expect(replies.draft(draftInput({ post }))).toMatchObject({ delivery: 'api', costMicroUsd: 10_000 })
  })

  test('a hand-over is sent by hand', () => {
    expect(replies.draft(draftInput({ handover: true })).delivery).toBe('manual')
  })
})

describe("a customer's words", () => {
  const quoting = loadReplies(
    templatesWith({
      'replies/delivery.late/en.liquid':
        '---\ntone: apology\nfollowUp: nothing\n---\nSorry, {{ customer.name }}: you wrote {{ customer.words | quote: 40 }}, and we will answer by tomorrow.',
    }),
  )

  test('are quoted as they stand where they are harmless', () => {
    const post = { text: 'three days late', authorName: 'Rick' }
    expect(quoting.draft(draftInput({ post })).text).toBe(
      'Sorry, Rick: you wrote “three days late”, and we will answer by tomorrow.',
    )
  })

  test('bring no Liquid, mention, tag, link or Markdown into a reply, whatever they are', () => {
    const bits = fc.constantFrom(
      ...[
        '{{ links.contact }}',
        '{% raw %}',
        '@evil',
        '＠evil',
        '#tag',
        '$TSLA',
        'https://evil.example',
        'evil.com',
      ],
      ...[
        'e@vil.com',
        'ht',
        'tps://',
        '[a](http://x.jp)',
        '**',
        '\u202e',
        '\u200b',
        '\n',
        '。',
        ' ',
        'x',
        '.co',
        '”',
      ],
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(bits, fc.string()), { maxLength: 8 }),
        fc.string(),
        (parts, authorName) => {
          const text = quoting.draft(draftInput({ post: { text: parts.join(''), authorName } })).text ?? ''
          const report = quoting.check(text, { locale: 'en', summoned: true })
          const failed = report.checks.filter((check) => !check.ok).map((check) => check.rule)
          expect(failed).not.toContain('third-party-mention')
          expect(failed).not.toContain('foreign-link')
          expect(failed).not.toContain('cashtags')
          expect(text).not.toMatch(/[{}@＠#$*<>[\]\u202e\u200b\n]|:\/\//)
        },
      ),
      { numRuns: 500 },
    )
  })
})
