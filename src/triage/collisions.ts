import { createTriage } from './classify.ts'
import type { Taxonomy } from './taxonomy.ts'

/** An example that, unless it is learnt by heart, is read as another code. */
export interface Misread {
  language: 'en' | 'ja'
  code: string
  index: number
  text: string
  readAs: string
  confidence: number
}

export interface Collision {
  language: 'en' | 'ja'
  code: string
  readAs: string
  /** Examples of `code` that are read as `readAs`, those that are surest first. */
  examples: Misread[]
  /** Of the code's examples in this language, 0..1. */
  share: number
}

const FOLDS = 3

/**
 * Finds codes whose examples collide: each third of the examples is held back in turn, learnt without, and then
 * classified (k-fold cross-validation). What is left are examples that sound more like another code than like
 * their own.
 * @returns collisions of at least `least` examples or a fifth of a code's, the largest first, and how many examples
 * of each code are recognised
 */
export function findCollisions(taxonomy: Taxonomy, least = 3) {
  const misread: Misread[] = []
  const counts = new Map<string, { language: 'en' | 'ja'; code: string; examples: number; right: number }>()
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = (index: number) => index % FOLDS === fold
    const triage = createTriage({
      ...taxonomy,
      codes: taxonomy.codes.map((each) => ({ ...each, examples: without(each.examples, held) })),
    })
    for (const { code, examples } of taxonomy.codes) {
      for (const language of ['en', 'ja'] as const) {
        const key = `${language} ${code}`
        const count = counts.get(key) ?? { language, code, examples: 0, right: 0 }
        counts.set(key, count)
        for (const [index, text] of examples[language].entries()) {
          if (!held(index)) continue
          count.examples++
          const { code: readAs, confidence } = triage.classify({ text })
          if (readAs === code) count.right++
          else misread.push({ language, code, index, text, readAs, confidence })
        }
      }
    }
  }
  const collisions = new Map<string, Collision>()
  for (const each of misread.sort((a, b) => b.confidence - a.confidence)) {
    const key = `${each.language} ${each.code} ${each.readAs}`
    const found = collisions.get(key) ?? { ...each, examples: [], share: 0 }
    found.examples.push(each)
    found.share = found.examples.length / (counts.get(`${each.language} ${each.code}`)?.examples ?? 1)
    collisions.set(key, found)
  }
  return {
    collisions: [...collisions.values()]
      .filter(({ examples, share }) => examples.length >= least || (examples.length >= 2 && share >= 0.2))
      .map(({ language, code, readAs, examples, share }) => ({ language, code, readAs, examples, share }))
      .sort((a, b) => b.examples.length - a.examples.length),
    recognised: [...counts.values()],
  }
}

function without(
  examples: Taxonomy['codes'][number]['examples'],
  held: (index: number) => boolean,
): Taxonomy['codes'][number]['examples'] {
  const kept = (list: string[]) => list.filter((_, index) => !held(index))
  return { en: kept(examples.en), ja: kept(examples.ja) }
}
