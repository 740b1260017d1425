import { z } from 'zod'

/** `what` in a template's front matter: the brand's words for what customers tell in theirs. */
export const whatSchema = z.strictObject({
  words: z.array(z.strictObject({ say: z.string().min(1), when: z.array(z.string().min(1)).min(1) })),
  /** May be empty: the texts then say what they say without it. */
  otherwise: z.string(),
})

export type What = z.infer<typeof whatSchema>

/** Names what a post tells: the first entry with a word of the post. Nothing of the post itself is repeated. */
export function sayWhat(what: What, postText: string): string {
  const text = postText.normalize('NFKC').toLowerCase()
  const match = what.words.find(({ when }) => when.some((word) => containsWord(text, word)))
  return match?.say ?? what.otherwise
}

/** Latin words count from their beginning ("tear" is not in "years"); Japanese ones anywhere. */
function containsWord(text: string, word: string): boolean {
  const wanted = word.normalize('NFKC').toLowerCase()
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!/^[a-z0-9]/.test(wanted) || !/[a-z0-9]/.test(text[at - 1] ?? ' ')) return true
  }
  return false
}
