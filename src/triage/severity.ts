import type { Taxonomy } from './taxonomy.ts'

export interface SeverityFacts {
  /** Indexes into the taxonomy, primary first. */
  codes: readonly number[]
  negative: boolean
  dangerous: boolean
  /** Lawyers, the press, the consumer centre. */
  publicFire: boolean
  followers: number
  earlierComplaints: number
}

const WIDE_REACH = 10_000
const HUGE_REACH = 100_000

/**
 * 0 note, 1 annoyed, 2 harmed, 3 danger or public fire. The worst code decides; words of law and press,
 * the author's reach and repeated complaints raise it, for somebody who complains.
 */
export function weighSeverity(
  taxonomy: Taxonomy,
  facts: SeverityFacts,
): { severity: 0 | 1 | 2 | 3; why: string[] } {
  if (facts.dangerous) return { severity: 3, why: ['danger to somebody'] }
  const why: string[] = []
  let severity = 0
  for (const index of facts.codes) severity = Math.max(severity, taxonomy.codes[index]?.severity ?? 0)
  if (facts.publicFire && (facts.negative || severity > 0)) {
    severity = Math.max(severity, 2)
    why.push('speaks of law, press or authorities')
  }
  if (facts.negative && facts.followers >= WIDE_REACH) {
    severity = facts.followers >= HUGE_REACH ? 3 : severity + 1
    why.push(`${facts.followers} people follow the author`)
  }
  if (facts.negative && facts.earlierComplaints > 0) {
    severity = Math.max(severity + 1, facts.earlierComplaints >= 3 ? 2 : 1)
    // somebody who is only cross again is harmed, not in danger
    if (!facts.publicFire && facts.followers < WIDE_REACH) severity = Math.min(severity, 2)
    why.push(`complained ${facts.earlierComplaints} times before`)
  }
  return { severity: Math.min(severity, 3) as 0 | 1 | 2 | 3, why }
}
