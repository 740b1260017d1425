import type { Brand } from './brand.ts'
import { type Check, type CheckContext, checkText } from './check.ts'
import { type Draft, type DraftInput, draftReply } from './draft.ts'
import { readReplyFiles } from './load.ts'
import { type Signer, signText } from './mark.ts'
import { type OtherText, otherTexts, twinText } from './other-texts.ts'
import type { Policy } from './policy.ts'
import type { Prices } from './prices.ts'
import { decidePublication, type Publication, type PublicationInput } from './publication.ts'
import type { Tone } from './tone.ts'
import { findLinks, MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

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
  /** Closes a text as the brand signs: with the mark of whoever lets it go out. See `signText`. */
  sign(text: string, signer: Signer, locale: string): string
  /** Every text that could answer a post, by the codes given; see `otherTexts`. */
  others(input: DraftInput, codes: readonly string[]): OtherText[]
  /** The same variant in another language, with the same facts; null where there is none. */
  twin(input: DraftInput, template: string, locale: string): OtherText | null
  /** The first link of our own that a text carries besides the brand's: an invitation; null where there is none. */
  ownLinkIn(text: string): string | null
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
    sign: (text, signer, locale) => signText(files.brand, text, signer, locale),
    others: (input, codes) => otherTexts(files, input, codes),
    twin: (input, template, locale) => twinText(files, input, template, locale),
    ownLinkIn: (text) => {
      const starts = options.ownLinks?.() ?? []
      return findLinks(text).find((link) => starts.some((start) => link.startsWith(start))) ?? null
    },
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
