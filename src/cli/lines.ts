import { StringDecoder } from 'node:string_decoder'
import type { z } from 'zod'

/** Longest line read, in characters: nothing that belongs in one is longer, and one must not fill the memory. */
export const MAX_LINE = 1_000_000

export interface Line {
  /** 1-based. */
  number: number
  /** Without its line break; null where the line is longer than `MAX_LINE`. */
  text: string | null
}

/**
 * Cuts a stream of UTF-8 into lines, a chunk's complete lines at a time.
 * Only `\n` and `\r\n` end a line: JSON strings may hold the other Unicode line breaks as they are.
 */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  const decoder = new StringDecoder('utf8')
  let number = 0
  let rest = ''
  let tooLong = false

  function cut(text: string): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = rest + text.slice(start, end)
      number += 1
      lines.push({ number, text: tooLong || line.length > MAX_LINE ? null : line.replace(/\r$/, '') })
      rest = ''
      tooLong = false
      start = end + 1
    }
    rest += text.slice(start)
    if (rest.length > MAX_LINE) {
      tooLong = true
      rest = ''
    }
    return lines
  }

  let first = true
  for await (const chunk of input) {
    let text = decoder.write(chunk)
    if (first && text !== '') {
      text = text.replace(/^\uFEFF/, '')
      first = false
    }
    const lines = cut(text)
    if (lines.length > 0) yield lines
  }
  const last = cut(decoder.end())
  if (rest !== '' || tooLong)
    last.push({ number: number + 1, text: tooLong ? null : rest.replace(/\r$/, '') })
  if (last.length > 0) yield last
}

/** What is wrong with a line, by field. */
export function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
}
