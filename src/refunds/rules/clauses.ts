// A backslash takes the next character with it in raw texts too.
const STRING = /"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y
const COMMENT = /\/\/.*/y

/**
 * Cuts a condition at its outermost `&&`: what stands inside brackets, texts and comments stays whole. Only right
 * where the condition is a chain of `&&`, since `||` binds less.
 */
export function splitClauses(condition: string): string[] {
  const clauses: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < condition.length; at++) {
    const skipped = matchAt(STRING, condition, at) ?? matchAt(COMMENT, condition, at)
    if (skipped) {
      at += skipped.length - 1
    } else if ('([{'.includes(condition[at] as string)) {
      depth += 1
    } else if (')]}'.includes(condition[at] as string)) {
      depth -= 1
    } else if (depth === 0 && condition.startsWith('&&', at)) {
      clauses.push(condition.slice(start, at))
      start = at + 2
    }
  }
  return [...clauses, condition.slice(start)]
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}
