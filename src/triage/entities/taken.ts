import type { Span } from './plain-text.ts'

/** Which characters already belong to something: the first finder that claims them keeps them. */
export interface Taken {
  /** Claims a span; false where some of it belongs to something else. */
  claim(span: Span): boolean
}

export function createTaken(length: number): Taken {
  let marks: Uint8Array | null = null
  return {
    claim({ start, end }) {
      marks ??= new Uint8Array(length)
      for (let i = start; i < end; i++) if (marks[i] === 1) return false
      marks.fill(1, start, end)
      return true
    },
  }
}
