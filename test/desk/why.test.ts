import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { translateReason } from '../../src/desk/reason-words.ts'
import { whyOf } from '../../src/desk/why.ts'
import type { Reason } from '../../src/store/schema.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const labelOf = (reason: Reason) => reason.code ?? reason.kind

/** Reasons for words of a text, each `[word, what for, weight]`; a dot in it makes it a code. */
function reasonsFor(text: string, given: readonly [string, string, number][]): Reason[] {
  return given.map(([word, what, weight]) => {
    const start = text.indexOf(word)
    const place = { text: word, start, end: start + word.length, weight }
    return what.includes('.') ? { kind: 'cue', code: what, ...place } : { kind: what, ...place }
  })
}

describe('the reasons under “Why”', () => {
  test('name each word once, with all that it was there for, and like words together', () => {
    const text = 'The heater started SMOKING next to a toddler'
    const reasons = reasonsFor(text, [
      ['heater', 'item.safety', 2.5],
      ['started SMOKING', 'item.safety', 4],
      ['started SMOKING', 'severity', 3],
      ['SMOKING', 'item.defective', 2.5],
      ['toddler', 'item.safety', 2.5],
      ['toddler', 'item.safety', 2.4],
    ])
    expect(whyOf([{ text, reasons }], labelOf).rows).toEqual([
      { words: ['heater', 'toddler'], label: 'item.safety' },
      { words: ['started SMOKING'], label: 'item.safety · severity · item.defective' },
    ])
  })

  test('name a word of several posts once', () => {
    const [first, second] = ['Broken again', 'still BROKEN, and late']
    const posts = [
      { text: first, reasons: reasonsFor(first, [['Broken', 'item.defective', 2]]) },
      {
        text: second,
        reasons: reasonsFor(second, [
          ['BROKEN', 'sentiment', -2],
          ['late', 'item.defective', 1],
        ]),
      },
    ]
    expect(whyOf(posts, labelOf).rows).toEqual([
      { words: ['Broken'], label: 'item.defective · sentiment' },
      { words: ['late'], label: 'item.defective' },
    ])
  })

  test('say the same of two words in the same order', () => {
    const text = 'box, wrapping'
    const reasons = reasonsFor(text, [
      ['box', 'packaging.damage', 3],
      ['box', 'packaging.excess', 2],
      ['wrapping', 'packaging.excess', 3],
      ['wrapping', 'packaging.damage', 2],
    ])
    expect(whyOf([{ text, reasons }], labelOf).rows).toEqual([
      { words: ['box', 'wrapping'], label: 'packaging.damage · packaging.excess' },
    ])
  })

  test('leave punctuation out, and keep emoji and kaomoji', () => {
    const text = '届いたけど、ふたがない…😭 (>_<)'
    const reasons = reasonsFor(text, [
      ['、', 'sentiment', -0.3],
      ['、ふた', 'item.incomplete', 3],
      ['ない…', 'item.incomplete', 2],
      ['😭', 'sentiment', -2],
      ['(>_<)', 'sentiment', -1],
    ])
    expect(whyOf([{ text, reasons }], labelOf).rows).toEqual([
      { words: ['ふた', 'ない'], label: 'item.incomplete' },
      { words: ['😭', '(>_<)'], label: 'sentiment' },
    ])
  })

  test('tell what is no word of the post apart, once', () => {
    const reasons: Reason[] = [
      { kind: 'severity', text: 'complained 1 times before', weight: 2 },
      { kind: 'severity', text: 'only the first 9 characters were read', weight: 0, start: 0, end: 9 },
    ]
    const post = { text: 'Where is my parcel?', reasons }
    expect(whyOf([post, post], labelOf)).toEqual({
      rows: [],
      notes: [
        { text: 'complained 1 times before', label: 'severity' },
        { text: 'only the first 9 characters were read', label: 'severity' },
      ],
    })
  })
})

test('what made a case grave is told in both languages', () => {
  expect(translateReason('en', 'complained 1 times before')).toBe('complained once before')
  expect(translateReason('en', 'complained 3 times before')).toBe('complained 3 times before')
  for (const sentence of [
    'danger to somebody',
    'speaks of law, press or authorities',
    '12400 people follow the author',
    'complained 2 times before',
    'only the first 10000 characters were read',
    'the author asked not to be answered',
  ]) {
    expect(translateReason('ja', sentence), sentence).toMatch(/[ぁ-ん]/)
  }
})

describe('the page of a case', () => {
  let desk: TestDesk
  let agent: Browser
  beforeAll(async () => {
    desk = await openDesk()
    agent = new Browser(desk.origin)
    await agent.signIn('agent')
  })
  afterAll(() => desk.close())

  test('lists the deciding words by what they were there for, as words', async () => {
    const text = 'Late again & <b>late</b>!'
    const { caseId, postId } = await addCase(desk.store, { text })
    const reasons = reasonsFor(text, [
      ['Late', 'delivery.late', 3],
      ['Late', 'sentiment', -2],
      ['<b>late</b>', 'delivery.late', 2],
    ])
    await desk.store
      .updateTable('triages')
      .set({ reasons: JSON.stringify(reasons) })
      .where('post_id', '=', postId)
      .execute()
    await agent.get(`/cases/${caseId}`)
    const list = /<ul class="reasons">[\s\S]*?<\/ul>/.exec(agent.page)?.[0]
    expect(list?.match(/<li>/g)).toHaveLength(2)
    expect(list).toContain('>Late</mark> <span class="dim">Late delivery · feeling</span>')
    expect(list).toContain('&lt;b&gt;late&lt;/b&gt;</mark> <span class="dim">Late delivery</span>')
  })

  test('tells what a model said by the names of the codes', async () => {
    const { caseId, postId } = await addCase(desk.store)
    const text =
      'gpt-5-mini says delivery.late, negative; our own reading was packaging.damage, neutral, 0.31'
    const reasons: Reason[] = [{ kind: 'model', text, weight: 0 }]
    await desk.store
      .updateTable('triages')
      .set({ reasons: JSON.stringify(reasons) })
      .where('post_id', '=', postId)
      .execute()
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain(
      '<li>gpt-5-mini says “Late delivery”, negative; our own reading was “Damaged in transit”, neutral, 0.31 ',
    )
    await desk.store.updateTable('users').set({ language: 'ja' }).where('login', '=', 'agent').execute()
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain(
      'gpt-5-mini の判定は「配送の遅れ」（否定的）、当システムの判定は「輸送中の破損」（中立的、確信度 0.31）',
    )
    await desk.store.updateTable('users').set({ language: 'en' }).where('login', '=', 'agent').execute()
  })

  test('does not announce a draft that stands there already', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await desk.store
      .updateTable('cases')
      .set({ needs_draft_since: new Date(Date.now() + 1000) })
      .where('id', '=', caseId)
      .execute()
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('A new draft is being written')
    await desk.store
      .updateTable('drafts')
      .set({ created_at: new Date(Date.now() + 5000) })
      .where('id', '=', draftId)
      .execute()
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).not.toContain('A new draft is being written')
  })

  test('opens the form again for somebody whose change came too late', async () => {
    const { caseId } = await addCase(desk.store)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('id="recode"><summary')
    const form = { seen: 'delivery.late 1', severity: '1' }
    await agent.post(`/cases/${caseId}/code`, { ...form, code: 'packaging.damage' })
    await agent.post(`/cases/${caseId}/code`, { ...form, code: 'feedback.praise' })
    expect(agent.page).toContain('id="recode" open><summary')
    expect(agent.page).toContain('<option value="packaging.damage" title="Damaged in transit" selected>')
  })
})
