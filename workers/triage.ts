import {
  askOpinions,
  type FindEntities,
  leaveUnsure,
  type TouchedCase,
  triagePosts,
  type UnsurePost,
  type Weigh,
  withOpinions,
} from '../src/cases/index.ts'
import { caseLog } from '../src/log.ts'
import { ComeBackLater, type Queues } from '../src/queue/index.ts'
import { wantedCodes } from '../src/refunds/index.ts'
import type { Parts } from './parts.ts'

/** Jobs that may wait for a model at once: one less than run, so that danger always finds somebody free. */
const WAITING_JOBS = 3
const ROOM_FREE_MS = 500

/**
 * Classifies posts and joins them into cases; cases that want an answer go to drafting. Posts that are worth a second
 * opinion are asked about between two transactions, and never hold up the others.
 */
export function triageWorker(parts: Parts) {
  const { store, triage, entities, replies, queues, secondOpinion, stopping } = parts
  const { timeZone } = replies.brand
  const find: FindEntities = (post, language) =>
    entities.find(post.text, { at: post.created_at, timeZone, language })
  const join = async (ids: readonly number[], weigh?: Weigh) => {
    const raised: number[] = []
    const claims = parts.refunds
      ? { wanted: await wantedCodes(store), raised: (id: number) => void raised.push(id) }
      : undefined
    await handOn(queues, await triagePosts(store, triage, ids, weigh, find, claims))
    await queues.enqueue('refund', raised)
  }
  let waiting = 0
  return async (ids: string[]) => {
    const unsure: UnsurePost[] = []
    const leave = secondOpinion ? leaveUnsure(secondOpinion, unsure) : undefined
    await join(ids.map(Number), leave)
    if (!secondOpinion || unsure.length === 0) return
    if (waiting >= WAITING_JOBS) throw new ComeBackLater('others wait for the model', ROOM_FREE_MS)
    waiting += 1
    try {
      const opinions = await askOpinions(secondOpinion, unsure)
      // They stay new, and whoever is there next asks again.
      if (stopping.aborted) throw new ComeBackLater('the process is stopping', ROOM_FREE_MS)
      const left = unsure.map(({ id }) => id)
      await join(left, withOpinions(secondOpinion, opinions))
    } finally {
      waiting -= 1
    }
  }
}

async function handOn(queues: Queues, touched: readonly TouchedCase[]): Promise<void> {
  for (const { id: caseId, ...about } of touched) caseLog.info({ caseId, ...about }, 'triaged')
  for (const severity of [3, 2, 1, 0]) {
    const cases = touched.filter((each) => each.severity === severity)
    await queues.enqueue(
      'draft',
      cases.map((each) => each.id),
      { severity },
    )
  }
}
