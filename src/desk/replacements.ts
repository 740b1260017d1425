import { listReplacements, moveReplacement, type ReplacementMove } from '../store/replacements.ts'
import type { Desk } from './desk.ts'
import { goTo, type Route, readId, signedIn, type Visit } from './visit.ts'

const VERBS: Record<string, { move: ReplacementMove; notice: string }> = {
  approve: { move: 'approved', notice: 'replacementApproved' },
  deny: { move: 'denied', notice: 'replacementDenied' },
  retry: { move: 'retried', notice: 'replacementRetried' },
  'give-up': { move: 'given-up', notice: 'replacementGivenUp' },
}

/** What a person decides about pieces that are to be sent again. */
export function replacementRoutes(desk: Desk): Route[] {
  return Object.entries(VERBS).map(([verb, { move, notice }]) => ({
    method: 'post',
    path: `/replacements/:id/${verb}`,
    allow: 'approve',
    async handle(visit) {
      const id = readId(visit)
      const done = await moveReplacement(desk.store, { id, move, userId: signedIn(visit).id })
      if (done.outcome === 'moved' && (move === 'approved' || move === 'retried')) {
        await desk.queues.enqueue('replace', [id])
      }
      const instead = done.outcome === 'refunded' ? 'replacementRefunded' : 'replacementSettled'
      goTo(visit, '/refunds', done.outcome === 'moved' ? notice : instead)
    },
  }))
}

/** Replacements as the page of refunds shows them. */
export async function replacementsOn(desk: Desk, visit: Visit) {
  const { waiting, others } = await listReplacements(desk.store)
  const show = (row: (typeof waiting)[number]) => ({ ...row, why: row.sentence[visit.language] })
  return { waiting: waiting.map(show), others: others.map(show) }
}
