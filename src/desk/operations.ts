import { STAGES, type Stage } from '../queue/index.ts'
import { dropDeadLetter, retryDeadLetter } from '../store/dead-letters.ts'
import { operations } from '../store/operations.ts'
import { type Desk, sendPage } from './desk.ts'
import { goTo, type Route, readId, signedIn, type Visit } from './visit.ts'

const SILENT_MS = 60_000

/** What keeps the desk fed: sources, queues, what failed for good, and what the networks charge. */
export function operationsRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/health',
      allow: 'operate',
      async handle(visit) {
        const [state, queues] = await Promise.all([operations(desk.store), Promise.all(STAGES.map(countOf))])
        const now = Date.now()
        await sendPage(desk, visit, 'health', {
          ...state,
          queues,
          heartbeats: state.heartbeats.map((beat) => ({
            ...beat,
            silent: now - beat.at.getTime() > SILENT_MS,
          })),
          spend: state.spend.map((row) => ({ ...row, today: Number(row.today), month: Number(row.month) })),
          today: state.spend.reduce((sum, row) => sum + Number(row.today), 0),
          month: state.spend.reduce((sum, row) => sum + Number(row.month), 0),
        })
      },
    },
    {
      method: 'post',
      path: '/health/dead-letters/:id/retry',
      allow: 'operate',
      async handle(visit) {
        const job = await retryDeadLetter(desk.store, readId(visit), actorOf(visit))
        if (job && isStage(job.queue)) await desk.queues.enqueue(job.queue, [job.ref])
        goTo(visit, '/health', 'retrying')
      },
    },
    {
      method: 'post',
      path: '/health/dead-letters/:id/drop',
      allow: 'operate',
      async handle(visit) {
        await dropDeadLetter(desk.store, readId(visit), actorOf(visit))
        goTo(visit, '/health', 'dropped')
      },
    },
  ]

  async function countOf(stage: Stage) {
    // A queue that does not answer is something to show, not a reason to show nothing.
    const counts = await desk.queues.counts(stage).catch(() => null)
    return { stage, known: counts !== null, ...(counts ?? { waiting: 0, active: 0, delayed: 0 }) }
  }
}

function actorOf(visit: Visit): string {
  return `user:${signedIn(visit).id}`
}

function isStage(queue: string): queue is Stage {
  return (STAGES as readonly string[]).includes(queue)
}
