import { describe, expect, test } from 'vitest'
import { loadReplies, type PublicationInput } from '../../src/replies/index.ts'
import { templatesDir, templatesWith } from './fixtures.ts'

const autoPraise = `autoApprove:
  - codes: [feedback.*, delivery.late]
    maxSeverity: 3
    minConfidence: 0.95
    languages: [en, ja]
    networks: [x, replay]
`
const dir = templatesWith({ 'policy.yaml': (old) => old.replace('autoApprove: []', autoPraise) })
const replies = loadReplies(dir)
// Noon in Tokyo.
const noon = new Date('2026-11-22T03:00:00Z')
const praise: PublicationInput = {
  code: 'feedback.praise',
  severity: 0,
  confidence: 0.97,
  language: 'en',
  needsPerson: null,
  delivery: 'api',
  checks: [],
  authorOptedOut: false,
  network: 'x',
  now: noon,
}

function outcome(change: Partial<PublicationInput>, from = replies) {
  return from.decidePublication({ ...praise, ...change })
}

test('by default nothing goes out without a person', () => {
  expect(outcome({}, loadReplies(templatesDir))).toMatchObject({ outcome: 'person' })
})

test('what a rule of the policy allows goes out by itself', () => {
  expect(outcome({})).toEqual({
    outcome: 'auto',
    reason: 'autoApprove rule 1 of templates/policy.yaml allows it',
  })
})

describe('a person decides', () => {
  const bad = { rule: 'length', ok: false, why: 'Too long', hard: false }
  test.each<[string, Partial<PublicationInput>, string]>([
    ['when the author did not summon us', { delivery: 'manual' }, 'did not mention us'],
    ['when triage asks for one', { needsPerson: 'a photo with little text' }, 'a photo with little text'],
    ['when a check failed, even a soft one', { checks: [bad] }, 'the check "length" failed: Too long'],
    ['when a model wrote it', { modelText: true }, 'modelTextApproved'],
    ['when there is no text', { delivery: 'none' }, 'no text'],
    ['below the confidence of the rule', { confidence: 0.94 }, 'no autoApprove rule'],
    ['for another code', { code: 'question' }, 'no autoApprove rule'],
    ['for another language', { language: 'de' }, 'no autoApprove rule'],
    ['on another network', { network: 'mastodon' }, 'no autoApprove rule'],
  ])('%s', (_when, change, reason) => {
    const decision = outcome(change)
    expect(decision.outcome).toBe('person')
    expect(decision.reason).toContain(reason)
  })

  test('in crisis mode', () => {
    const crisis = templatesWith({
      'policy.yaml': (old) =>
        old.replace('autoApprove: []', autoPraise).replace('crisis: false', 'crisis: true'),
    })
    expect(outcome({}, loadReplies(crisis))).toMatchObject({ outcome: 'person' })
  })
})

test('harassment, noise and people who opted out are never answered', () => {
  expect(outcome({ code: 'conduct.abuse' }).outcome).toBe('never')
  expect(outcome({ codes: ['feedback.praise', 'conduct.abuse'] }).outcome).toBe('never')
  expect(outcome({ code: 'none' }).outcome).toBe('never')
  expect(outcome({ authorOptedOut: true }).outcome).toBe('never')
})

describe('in quiet hours', () => {
  // 23:30 in Tokyo; the quiet hours end at 08:00, 23:00 UTC.
  const night = new Date('2026-11-22T14:30:00Z')

  test('what would go out by itself waits for the morning of the brand', () => {
    expect(outcome({ now: night })).toMatchObject({
      outcome: 'auto',
      notBefore: new Date('2026-11-22T23:00:00Z'),
    })
  })

  test('what is severe enough does not wait', () => {
    expect(outcome({ now: night, code: 'delivery.late', severity: 3 }).notBefore).toBeUndefined()
  })
})
