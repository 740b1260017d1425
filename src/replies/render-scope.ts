import type { Liquid } from 'liquidjs'
import { cleanQuote } from './clean.ts'

/** What a template sees, and how `or` chooses. Customers' words in it are clean already. */
export interface RenderScope {
  locale: string
  what: string | null
  severity: number
  summoned: boolean
  customer: { name: string; words: string }
  /** Invites the author to say which customer they are. */
  claimUrl: string | null
  choose(options: string[]): string
}

/** Longest customer's words that a template can repeat, in characters. */
export const MAX_QUOTE = { name: 20, words: 40 }

/** Adds `or` (one of several wordings) and `quote` (a customer's words, cleaned and in quotation marks). */
export function registerReplyFilters(liquid: Liquid): void {
  liquid.registerFilter('or', function (this: { context: { environments: object } }, ...options: unknown[]) {
    // `a | or: b | or: c` would choose twice: all wordings are arguments of one `or`.
    return (this.context.environments as RenderScope).choose(options.map(String))
  })
  liquid.registerFilter('quote', function (this: { context: { environments: object } }, words, maxLength) {
    const clean = cleanQuote(words, Math.min(Number(maxLength ?? MAX_QUOTE.words), MAX_QUOTE.words))
    if (clean === '') return ''
    return (this.context.environments as RenderScope).locale === 'ja' ? `「${clean}」` : `“${clean}”`
  })
}
