import { createRecent } from '../recent.ts'

/** Shorter sentences ("We're sorry.") may stand in many replies. */
const SHORTEST = 14

/** The replies sent last are compared with one draft after the other. */
const known = createRecent<readonly string[]>(200)

/** The sentences of a reply that two customers side by side would notice, without links. */
export function noticeableSentences(text: string): readonly string[] {
  const found = known.get(text)
  if (found) return found
  const made = text
    .replace(/https?:\/\/\S+/g, ' ')
    .split(/(?<=[.!?:])\s+|(?<=[。！？])|\n+/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => Array.from(sentence).length >= SHORTEST)
  known.set(text, made)
  return made
}
