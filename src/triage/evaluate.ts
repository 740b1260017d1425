import type { Triage } from './classify.ts'

/** A post that a person labelled. Only the labels given are judged. */
export interface LabelledPost {
  id: string
  text: string
  language?: string
  sentiment?: string
  code?: string
}

export interface Evaluation {
  posts: number
  /** Mean F1 over the three classes. */
  sentimentMacroF1: number | null
  /** Share of posts whose primary code is the labelled one. */
  codeAccuracy: number | null
  languageAccuracy: number | null
  wrong: { id: string; text: string; expected: string; got: string }[]
  /** For each code that somebody labelled, in the order of their number. */
  byCode: CodeScore[]
}

export interface CodeScore {
  code: string
  posts: number
  right: number
  /** Posts that were given this code though they are labelled with another. */
  wrongly: number
  /** The codes that were given instead, the most frequent first. */
  takenFor: { code: string; posts: number }[]
}

/** Measures a triage against posts labelled by people. */
export function evaluate(triage: Triage, posts: readonly LabelledPost[]): Evaluation {
  const sentiments: [expected: string, got: string][] = []
  const wrong: Evaluation['wrong'] = []
  const pairs: [expected: string, got: string][] = []
  const counts = { codes: 0, rightCodes: 0, languages: 0, rightLanguages: 0 }
  for (const { id, text, language, sentiment, code } of posts) {
    const result = triage.classify({ text })
    if (sentiment) {
      sentiments.push([sentiment, result.sentiment.label])
      if (sentiment !== result.sentiment.label) {
        wrong.push({ id, text, expected: sentiment, got: result.sentiment.label })
      }
    }
    if (code) {
      counts.codes++
      pairs.push([code, result.code])
      if (code === result.code) counts.rightCodes++
      else wrong.push({ id, text, expected: code, got: result.codes.join(' ') })
    }
    if (language) {
      counts.languages++
      if (language === result.language) counts.rightLanguages++
      else wrong.push({ id, text, expected: language, got: result.language })
    }
  }
  return {
    posts: posts.length,
    sentimentMacroF1: sentiments.length > 0 ? macroF1(sentiments) : null,
    codeAccuracy: counts.codes > 0 ? counts.rightCodes / counts.codes : null,
    languageAccuracy: counts.languages > 0 ? counts.rightLanguages / counts.languages : null,
    wrong,
    byCode: scoreCodes(pairs),
  }
}

function scoreCodes(pairs: readonly (readonly [expected: string, got: string])[]): CodeScore[] {
  const scores = [...new Set(pairs.map(([expected]) => expected))].map((code) => {
    const mine = pairs.filter(([expected]) => expected === code)
    const others = new Map<string, number>()
    for (const [, got] of mine) if (got !== code) others.set(got, (others.get(got) ?? 0) + 1)
    return {
      code,
      posts: mine.length,
      right: mine.filter(([, got]) => got === code).length,
      wrongly: pairs.filter(([expected, got]) => got === code && expected !== code).length,
      takenFor: [...others]
        .map(([other, posts]) => ({ code: other, posts }))
        .sort((a, b) => b.posts - a.posts),
    }
  })
  return scores.sort((a, b) => b.posts - a.posts || (a.code < b.code ? -1 : 1))
}

/** Mean of the classes' F1, each class counting alike however rare it is. */
export function macroF1(pairs: readonly (readonly [expected: string, got: string])[]): number {
  const classes = [...new Set(pairs.map(([expected]) => expected))]
  let sum = 0
  for (const label of classes) {
    const right = pairs.filter(([expected, got]) => expected === label && got === label).length
    const given = pairs.filter(([, got]) => got === label).length
    const there = pairs.filter(([expected]) => expected === label).length
    sum += right === 0 ? 0 : (2 * right) / (given + there)
  }
  return classes.length === 0 ? 0 : sum / classes.length
}
