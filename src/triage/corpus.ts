import { readFileSync } from 'node:fs'
import type { CodeSentiment } from './taxonomy.ts'

/** One of our own posts with what it is about and how its author feels. */
export interface CorpusPost {
  /** Primary first. */
  codes: string[]
  sentiment: Exclude<CodeSentiment, 'mixed'>
  text: string
}

const FOLDER = new URL('./corpus/', import.meta.url)
const SENTIMENTS: Record<string, CorpusPost['sentiment']> = {
  '-': 'negative',
  '0': 'neutral',
  '+': 'positive',
}

/**
 * Reads the posts that ship with the program beside those in the taxonomy: one a line, codes, sentiment (`-`, `0`
 * or `+`) and text between tabs. All of them are our own writing.
 * @throws Error naming the line that can not be read
 */
export function readCorpus(language: 'en' | 'ja'): CorpusPost[] {
  const lines = readFileSync(new URL(`${language}.tsv`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line, index) => {
    const [codes = '', mark = '', text = '', ...more] = line.split('\t')
    const sentiment = SENTIMENTS[mark]
    if (codes === '' || text === '' || more.length > 0 || !sentiment) {
      throw new Error(
        `corpus/${language}.tsv:${index + 1}: expected codes, one of - 0 +, and a text between tabs`,
      )
    }
    return { codes: codes.split(','), sentiment, text }
  })
}

/**
 * Reads the word classes of a language: words that say the same thing here ("lamp, kettle, toaster"), so that what one
 * of them teaches holds for the others. One class a line, its name and its words between a tab.
 */
export function readWordClasses(language: 'en' | 'ja'): string[][] {
  const lines = readFileSync(new URL(`classes-${language}.txt`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => (line.split('\t')[1] ?? '').split(', '))
}

/**
 * What custom says of posts that are about two codes: for each pair (row, column; by their index in the taxonomy) the
 * logarithm of how much more often the row's code comes first.
 */
export function learnPrecedence(codes: readonly string[], corpus: readonly CorpusPost[]): Float32Array {
  const size = codes.length
  const indexOf = new Map(codes.map((code, index) => [code, index]))
  const first = new Float32Array(size * size).fill(1)
  for (const {
    codes: [primary = '', ...others],
  } of corpus) {
    const row = indexOf.get(primary)
    for (const other of others) {
      const cell = (row ?? Number.NaN) * size + (indexOf.get(other) ?? Number.NaN)
      if (cell >= 0) first[cell] = (first[cell] as number) + 1
    }
  }
  return first.map((count, cell) => {
    const mirrored = (cell % size) * size + Math.floor(cell / size)
    return Math.log(count / (first[mirrored] as number))
  })
}
