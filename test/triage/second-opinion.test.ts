import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LanguageModel, Question } from '../../src/language-model/index.ts'
import { type Classification, createSecondOpinion, type Opinion } from '../../src/triage/index.ts'
import { modelOn, modelServer } from '../language-model/support.ts'
import { taxonomy, triage } from './triage.ts'

const NOBODY: LanguageModel = {
  name: 'nobody',
  ask: async (_question: Question<never>) => ({ ok: false, reason: 'off', costMicroUsd: 0 }),
  state: () => null,
  close: async () => {},
}
const second = createSecondOpinion({ taxonomy, model: NOBODY, wants: (local) => local.confidence < 0.5 })

function opinion(code: string, changes: Partial<Opinion> = {}): Opinion {
  return { model: 'test-model', code, codes: [code], sentiment: 'negative', confidence: 1, ...changes }
}

function merged(
  text: string,
  said: Opinion,
  input: { followers?: number } = {},
): [Classification, Classification] {
  const local = triage.classify({ text, ...input })
  return [local, second.merge({ text, ...input }, local, said)]
}

describe('a second opinion', () => {
  test('changes the code, and our own rules weigh the severity again', () => {
    const text = 'Well, that was a nice surprise in my kitchen this morning'
    const local = { ...triage.classify({ text }), confidence: 0.3 }
    expect(local).toMatchObject({ severity: 0 })
    const both = second.merge({ text }, local, opinion('item.defective'))
    expect(both).toMatchObject({
      code: 'item.defective',
      codes: ['item.defective'],
      severity: 2,
      confidence: 0.75,
    })
    expect(both.reasons[0]).toEqual({
      kind: 'model',
      text: expect.stringMatching(
        /^test-model says item\.defective, negative; our own reading was \S+, \w+, 0\.\d\d$/,
      ),
      weight: 0,
    })
  })

  test('that agrees makes us a little surer, and never surer than 0.75', () => {
    const local = { ...triage.classify({ text: 'My parcel is two weeks late' }), confidence: 0.4 }
    const agreeing = opinion(local.code, { sentiment: local.sentiment.label })
    expect(second.merge({ text: '' }, local, agreeing).confidence).toBeCloseTo(0.55)
    expect(second.merge({ text: '' }, { ...local, confidence: 0.7 }, agreeing).confidence).toBe(0.75)
    expect(second.merge({ text: '' }, { ...local, confidence: 0.97 }, agreeing).confidence).toBe(0.97)
  })

  test('never reaches what a rule of the policy lets out by itself', () => {
    const careless = createSecondOpinion({ taxonomy, model: NOBODY, wants: () => true, autoApproveFrom: 0.6 })
    const local = { ...triage.classify({ text: 'My parcel is two weeks late' }), confidence: 0.4 }
    for (const said of [opinion('feedback.praise', { sentiment: 'positive' }), opinion('delivery.late')]) {
      expect(careless.merge({ text: '' }, local, said).confidence).toBeLessThan(0.6)
    }
  })

  test('that is less sure than we are leaves our code, and takes our certainty', () => {
    const [local, both] = merged(
      'My parcel is two weeks late',
      opinion('billing.charge', { confidence: 0.1 }),
    )
    expect(both).toMatchObject({ code: local.code, codes: local.codes, severity: local.severity })
    expect(both.confidence).toBeLessThanOrEqual(0.75)
  })

  test('does not lift danger, abuse, an opt-out, a picture or a language that we do not read', () => {
    const praise = opinion('feedback.praise', { sentiment: 'positive' })
    const [danger, stillDanger] = merged('The kettle started smoking and burned my hand!', praise)
    expect(danger.needsPerson).toBe('danger')
    expect(stillDanger).toMatchObject({ code: 'item.safety', severity: 3, needsPerson: 'danger' })
    const [abuse, stillAbuse] = merged('お前ら全員クズだ。死ね', praise)
    expect(abuse.needsPerson).toBe('abuse')
    expect(stillAbuse.needsPerson).toBe('abuse')
    expect(stillAbuse.codes).toContain('conduct.abuse')
    const [, stop] = merged('返信不要です。', praise)
    expect(stop.optOut).toBe(true)
    const picture = triage.classify({ text: 'sigh', mediaCount: 1 })
    expect(second.merge({ text: 'sigh', mediaCount: 1 }, picture, praise).needsPerson).toBe('picture')
    const [foreign, stillForeign] = merged(
      '배송이 2주나 늦었어요. 정말 실망입니다.',
      opinion('delivery.late'),
    )
    expect(foreign.needsPerson).toBe('language')
    expect(stillForeign).toMatchObject({ code: 'delivery.late', needsPerson: 'language' })
  })

  test('can bring a person in: danger that it alone sees is danger', () => {
    const [, both] = merged('콘센트에서 불이 났어요', opinion('item.safety'))
    expect(both).toMatchObject({ code: 'item.safety', severity: 3, needsPerson: 'danger' })
  })

  test('does not take away what words of law and press make of a post', () => {
    const text = 'Two weeks late. My lawyer will be in touch.'
    const [local, both] = merged(text, opinion('feedback.praise', { sentiment: 'positive' }))
    expect(local.severity).toBeGreaterThanOrEqual(2)
    expect(both.severity).toBeGreaterThanOrEqual(2)
  })

  test('does not make a complaint vanish', () => {
    const [local, both] = merged('My parcel is two weeks late', opinion('none', { sentiment: 'neutral' }))
    expect(both.code).toBe(local.code)
    expect(both.severity).toBe(local.severity)
  })

  test('of whatever kind never makes a post safer to answer without a person than our own reading did', () => {
    const codes = taxonomy.codes.map(({ code }) => code)
    const texts = taxonomy.codes.flatMap(({ examples }) => [
      ...examples.en.slice(0, 4),
      ...examples.ja.slice(0, 4),
    ])
    const said = fc.record({
      model: fc.constant('m'),
      code: fc.constantFrom(...codes),
      others: fc.uniqueArray(fc.constantFrom(...codes), { maxLength: 4 }),
      sentiment: fc.constantFrom('negative' as const, 'neutral' as const, 'positive' as const),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const local = fc.record({
      text: fc.constantFrom(...texts),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(local, said, ({ text, confidence }, { others, ...rest }) => {
        const own = { ...triage.classify({ text }), confidence }
        const both = second.merge({ text }, own, { ...rest, codes: [...new Set([rest.code, ...others])] })
        expect(both.codes[0]).toBe(both.code)
        expect(new Set(both.codes).size).toBe(both.codes.length)
        expect(both.codes.every((code) => codes.includes(code))).toBe(true)
        expect(both.optOut).toBe(own.optOut)
        if (own.needsPerson) expect(both.needsPerson).not.toBeNull()
        if (own.needsPerson === 'danger') expect(both).toMatchObject({ severity: 3, needsPerson: 'danger' })
        if (both.confidence > 0.75) {
          expect(both.code).toBe(own.code)
          expect(both.confidence).toBeLessThanOrEqual(own.confidence)
          expect(both.severity).toBeGreaterThanOrEqual(own.severity)
          expect(own.codes.filter((code) => code !== 'none' && !both.codes.includes(code))).toEqual([])
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the question', () => {
  test('is not asked where somebody may be in danger, is abusive, or wrote no words', () => {
    const all = createSecondOpinion({ taxonomy, model: NOBODY, wants: () => true })
    const wanted = (text: string) => all.isWanted(triage.classify({ text }))
    expect(wanted('The kettle started smoking and burned my hand!')).toBe(false)
    expect(wanted('お前ら全員クズだ。死ね')).toBe(false)
    expect(wanted('👍👍')).toBe(false)
    expect(wanted('My parcel is two weeks late')).toBe(true)
    expect(wanted('배송이 늦었어요. 정말 실망입니다.')).toBe(true)
  })

  test('names every code of the taxonomy, and lets the model choose no other', async () => {
    const server = await modelServer()
    server.behave({
      kind: 'answer',
      answer: {
        code: 'delivery.late',
        codes: ['item.wrong', 'delivery.late'],
        sentiment: 'negative',
        confidence: 0.8,
      },
    })
    const asking = createSecondOpinion({ taxonomy, model: modelOn(server), wants: () => true })
    expect(await asking.ask('Where is it?')).toEqual({
      model: 'test-model',
      code: 'delivery.late',
      codes: ['delivery.late', 'item.wrong'],
      sentiment: 'negative',
      confidence: 0.8,
    })
    const [request] = server.requests
    for (const { code, name } of taxonomy.codes) {
      expect(request?.body.messages[0].content).toContain(`- ${code}: ${name.en} (${name.ja})`)
    }
    const schema = request?.body.response_format.json_schema.schema
    expect(schema.properties.code.enum).toEqual(taxonomy.codes.map(({ code }) => code))
    server.behave({
      kind: 'answer',
      answer: { code: 'refund.now', codes: [], sentiment: 'negative', confidence: 1 },
    })
    expect(await asking.ask('Where is it now?')).toBeNull()
  })

  test('holds no personal data, no account names and no links', async () => {
    const server = await modelServer()
    server.behave({ kind: 'status', status: 400 })
    const asking = createSecondOpinion({ taxonomy, model: modelOn(server), wants: () => true })
    const planted = [
      'jane.doe@mail.example',
      '090-1234-5678',
      '+44 20 7946 0958',
      '4111 1111 1111 1111',
      '東京都千代田区丸の内1丁目2番3号',
      '10 Downing Street',
      '@jane_doe_1984',
      'https://shop.example/orders/77?token=abc',
    ]
    await asking.ask(`Where is my parcel? ${planted.join(' , ')} \ud800 thanks`)
    await asking.ask(`${'x'.repeat(3990)} ${planted.join(' , ')}`)
    expect(server.requests).toHaveLength(2)
    for (const { raw } of server.requests) for (const each of planted) expect(raw).not.toContain(each)
    expect(server.requests[0]?.text).toContain('Where is my parcel? [mail]')
    expect(server.requests[1]?.text.length).toBe(4000)
  })
})
