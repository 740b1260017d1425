import { hash } from 'node:crypto'
import type { Policy } from '../replies/index.ts'
import { autoRepliesOfDay, autoRepliesOfHour, lockAutoReplies } from '../store/auto-replies.ts'
import { openCrisis } from '../store/crises.ts'
import type { Trx } from '../store/database.ts'

/** A case whose answer policy would let out by itself. */
export interface AutoCase {
  id: number
  network: string
  author_id: string
}

export const CRISIS_REASON = 'a crisis is on: nothing goes out by itself'

/**
 * Of what policy would let out by itself: what a person sees all the same. A crisis stops all of it; a share chosen by
 * chance is reviewed; and no person, and no hour, gets more automatic replies than the caps allow.
 * @returns the reason by case
 */
export async function holdBack(
  trx: Trx,
  policy: Policy,
  autos: readonly AutoCase[],
): Promise<Map<number, string>> {
  const held = new Map<number, string>()
  if (autos.length === 0) return held
  if (await openCrisis(trx)) return new Map(autos.map(({ id }) => [id, CRISIS_REASON]))
  for (const { id } of autos) {
    if (isSampled(id, policy.reviewShare)) held.set(id, 'a sample: policy has a person look at some of them')
  }
  const { perHour, perAuthorPerDay } = policy.caps
  if (perHour === null && perAuthorPerDay === null) return held
  await lockAutoReplies(trx)
  const ids = autos.map(({ id }) => id)
  const ofDay = perAuthorPerDay === null ? new Map<number, number>() : await autoRepliesOfDay(trx, ids)
  let room = perHour === null ? Number.POSITIVE_INFINITY : perHour - (await autoRepliesOfHour(trx))
  const ofAuthor = new Map<string, number>()
  for (const { id, network, author_id } of autos) {
    if (held.has(id)) continue
    const author = `${network}:${author_id}`
    const given = ofAuthor.get(author) ?? ofDay.get(id) ?? 0
    if (perAuthorPerDay !== null && given >= perAuthorPerDay) {
      held.set(
        id,
        `this person got ${given} automatic replies within a day; caps.perAuthorPerDay is ${perAuthorPerDay}`,
      )
    } else if (room <= 0) {
      held.set(id, `${perHour} automatic replies within an hour is what caps.perHour allows`)
    } else {
      ofAuthor.set(author, given + 1)
      room -= 1
    }
  }
  return held
}

/** The same case is always sampled, or never: asking again does not get around it. */
function isSampled(caseId: number, share: number): boolean {
  return Number.parseInt(hash('sha256', `review:${caseId}`).slice(0, 8), 16) < share * 0x1_0000_0000
}
