import { describe, expect, test } from 'vitest'
import { ndjson, runCli } from './run-cli.ts'

describe('draft', () => {
  test('writes a reply with its checks, length and cost, in the order of the posts', async () => {
    const { code, err, lines } = await runCli(['draft'], {
      stdin: ndjson([
        { id: '1', text: 'My parcel is two weeks late and nobody answers', author: 'mika' },
        { id: '2', text: '荷物が二週間たっても届きません。どうなっているのでしょうか' },
        { id: '3', text: 'My parcel is two weeks late and nobody answers', author: 'jo' },
      ]),
    })
    expect(err).toBe('')
    expect(code).toBe(0)
    const [english, japanese, again] = lines()
    expect(Object.keys(english)).toEqual([
      'id',
      'locale',
      'template',
      'text',
      'weightedLength',
      'costUsd',
      'checks',
    ])
    expect(english).toMatchObject({ id: '1', locale: 'en', costUsd: 0.01 })
    expect(japanese).toMatchObject({
      id: '2',
      locale: 'ja',
      template: expect.stringMatching(/^delivery\..*\/ja#\d$/),
    })
    // Japanese characters count two, so the weight shows that it was X's rule that counted.
    expect(japanese.weightedLength).toBeGreaterThan(japanese.text.length * 1.5)
    expect(again.text).not.toBe(english.text)
    for (const { checks, weightedLength } of [english, japanese, again]) {
      expect(weightedLength).toBeLessThanOrEqual(280)
      expect(checks.length).toBeGreaterThanOrEqual(5)
      expect(Object.keys(checks[0])).toEqual(['rule', 'ok', 'why'])
    }
  })

  test('a post that did not summon us costs what a post costs', async () => {
    const post = { id: '1', text: 'My parcel is two weeks late' }
    const { lines } = await runCli(['draft'], {
      stdin: ndjson([post, { ...post, summoned: false }]),
    })
    expect(lines().map((line) => line.costUsd)).toEqual([0.01, 0.015])
  })

  test('where nothing should be sent, text is null and the reason stands beside it', async () => {
    const { code, lines } = await runCli(['draft'], {
      stdin: ndjson([{ id: '1', text: 'Mon colis est perdu depuis trois semaines, personne ne répond' }]),
    })
    expect(lines()[0]).toEqual({
      id: '1',
      locale: null,
      template: null,
      text: null,
      weightedLength: 0,
      costUsd: 0,
      checks: [],
      reason: 'no replies in the language "fr": a person answers',
    })
    expect(code).toBe(0)
  })

  test('a wrong optional field is a fault of its line only', async () => {
    const { code, err, lines } = await runCli(['draft'], {
      stdin: '{"id":"1","text":"late","summoned":"yes"}\n{"id":"2","text":"my parcel is late"}\n',
    })
    expect(err).toMatch(/^line 1: summoned: must be true or false/)
    expect(lines().map((line) => line.id)).toEqual(['2'])
    expect(code).toBe(1)
  })
})
