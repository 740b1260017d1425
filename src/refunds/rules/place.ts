/** 1-based place in a file. */
export interface Place {
  line: number
  column: number
}

/**
 * Finds the place in a YAML source of the character at `offset` of a scalar's value, whatever the scalar's
 * style: YAML folds and indents white space, so the other characters are counted.
 * @param start where the scalar begins in the source
 */
export function placeInScalar(source: string, start: Place, value: string, offset: number): Place {
  const lines = source.split('\n')
  let at = lines.slice(0, start.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + start.column - 1
  const style = source[at]
  if (style === '|' || style === '>') at = source.indexOf('\n', at) + 1
  if (style === '"' || style === "'") at += 1
  const wanted = value.slice(0, offset).replaceAll(/\s/g, '').length
  for (let seen = 0; at < source.length; at++) {
    if (/\s/.test(source[at] as string)) continue
    if (style === '"' && source[at] === '\\') at += 1
    if (style === "'" && source.startsWith("''", at)) at += 1
    if (seen === wanted) break
    seen += 1
  }
  const before = source.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}
