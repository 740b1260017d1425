import { z } from 'zod'
import { matchesCode } from '../code-pattern.ts'
import { isCurrency } from '../money.ts'
import { clockTime, timeZone } from '../time-zone.ts'

const severity = z.int().min(0).max(3)

const autoApproveRule = z.strictObject({
  /** Codes, or groups of them such as feedback.* */
  codes: z.array(z.string().min(1)).min(1),
  maxSeverity: severity,
  minConfidence: z.number().min(0).max(1),
  languages: z.array(z.string()).min(1),
  networks: z.array(z.string()).min(1),
})

const fourEyesRule = z.strictObject({
  /** Codes, or groups of them such as billing.*; none: all of them. */
  codes: z.array(z.string().min(1)).default([]),
  minSeverity: severity.default(0),
  /** Where the case gives the customer more than this, in minor units; a currency that is missing always counts. */
  aboveMinor: z
    .record(z.string().refine(isCurrency, 'no ISO 4217 currency such as USD or JPY'), z.int().nonnegative())
    .refine(
      (limits) => Object.keys(limits).length > 0,
      'names no currency; leave it out where no money is meant',
    )
    .optional(),
  /** None: all of them. */
  languages: z.array(z.string().min(1)).default([]),
})
export type FourEyesRule = z.infer<typeof fourEyesRule>

const selfPullRule = z.strictObject({
  reason: z.enum(['surge', 'danger']),
  kinds: z.array(z.enum(['product', 'title', 'code'])).min(1),
  /** Codes, or groups of them such as item.*; none: all of them. */
  codes: z.array(z.string().min(1)).default([]),
  /** At least so many different people must be behind it: nobody stops a sale alone. */
  people: z.int().min(2),
})

/** `templates/policy.yaml`: what may go out without a person, and what must never be answered. */
export const policySchema = z.strictObject({
  autoApprove: z.array(autoApproveRule),
  neverAnswer: z.strictObject({
    codes: z.array(z.string()),
    /** Account names without the @. */
    authors: z.array(z.string()),
    /** A post that holds one of these words is not answered. */
    words: z.array(z.string().min(1)),
  }),
  /** Which posts a language model is asked about as well, where one is configured. */
  secondOpinion: z
    .strictObject({
      /** Those of which our own reading is less sure than this. */
      below: z.number().min(0).max(1),
      /** Codes, or groups of them, that are always asked about. */
      alwaysFor: z.array(z.string().min(1)),
    })
    .default({ below: 0.5, alwaysFor: [] }),
  /** Which drafts a language model words anew before a person sees them, where one is configured. */
  polish: z.strictObject({ codes: z.array(z.string().min(1)) }).default({ codes: [] }),
  /** Below this confidence a reply names no facts: it comes from `replies/_unsure`. */
  unsure: z.strictObject({ below: z.number().min(0).max(1), exceptCodes: z.array(z.string()) }),
  quietHours: z
    .strictObject({ timeZone, from: clockTime, to: clockTime, exceptSeverity: severity })
    .refine(
      (quiet) => quiet.from !== quiet.to,
      'from and to are the same time; leave quietHours out for none',
    )
    .nullish(),
  /** Where whoever changed a draft must not be the one who lets it out. */
  fourEyes: z.array(fourEyesRule).default([]),
  /** Of what would go out by itself, the share that a person reviews before, 0 to 1; chosen by chance. */
  reviewShare: z.number().min(0).max(1).default(0),
  /** Most automatic replies; what is more waits for a person. null: no limit. */
  caps: z
    .strictObject({
      perAuthorPerDay: z.int().min(1).nullable().default(null),
      perHour: z.int().min(1).nullable().default(null),
    })
    .default({ perAuthorPerDay: null, perHour: null }),
  /**
   * When so many tell of the same that replies say so: at least so many cases within so many hours, and so many times
   * what is usual. Left out: never.
   */
  waves: z
    .strictObject({ hours: z.int().min(1).max(48), cases: z.int().min(2), times: z.number().min(1) })
    .nullish(),
  /** Signals that pull their cord without a person. */
  andon: z.strictObject({ selfPull: z.array(selfPullRule).default([]) }).default({ selfPull: [] }),
  /** X exempts enterprise apps from the summoned-reply rule. */
  enterprise: z.boolean(),
  /** X approved in writing that text written by a model is sent without a person. */
  modelTextApproved: z.boolean(),
  /** Stops everything automatic at once. */
  crisis: z.boolean(),
})

