import type { Liquid } from 'liquidjs'
import { cleanQuote } from './clean.ts'
import { OneOf } from './one-of.ts'

/** What a template sees, and how it chooses between wordings. Customers' words in it are clean already. */
export interface RenderScope {
  locale: string
  what: string | null
  /** What the customer calls the product or title, or the template's own word for it. */
  thing: string | null
  /** The post names it: nobody needs to ask for it. */
  named: boolean
  /** How long the customer has waited, such as "three weeks". */
  wait: string | null
  /** The only day that the post names, such as "on Tuesday, 17 November". */
  day: string | null
  severity: number
  summoned: boolean
  customer: { name: string; words: string }
  /** Invites the author to say which customer they are. */
  claimUrl: string | null
  choose(options: string[]): string
}

/** Longest customer's words that a template can repeat, in characters. */
export const MAX_QUOTE = { name: 20, words: 40 }

/**
 * Adds `one` and `or` (one of several wordings), `quote` (a customer's words, cleaned and in quotation marks) and
 * `sentence` (a capital to begin with, the rest as it is: Liquid's own `capitalize` would write “casablanca”).
 */
export function registerReplyFilters(liquid: Liquid): void {
  liquid.registerTag('one', OneOf)
  liquid.registerFilter('sentence', (text: unknown) =>
    String(text).replace(/^\P{L}*\p{Ll}/u, (first) => first.toUpperCase()),
  )
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
