/** Of the normal distribution: 95 in 100 are within. */
const Z = 1.959963984540054

export interface Share {
  part: number
  whole: number
  /** 0..1; null of none. */
  share: number | null
  /** The interval that holds the true share 95 times in 100. */
  low: number
  high: number
}

/** A share and its interval (Wilson 1927, JASA 22:209-212), which holds for few and for none too. */
export function shareOf(part: number, whole: number): Share {
  if (whole === 0) return { part, whole, share: null, low: 0, high: 1 }
  const share = part / whole
  const shrink = 1 + (Z * Z) / whole
  const middle = (share + (Z * Z) / (2 * whole)) / shrink
  const half = (Z / shrink) * Math.sqrt((share * (1 - share)) / whole + (Z * Z) / (4 * whole * whole))
  return { part, whole, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
