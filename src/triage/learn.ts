import { LineCounter, parseDocument, YAMLSeq } from 'yaml'

/** What stands where a person is to write; `taxonomy.yaml` is refused while it is there. */
export const PLACEHOLDER = 'REWRITE IN YOUR OWN WORDS'

/** A labelled post that the examples should cover. */
export interface Lesson {
  postId: number
  code: string
  language: 'en' | 'ja'
}

/**
 * Adds a place for one further example a lesson to the text of a taxonomy file, at the end of the code's examples,
 * and leaves every other character as it is. The posts themselves do not get in: a person writes each anew.
 * Lessons that the file has already are left out.
 * @returns the new text of the file, the lessons that found a place, and those for which there is none: no such code,
 * or its examples are not written one a line
 */
export function proposeExamples(
  source: string,
  lessons: readonly Lesson[],
): { proposed: string; placed: Lesson[]; homeless: Lesson[] } {
  const document = parseDocument(source, { lineCounter: new LineCounter() })
  const codes = document.get('codes') as YAMLSeq | undefined
  const indexes = new Map(
    (codes?.items ?? []).map((_, index) => [String(document.getIn(['codes', index, 'code'])), index]),
  )
  const known = learntFrom(source)
  const inserts: { at: number; line: string }[] = []
  const placed: Lesson[] = []
  const homeless: Lesson[] = []
  for (const lesson of lessons) {
    if (known.has(lesson.postId)) continue
    const index = indexes.get(lesson.code)
    const list = document.getIn(['codes', index, 'examples', lesson.language], true)
    const last = list instanceof YAMLSeq && !list.flow ? list.items.at(-1) : undefined
    const range = (last as { range?: [number, number, number] } | undefined)?.range
    if (!range) {
      homeless.push(lesson)
      continue
    }
    const lineStart = source.lastIndexOf('\n', range[0]) + 1
    const indent = /^ */.exec(source.slice(lineStart))?.[0] ?? ''
    const end = source.indexOf('\n', range[1])
    inserts.push({
      at: end === -1 ? source.length : end + 1,
      line: `${indent}- ${PLACEHOLDER} # post ${lesson.postId}\n`,
    })
    placed.push(lesson)
  }
  // from the end, so that earlier places stay where they are; those of one place keep their order
  let proposed = source
  for (const { at, line } of inserts.toReversed().sort((a, b) => b.at - a.at)) {
    const before = proposed.slice(0, at)
    proposed = `${before}${before.endsWith('\n') ? '' : '\n'}${line}${proposed.slice(at)}`
  }
  return { proposed, placed, homeless }
}

/** Examples of a taxonomy file that were written after a post: the post's id → the example. */
export function learntFrom(source: string): Map<number, string> {
  const learnt = new Map<number, string>()
  for (const [, written = '', id] of source.matchAll(/^\s*- (.{1,2000}?) # post (\d{1,15})\s*$/gm)) {
    learnt.set(Number(id), unquoted(written))
  }
  return learnt
}

function unquoted(scalar: string): string {
  return String(parseDocument(scalar).toJS() ?? '')
}

/**
 * How much of an original stands in what was written after it, 0..1: the share of the rewriting's character
 * triples that the original has too.
 */
export function sameWording(original: string, rewritten: string): number {
  const triples = (text: string) => {
    const plain = text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '')
    return new Set(Array.from({ length: Math.max(plain.length - 2, 0) }, (_, i) => plain.slice(i, i + 3)))
  }
  const [mine, theirs] = [triples(rewritten), triples(original)]
  if (mine.size === 0) return plainlyEqual(original, rewritten) ? 1 : 0
  let shared = 0
  for (const triple of mine) if (theirs.has(triple)) shared++
  return shared / mine.size
}

function plainlyEqual(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}
