import { matchesCode } from '../code-pattern.ts'
import { quietUntil } from '../quiet-hours.ts'
import type { Check } from './check.ts'
import { neverAnswerReason, type Policy } from './policy.ts'

export type Delivery = 'api' | 'manual' | 'none'

export interface PublicationInput {
  code: string
  /** Further codes of the post, where it has some. */
  codes?: string[]
  severity: number
  confidence: number
  language: string
  needsPerson: string | null
  delivery: Delivery
  checks: readonly Check[]
  authorOptedOut: boolean
  authorUsername?: string
  postText?: string
  network: string
  /** The text was written or changed by a model. */
  modelText?: boolean
  now: Date
}

export interface Publication {
  outcome: 'auto' | 'person' | 'never'
  reason: string
  /** Quiet hours: not to be sent before this minute. Only with `auto`. */
  notBefore?: Date
}

/** Triage's words for why a person must look, as sentences. Any other word stands for itself. */
const PERSON_REASONS: Record<string, string> = {
  danger: 'somebody may be in danger: a person decides',
  abuse: 'the post may be harassment: a person decides',
  picture: 'the picture says more than the text: a person looks at it',
  language: 'the language of the post is uncertain: a person decides',
}

/** Decides who may let a draft go out. Whatever no rule of the policy allows needs a person. */
export function decidePublication(policy: Policy, input: PublicationInput): Publication {
  const never = neverAnswerReason(policy, {
    codes: [input.code, ...(input.codes ?? [])],
    authorUsername: input.authorUsername,
    text: input.postText,
    optedOut: input.authorOptedOut,
  })
  if (never) return { outcome: 'never', reason: never }
  const person = personReason(policy, input)
  if (person) return { outcome: 'person', reason: person }
  const index = policy.autoApprove.findIndex(
    (rule) =>
      matchesCode(rule.codes, input.code) &&
      input.severity <= rule.maxSeverity &&
      input.confidence >= rule.minConfidence &&
      rule.languages.includes(input.language) &&
      rule.networks.includes(input.network),
  )
  if (index < 0)
    return { outcome: 'person', reason: 'no autoApprove rule of templates/policy.yaml allows it' }
  const reason = `autoApprove rule ${index + 1} of templates/policy.yaml allows it`
  const quiet = policy.quietHours
  const until = quiet && input.severity < quiet.exceptSeverity ? quietUntil(quiet, input.now) : null
  return until
    ? { outcome: 'auto', reason: `${reason}, after the quiet hours`, notBefore: until }
    : { outcome: 'auto', reason }
}

/** What stands against sending without a person, whatever the rules allow; null if nothing does. */
function personReason(policy: Policy, input: PublicationInput): string | null {
  if (policy.crisis) return 'crisis mode is on: nothing goes out by itself'
  if (input.needsPerson) return PERSON_REASONS[input.needsPerson] ?? input.needsPerson
  if (input.delivery === 'none') return 'there is no text to send'
  if (input.delivery === 'manual') {
    return 'the author did not mention us: X lets only a person answer, from its own composer'
  }
  if (input.modelText && !policy.modelTextApproved) {
    return 'a model wrote this and X has not approved that (modelTextApproved in templates/policy.yaml)'
  }
  const failed = input.checks.find((check) => !check.ok)
  return failed ? `the check "${failed.rule}" failed: ${failed.why}` : null
}
