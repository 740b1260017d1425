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

const modelPrice = z.strictObject({
  /** Its name as OPENAI_MODEL says it. */
  model: z.string().min(1),
  /** Millionths of a US dollar per million tokens read. */
  inputMicroUsd: z.int().nonnegative(),
  /** The same for a million tokens written. */
  outputMicroUsd: z.int().nonnegative(),
  validFrom: z.iso.date(),
})

/** `templates/prices.yaml`: what one unit of X's API costs, and the tokens of a model, and since when. */
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
    models: z.array(modelPrice).default([]),
  })
  .superRefine(({ prices }, context) => {
    for (const kind of PRICE_KINDS) {
      if (prices.some((price) => price.kind === kind)) continue
      context.addIssue({ code: 'custom', path: ['prices'], message: `has no price for ${kind}` })
    }
  })

/** A model is to be asked whose price nobody wrote down: its budget could not be kept. */
export class ModelPriceError extends Error {
  override name = 'ModelPriceError'
  constructor(model: string, day: string) {
    const quoted = JSON.stringify(model)
    super(
      `OPENAI_MODEL: prices.yaml in the templates folder has no price for ${quoted}. Add a line under "models:" with what ` +
        'a million tokens cost in millionths of a US dollar (0 for a server of your own):\n' +
        `  - { model: ${quoted}, inputMicroUsd: 150000, outputMicroUsd: 600000, validFrom: ${day} }`,
    )
  }
}

export interface Prices {
  /** Price in millionths of a US dollar of one unit on the UTC day of `at` (default: now). */
  priceMicroUsd(kind: PriceKind, at?: Date): number
  /** Price of one reply, by whether its author summoned us and whether it holds a link. */
  replyMicroUsd(reply: { text: string; summoned: boolean }, at?: Date): number
  /**
   * What a language model costs on the UTC day of `at`, per million tokens.
   * @throws ModelPriceError that says what to write into the table
   */
  modelPrice(model: string, at?: Date): { inputMicroUsd: number; outputMicroUsd: number }
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
    modelPrice(model, at = new Date()) {
      const day = at.toISOString().slice(0, 10)
      const prices = table.models
        .filter((price) => price.model === model)
        .toSorted((a, b) => b.validFrom.localeCompare(a.validFrom))
      const price = prices.find((candidate) => candidate.validFrom <= day) ?? prices.at(-1)
      if (!price) throw new ModelPriceError(model, day)
      return price
    },
  }
}
