/** What the company wants X to cost at most, in millionths of a US dollar, and what of that is kept back. */
export interface ApiBudget {
  dailyMicroUsd: number | null
  monthlyMicroUsd: number | null
  /** Share that searches leave to mentions and replies, 0 to 1. */
  mentionsReserve: number
  /** Share that searches and mentions leave to replies, 0 to 1. */
  repliesReserve: number
}

export interface ApiSpend {
  /** Spent on this UTC day and in this UTC month, in millionths of a US dollar. */
  dayMicroUsd: number
  monthMicroUsd: number
}

/** What a call is for. Searches give way first, replies last. */
export type ApiUse = 'search' | 'mentions' | 'reply'

export type ApiAllowance =
  | { allowed: 'full' | 'narrow' }
  /** `until`: when a new day or month begins. */
  | { allowed: 'no'; until: Date; reason: string }

/** Of what searches may use, they use so much before they are narrowed. */
const NARROW_FROM = 0.5

/**
 * Whether a call still fits into the budget. X charges by the post, so reading less often would save nothing: what is
 * read is narrowed first, then searches stop, then mentions, and replies go on to the last cent.
 */
export function allowanceFor(use: ApiUse, budget: ApiBudget, spend: ApiSpend, now: Date): ApiAllowance {
  const keptBack = use === 'reply' ? 0 : use === 'mentions' ? budget.repliesReserve : budget.mentionsReserve
  const spans = [
    { word: 'day', of: budget.dailyMicroUsd, spent: spend.dayMicroUsd, until: nextDay(now) },
    { word: 'month', of: budget.monthlyMicroUsd, spent: spend.monthMicroUsd, until: nextMonth(now) },
  ].flatMap(({ of, ...span }) =>
    of === null ? [] : [{ ...span, of, share: share(span.spent, of * (1 - keptBack)) }],
  )
  // Where both are used up, the one that lasts longer counts.
  const over = spans.findLast((span) => span.share >= 1)
  if (over) {
    const kept =
      keptBack > 0 ? `, ${Math.round(keptBack * 100)} % of it is kept back for what matters more` : ''
    return {
      allowed: 'no',
      until: over.until,
      reason: `the ${over.word}'s budget for X is used up (${usd(over.spent)} of ${usd(over.of)}${kept}; budget in templates/listening.yaml)`,
    }
  }
  const narrow = use === 'search' && spans.some((span) => span.share >= NARROW_FROM)
  return { allowed: narrow ? 'narrow' : 'full' }
}

function share(spent: number, of: number): number {
  return of > 0 ? spent / of : 1
}

function usd(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(2)}`
}

function nextDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))
}

function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
}
