import { type Check, type CheckContext, checkText } from './check.ts'
import { findTexts, HAD_EVERY_TEXT } from './find-texts.ts'
import type { ReplyFiles } from './load.ts'
import { markWeight } from './mark.ts'
import type { NamedEntity } from './named.ts'
import { pickText } from './pick-text.ts'
import { neverAnswerReason } from './policy.ts'
import type { Delivery } from './publication.ts'
import type { FollowUp } from './reply-template.ts'
import { NEAR_DUPLICATE } from './similarity.ts'
import { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

export interface DraftInput {
  post: {
    id: string
    text: string
    authorUsername: string
    authorName?: string
    /** The author mentioned our account or quoted one of our posts. */
    summoned: boolean
    /** x, replay, … */
    network: string
  }
  classification: {
    language: string
    /** Primary wrap-up code. */
    code: string
    codes: string[]
    severity: number
    confidence: number
    sentiment: { label: string; score: number }
    /** Why a person must look at the post, or null. */
    needsPerson: string | null
    optOut: boolean
  }
  /** Id of the case: the same one always gives the same text. */
  seed: string
  /** Variants that this person already got (`delivery.late/en#2`): none of them is used again. */
  avoidTemplates?: string[]
  /** Replies sent a moment ago, the latest first: their sentences are avoided where there is a choice. */
  recentTexts?: string[]
  /** Every reply that this person got before, of any case: none of them is written again. */
  earlierTexts?: string[]
  /** What triage found named in the post. */
  entities?: readonly NamedEntity[]
  /** Many people tell of the same just now, and the company knows. */
  incident?: boolean
  /** We stopped selling what it is about: no other words than those. */
  stopped?: boolean
  /** Invites the author to say which customer they are: a link for them alone. Left out or null: no invitation. */
  claimUrl?: string | null
  /** A person posts it by hand, whatever X would allow. */
  handover?: boolean
}

export interface Draft {
  locale: string | null
  /** `delivery.late/en#1` */
  template: string | null
  /** SHA-256 of the template file, in hex. */
  templateHash: string | null
  text: string | null
  /** Why there is no text; null where there is one. */
  reason: string | null
  weightedLength: number
  /** Price of sending it through X's API, in millionths of a US dollar. By hand it costs nothing. */
  costMicroUsd: number
  checks: Check[]
  delivery: Delivery
  /** What happens after the reply; null where there is none. */
  followUp: FollowUp | null
}

/** Writes the reply to a post from the templates, or says why there is none. Same input, same draft. */
export function draftReply(files: ReplyFiles, input: DraftInput): Draft {
  const { post, classification } = input
  const never = neverAnswerReason(files.policy, {
    codes: [classification.code, ...classification.codes],
    authorUsername: post.authorUsername,
    text: post.text,
    optedOut: classification.optOut,
  })
  if (never) return noDraft(never)
  const locale = classification.language.split('-')[0]?.toLowerCase() ?? ''
  if (!files.brand.locales.includes(locale)) {
    return noDraft(`no replies in the language "${classification.language}": a person answers`)
  }
  const { severity } = classification
  const found = findTexts(files, input, locale)
  if ('lacking' in found) return noDraft(found.lacking)
  const { template, fresh } = found
  const room = MAX_WEIGHTED_LENGTH - markWeight(files.brand)
  const { variant, text, alikeEarlier } = pickText(template, fresh, input, room)
  if (alikeEarlier >= NEAR_DUPLICATE) return noDraft(HAD_EVERY_TEXT)
  const context: CheckContext = {
    locale,
    summoned: post.summoned,
    authorUsername: post.authorUsername,
    code: classification.code,
    severity,
    recentTexts: input.recentTexts,
    earlierTexts: input.earlierTexts,
    ...(input.claimUrl ? { ownLinks: [input.claimUrl] } : {}),
  }
  return {
    locale,
    template: variant.id,
    templateHash: template.hash,
    text,
    reason: null,
    weightedLength: weighText(text),
    costMicroUsd: files.prices.replyMicroUsd({ text, summoned: countsAsSummoned(post) }),
    checks: checkText(files.tone, files.brand, text, context),
    delivery: deliveryOf(files, input),
    followUp: template.followUp,
  }
}

function deliveryOf(files: ReplyFiles, { post, handover }: DraftInput): Delivery {
  if (handover) return 'manual'
  // The summoned rule is X's own; its enterprise customers are exempt.
  if (post.network === 'x' && !post.summoned && !files.policy.enterprise) return 'manual'
  return 'api'
}

function countsAsSummoned(post: DraftInput['post']): boolean {
  return post.summoned || post.network === 'replay'
}

function noDraft(reason: string): Draft {
  return {
    locale: null,
    template: null,
    templateHash: null,
    text: null,
    reason,
    weightedLength: 0,
    costMicroUsd: 0,
    checks: [],
    delivery: 'none',
    followUp: null,
  }
}
