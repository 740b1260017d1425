import type { Classification, Reason, TriageInput } from './classify.ts'
import type { Opinion } from './second-opinion.ts'
import { weighSeverity } from './severity.ts'
import { ABUSE, SAFETY, type Taxonomy } from './taxonomy.ts'

/** No model makes us surer than this: whatever goes out without a person must be clear to our own reading. */
export const MOST_CONFIDENCE = 0.75
const AGREEMENT = 0.15
const SCORES = { negative: -0.5, neutral: 0, positive: 0.5 } as const

/**
 * Our own reading of a post together with a model's. The model can change code, codes and sentiment. What it says is
 * never trusted with more than a label, since the post may have told it what to say:
 * - severity is weighed again by our own rules, and stays at least what words of danger, law and press make it;
 * - findings that bring a person in (danger, abuse, a picture, a language we do not read) and an opt-out stay;
 * - confidence above `most` comes from our own reading alone, and only where the model says the same; nothing that made
 *   our reading more severe is dropped then;
 * - a complaint does not vanish because a model calls it nothing.
 * @param most the confidence that only our own reading may go beyond
 */
export function mergeOpinion(
  taxonomy: Taxonomy,
  input: TriageInput,
  local: Classification,
  opinion: Opinion,
  most = MOST_CONFIDENCE,
): Classification {
  const agrees = opinion.code === local.code && opinion.sentiment === local.sentiment.label
  const dropsComplaint =
    opinion.code === 'none' && local.code !== 'none' && local.sentiment.label === 'negative'
  const wins = !dropsComplaint && (opinion.code === local.code || opinion.confidence > local.confidence)
  const label = wins ? opinion.sentiment : local.sentiment.label
  const proposed = agrees ? [...local.codes, ...opinion.codes] : wins ? opinion.codes : local.codes
  const codes = keepFindings(taxonomy, local, proposed, label)
  const dangerous = codes.includes(SAFETY)
  const { severity } = weighSeverity(taxonomy, {
    codes: codes.map((code) => taxonomy.codes.findIndex((each) => each.code === code)),
    negative: label === 'negative',
    dangerous,
    publicFire: local.alarms.fire,
    followers: input.followers ?? 0,
    earlierComplaints: input.earlierComplaints ?? 0,
  })
  const floor = agrees || !wins ? local.severity : fire(local)
  return {
    ...local,
    sentiment: label === local.sentiment.label ? local.sentiment : { label, score: SCORES[label] },
    code: codes[0] as string,
    codes,
    severity: Math.max(severity, floor) as Classification['severity'],
    confidence: confidenceOf(local, opinion, { wins, agrees: agrees && codes[0] === local.code, most }),
    needsPerson: dangerous ? 'danger' : codes.includes(ABUSE) ? 'abuse' : local.needsPerson,
    reasons: [reasonOf(local, opinion), ...local.reasons],
  }
}

/** A label that only one of the two holds is never surer than `most`; agreement lifts ours a little, up to there. */
function confidenceOf(
  local: Classification,
  opinion: Opinion,
  { wins, agrees, most }: { wins: boolean; agrees: boolean; most: number },
): number {
  if (!agrees) return Math.min(most, wins ? opinion.confidence : local.confidence)
  return Math.max(local.confidence, Math.min(most, local.confidence + AGREEMENT))
}

/** Danger and abuse that our own reading found stay, danger in front. `none` beside another code says nothing. */
function keepFindings(
  taxonomy: Taxonomy,
  local: Classification,
  proposed: readonly string[],
  sentiment: string,
): string[] {
  const found = local.codes.filter((code) => code === SAFETY || code === ABUSE)
  // Words of danger count for somebody who is unhappy, and now somebody is.
  const danger =
    local.alarms.danger && sentiment === 'negative' && taxonomy.codes.some(({ code }) => code === SAFETY)
  if (danger) found.push(SAFETY)
  const front = local.code === SAFETY || local.code === ABUSE ? [local.code] : []
  const codes = [...new Set([...front, ...proposed, ...found])]
  if (codes.includes(SAFETY)) return [SAFETY, ...codes.filter((code) => code !== SAFETY && code !== 'none')]
  if (codes[0] === 'none') return ['none', ...found]
  return codes.filter((code) => code !== 'none')
}

/** What words of law, press and authorities make of a post, whatever it is about. */
function fire({ alarms, sentiment, severity }: Classification): number {
  return alarms.fire && (sentiment.label === 'negative' || severity > 0) ? 2 : 0
}

function reasonOf(local: Classification, opinion: Opinion): Reason {
  const own = `${local.code}, ${local.sentiment.label}, ${local.confidence.toFixed(2)}`
  return {
    kind: 'model',
    // src/desk/reason-words.ts says it in Japanese.
    text: `${opinion.model} says ${opinion.code}, ${opinion.sentiment}; our own reading was ${own}`,
    weight: 0,
  }
}
