import type { Liquid, Template } from 'liquidjs'
import { z } from 'zod'
import { parseLiquid } from '../liquid-file.ts'

/** `what` in a template's front matter: the brand's words for what customers tell in theirs. */
export const whatSchema = z.strictObject({
  /** `say` is Liquid: it knows {{ thing }}, {{ wait }} and {{ day }}. */
  words: z.array(z.strictObject({ say: z.string().min(1), when: z.array(z.string().min(1)).min(1) })),
  /** May be empty: the texts then say what they say without it. */
  otherwise: z.string(),
})

export type What = z.infer<typeof whatSchema>

/** What the sentences about what happened may name. */
export interface WhatFacts {
  thing: string | null
  wait: string | null
  day: string | null
}

export interface WhatSayer {
  /** Names what a post tells: the first entry with a word of the post. Nothing else of the post is repeated. */
  say(postText: string, facts: WhatFacts): string
  /** All that it can say. */
  all(facts: WhatFacts): string[]
}

/**
 * Parses the sentences of a front matter.
 * @param lineOf line of the file on which the value at a path of the front matter stands
 * @throws TemplateFileError
 */
export function createWhatSayer(
  liquid: Liquid,
  file: string,
  what: What,
  hasThing: boolean,
  lineOf: (path: (string | number)[]) => number,
): WhatSayer {
  const known = new Set(['wait', 'day', ...(hasThing ? ['thing'] : [])])
  const parse = (text: string, path: (string | number)[]) =>
    parseLiquid(liquid, file, text, lineOf(['what', ...path]), known).template
  const say = (sentence: Template[], facts: WhatFacts): string =>
    liquid.renderSync(sentence, { ...facts }).trim()
  const words = what.words.map((word, index) => ({
    when: word.when.map((each) => each.normalize('NFKC').toLowerCase()),
    sentence: parse(word.say, ['words', index, 'say']),
  }))
  const otherwise = parse(what.otherwise, ['otherwise'])
  return {
    say(postText, facts) {
      const text = postText.normalize('NFKC').replaceAll('’', "'").toLowerCase()
      const match = words.find(({ when }) => when.some((word) => containsWord(text, word)))
      return say(match?.sentence ?? otherwise, facts)
    },
    all: (facts) => [...words.map(({ sentence }) => sentence), otherwise].map((each) => say(each, facts)),
  }
}

/** Latin words count from their beginning ("tear" is not in "years"); Japanese ones anywhere. */
function containsWord(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!/^[a-z0-9]/.test(wanted) || !/[a-z0-9]/.test(text[at - 1] ?? ' ')) return true
  }
  return false
}
