import type { Brand } from './brand.ts'
import { type Check, type CheckContext, checkText } from './check.ts'
import { type Draft, type DraftInput, draftReply } from './draft.ts'
import { readReplyFiles } from './load.ts'
import type { Policy } from './policy.ts'
import type { Prices } from './prices.ts'
import { decidePublication, type Publication, type PublicationInput } from './publication.ts'
import type { Tone } from './tone.ts'
import { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

export type { Brand } from './brand.ts'
export type { Check, CheckContext } from './check.ts'
export type { Draft, DraftInput } from './draft.ts'
export {
  autoApproveFrom,
  type FourEyesRule,
  needsFourEyes,
  type Policy,
  wantsSecondOpinion,
} from './policy.ts'
export { ModelPriceError, type PriceKind, type Prices } from './prices.ts'
export type { Delivery, Publication, PublicationInput } from './publication.ts'
export { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

export interface TextReport {
  checks: Check[]
  weightedLength: number
  /** Price of sending it through X's API, in millionths of a US dollar. */
  costMicroUsd: number
  fits: boolean
}

export interface Replies {
  brand: Brand
  policy: Policy
  prices: Prices
  tone: Tone
  /** Codes that have templates, sorted. */
  codes: string[]
  /** Writes the reply to a post, or says why there is none. */
  draft(input: DraftInput): Draft
  /** Checks a text that a person (or a model) wrote or changed. */
  check(text: string, context: CheckContext): TextReport
  /** Decides who may let a draft go out, by `templates/policy.yaml`. */
  decidePublication(input: PublicationInput): Publication
}

export interface RepliesOptions {
  /** How links of our own begin that a reply may carry; asked at each check, for our address may not be known yet. */
  ownLinks?: () => readonly string[]
}

/**
 * Loads all that replies are made from out of the templates folder: `brand.yaml`, `policy.yaml`,
 * `prices.yaml`, `tone.yaml` and `replies/<code>/<locale>.liquid`.
 * @throws TemplateFileError with every fault of every file at once
 */
export function loadReplies(dir: string, options: RepliesOptions = {}): Replies {
  const files = readReplyFiles(dir)
  return {
    brand: files.brand,
    policy: files.policy,
    prices: files.prices,
    tone: files.tone,
    codes: [...new Set([...files.templates.values()].map((template) => template.code))]
      .filter((code) => !code.startsWith('_'))
      .sort(),
    draft: (input) => draftReply(files, input),
    check(text, context) {
      const weightedLength = weighText(text)
      return {
        checks: checkText(files.tone, files.brand, text, {
          ownLinks: options.ownLinks?.() ?? [],
          ...context,
        }),
        weightedLength,
        costMicroUsd: files.prices.replyMicroUsd({ text, summoned: context.summoned }),
        fits: weightedLength <= MAX_WEIGHTED_LENGTH,
      }
    },
    decidePublication: (input) => decidePublication(files.policy, input),
  }
}
