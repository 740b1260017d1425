import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  learntFrom,
  PLACEHOLDER,
  parseTaxonomy,
  proposeExamples,
  sameWording,
} from '../../src/triage/index.ts'

const source = readFileSync('templates/taxonomy.yaml', 'utf8')

describe('places for further examples', () => {
  const lessons = [
    { postId: 7, code: 'delivery.late', language: 'en' as const },
    { postId: 8, code: 'delivery.late', language: 'en' as const },
    { postId: 9, code: 'none', language: 'ja' as const },
  ]
  const { proposed, placed } = proposeExamples(source, lessons)

  test('stand at the end of their code’s examples, and nothing else changes', () => {
    expect(placed).toEqual(lessons)
    const added = proposed.split('\n').filter((line) => line.includes(PLACEHOLDER))
    expect(added.map((line) => line.trim())).toEqual([7, 8, 9].map((id) => `- ${PLACEHOLDER} # post ${id}`))
    expect(
      proposed
        .split('\n')
        .filter((line) => !line.includes(PLACEHOLDER))
        .join('\n'),
    ).toBe(source)
    const written = proposed.replaceAll(PLACEHOLDER, () => `written ${Math.random()}`)
    const grown = parseTaxonomy('taxonomy.yaml', written)
    const before = parseTaxonomy('taxonomy.yaml', source)
    const examples = (taxonomy: typeof grown, code: string) =>
      taxonomy.codes.find((each) => each.code === code)?.examples
    expect(examples(grown, 'delivery.late')?.en.slice(-2)).toEqual([
      expect.stringMatching(/^written/),
      expect.stringMatching(/^written/),
    ])
    expect(examples(grown, 'delivery.late')?.ja).toEqual(examples(before, 'delivery.late')?.ja)
    expect(examples(grown, 'none')?.ja.length).toBe((examples(before, 'none')?.ja.length ?? 0) + 1)
  })

  test('that nobody wrote in are refused with their place', () => {
    expect(() => parseTaxonomy('taxonomy.yaml', proposed)).toThrow(
      /taxonomy\.yaml:\d+:\d+: .*is not written yet: say what the post says in other words/,
    )
  })

  test('are not proposed a second time for a post that was learnt', () => {
    const written = proposed.replaceAll(PLACEHOLDER, '"said: in other words"')
    expect(learntFrom(written).get(8)).toBe('said: in other words')
    expect(proposeExamples(written, lessons).placed).toEqual([])
  })

  test('are told where the file has none: no such code, or examples in one line', () => {
    const flow = source.replace(
      /examples:\n {6}en:\n(?: {8}- .*\n)+/,
      'examples:\n      en: [late, late again]\n',
    )
    expect(flow).not.toBe(source)
    const lost = [
      { postId: 1, code: 'no.such', language: 'en' as const },
      { postId: 2, code: 'delivery.late', language: 'en' as const },
    ]
    expect(proposeExamples(flow, lost)).toEqual({ proposed: flow, placed: [], homeless: lost })
  })
})

describe('a rewriting', () => {
  test.each([
    ['Where is my parcel? It was due on Monday!', 'where is my parcel, it was due on monday', 1],
    ['届くのが遅すぎて誕生日に間に合いませんでした', '届くのが遅すぎて、誕生日に間に合いません。', 1],
  ])('of %j as %j is a copy', (original, copy, share) => {
    expect(sameWording(original, copy)).toBeCloseTo(share, 1)
  })

  test.each([
    ['Where is my parcel? It was due on Monday!', 'Two days past the promised date and still nothing'],
    ['届くのが遅すぎて誕生日に間に合いませんでした', 'プレゼント用だったのに当日を過ぎても来ない'],
  ])('of %j as %j is none', (original, rewritten) => {
    expect(sameWording(original, rewritten)).toBeLessThan(0.3)
  })
})
