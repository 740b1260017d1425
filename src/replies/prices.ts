import { z } from 'zod'
import { findLinks } from './weigh.ts'

export const PRICE_KINDS = [
  'mention.read',
  'post.read',
  'user.read',
  'post.create',
  'post.create.url',
  'reply.summoned',
  'reply.summoned.url',
  'dm.send',
  'dm.read',
] as const

export type PriceKind = (typeof PRICE_KINDS)[number]

/** `templates/prices.yaml`: what one unit of X's API costs, and since when. */
export const pricesSchema = z
  .strictObject({
    prices: z.array(
      z.strictObject({
        kind: z.enum(PRICE_KINDS),
        /** Millionths of a US dollar. */
        microUsd: z.int().nonnegative(),
        /** First UTC day of this price. */
        validFrom: z.iso.date(),
      }),
    ),
  })
  .superRefine(({ prices }, context) => {
    for (const kind of PRICE_KINDS) {
      if (prices.some((price) => price.kind === kind)) continue
      context.addIssue({ code: 'custom', path: ['prices'], message: `has no price for ${kind}` })
    }
  })

export interface Prices {
  /** Price in millionths of a US dollar of one unit on the UTC day of `at` (default: now). */
  priceMicroUsd(kind: PriceKind, at?: Date): number
  /** Price of one reply, by whether its author summoned us and whether it holds a link. */
  replyMicroUsd(reply: { text: string; summoned: boolean }, at?: Date): number
}

/** Looks prices up by date. A day before the first known price costs what the first one says. */
export function createPrices(table: z.infer<typeof pricesSchema>): Prices {
  const byKind = new Map<PriceKind, { microUsd: number; validFrom: string }[]>()
  for (const price of table.prices.toSorted((a, b) => b.validFrom.localeCompare(a.validFrom))) {
    byKind.set(price.kind, [...(byKind.get(price.kind) ?? []), price])
  }
  const priceMicroUsd = (kind: PriceKind, at = new Date()) => {
    const day = at.toISOString().slice(0, 10)
    const prices = byKind.get(kind) ?? []
    const price = prices.find((candidate) => candidate.validFrom <= day) ?? prices.at(-1)
    if (!price) throw new RangeError(`templates/prices.yaml has no price for ${kind}`)
    return price.microUsd
  }
  return {
    priceMicroUsd,
    replyMicroUsd({ text, summoned }, at) {
      const kind = summoned ? 'reply.summoned' : 'post.create'
      return priceMicroUsd(findLinks(text).length > 0 ? `${kind}.url` : kind, at)
    },
  }
}