export type Policy = z.infer<typeof policySchema>

/** Whether the policy wants a language model to look at a post, too, of which our own reading is `local`. */
export function wantsSecondOpinion(
  { secondOpinion }: Policy,
  local: { codes: readonly string[]; confidence: number },
): boolean {
  return (
    local.confidence < secondOpinion.below ||
    local.codes.some((code) => matchesCode(secondOpinion.alwaysFor, code))
  )
}

/** Whether the policy wants a language model to word drafts about these codes anew. */
export function wantsPolish({ polish }: Policy, codes: readonly string[]): boolean {
  return codes.some((code) => matchesCode(polish.codes, code))
}

/** A reply that a person changed, as far as four eyes care. */
export interface FourEyesSubject {
  codes: readonly string[]
  severity: number
  language: string
  /** What the case gives the customer, a sum for each currency. */
  money: readonly { minor: number; currency: string }[]
}

/** Why two people must have seen a reply: the sum that is too much for one, where it is the money. */
export interface FourEyesReason {
  /** `aboveMinor`: what one person may let out; null where the rule does not name the currency. */
  money: { minor: number; currency: string; aboveMinor: number | null } | null
}

/** Why an edited reply to this case must be let out by somebody who did not edit it; null where it need not. */
export function fourEyesReason(
  rules: readonly FourEyesRule[],
  subject: FourEyesSubject,
): FourEyesReason | null {
  const language = subject.language.split('-')[0]
  const reasons = rules
    .filter(
      (rule) =>
        subject.severity >= rule.minSeverity &&
        (rule.languages.length === 0 || rule.languages.some((each) => each.split('-')[0] === language)) &&
        (rule.codes.length === 0 || subject.codes.some((code) => matchesCode(rule.codes, code))),
    )
    .flatMap(({ aboveMinor }): FourEyesReason[] => {
      if (!aboveMinor) return [{ money: null }]
      const sum = subject.money.find(({ minor, currency }) => minor > (aboveMinor[currency] ?? 0))
      return sum ? [{ money: { ...sum, aboveMinor: aboveMinor[sum.currency] ?? null } }] : []
    })
  // A sum explains itself better than a kind of case does.
  return reasons.find(({ money }) => money !== null) ?? reasons[0] ?? null
}

/** The least confidence with which any rule lets a draft go out by itself; null where none does. */
export function autoApproveFrom({ autoApprove }: Policy): number | null {
  return autoApprove.length === 0 ? null : Math.min(...autoApprove.map((rule) => rule.minConfidence))
}

/** Why a post must not be answered at all, or null. Of its codes the primary one comes first. */
export function neverAnswerReason(
  policy: Policy,
  post: { codes: readonly string[]; authorUsername?: string; text?: string; optedOut: boolean },
): string | null {
  const { neverAnswer } = policy
  if (post.optedOut) return 'the author asked us not to reply'
  // `none` beside another code says nothing: only as the primary one does it mean "not about us".
  const codes = post.codes.filter((code, index) => index === 0 || code !== 'none')
  const code = codes.find((candidate) => matchesCode(neverAnswer.codes, candidate))
  if (code === 'conduct.abuse') return 'conduct.abuse is not answered: it goes to a lead'
  if (code) return `${code} is not answered (neverAnswer.codes in templates/policy.yaml)`
  const author = post.authorUsername?.toLowerCase()
  if (neverAnswer.authors.some((name) => name.replace(/^@/, '').toLowerCase() === author)) {
    return `@${post.authorUsername} is not answered (neverAnswer.authors in templates/policy.yaml)`
  }
  const text = post.text?.normalize('NFKC').toLowerCase() ?? ''
  const word = neverAnswer.words.find((candidate) => text.includes(candidate.normalize('NFKC').toLowerCase()))
  if (word) return `posts with "${word}" are not answered (neverAnswer.words in templates/policy.yaml)`
  return null
}
