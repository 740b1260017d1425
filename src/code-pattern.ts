/** Whether `code` is one of `patterns` or belongs to a group such as `feedback.*`. */
export function matchesCode(patterns: readonly string[], code: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code,
  )
}
