/** Words of feeling in one language; every list is separated by commas. Later values win over earlier ones. */
export interface Lexicon {
  values: [value: number, words: string][]
  negators: string
  intensifiers: string
  diminishers: string
  contrasts: string
  /** Tells that a failure was put right: what follows or precedes is praise. */
  repaired: string
  /** Praise that people also use in mockery. */
  mockeries: string
  /** Praise that they do not. */
  genuine: string
}

/** The items of a comma-separated list. */
export function listed(list: string): string[] {
  return list.split(', ').filter((item) => item.trim() !== '')
}
