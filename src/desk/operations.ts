import { z } from 'zod'
import { WORKER_NAMES } from '../config.ts'
import { isStage, STAGES, type Stage } from '../queue/index.ts'
import { dropDeadLetter, retryDeadLetter, retryDeadLetters } from '../store/dead-letters.ts'
import { dismissWarning, operations } from '../store/operations.ts'
import { retryQuarantined } from '../store/quarantine.ts'
import { type Desk, sendPage } from './desk.ts'
import { goTo, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const SILENT_MS = 60_000
const queueForm = z.object({ queue: z.enum(STAGES) })
const warningForm = z.object({ source: z.string().min(1).max(500), warning: z.string().min(1).max(5000) })

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
        const heartbeats = state.heartbeats.map((beat) => ({
          ...beat,
          silent: now - beat.at.getTime() > SILENT_MS,
        }))
        const alive = new Set(heartbeats.flatMap((beat) => (beat.silent ? [] : [beat.worker])))
        await sendPage(desk, visit, 'health', {
          ...state,
          queues,
          heartbeats,
          missing: WORKER_NAMES.filter((worker) => !alive.has(worker)),
          spend: state.spend.map((row) => ({ ...row, today: Number(row.today), month: Number(row.month) })),
          today: state.spend.reduce((sum, row) => sum + Number(row.today), 0),
          month: state.spend.reduce((sum, row) => sum + Number(row.month), 0),
          model: { ...state.model, failure: failureOf(state.model.failure) },
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
    {
      method: 'post',
      path: '/health/dead-letters/retry',
      allow: 'operate',
      async handle(visit) {
        const { queue } = readForm(visit, queueForm)
        const refs = await retryDeadLetters(desk.store, queue, actorOf(visit))
        await desk.queues.enqueue(queue, refs)
        goTo(visit, '/health', 'retrying')
      },
    },
    {
      method: 'post',
      path: '/health/quarantine/:id/retry',
      allow: 'operate',
      async handle(visit) {
        await retryQuarantined(desk.store, readId(visit), actorOf(visit))
        goTo(visit, '/health', 'rereading')
      },
    },
    {
      method: 'post',
      path: '/health/quarantine/retry',
      allow: 'operate',
      async handle(visit) {
        await retryQuarantined(desk.store, null, actorOf(visit))
        goTo(visit, '/health', 'rereading')
      },
    },
    {
      method: 'post',
      path: '/health/sources/dismiss',
      allow: 'operate',
      async handle(visit) {
        const { source, warning } = readForm(visit, warningForm)
        await dismissWarning(desk.store, source, warning, actorOf(visit))
        goTo(visit, '/health', 'dismissed')
      },
    },
  ]

  async function countOf(stage: Stage) {
    // A queue that does not answer is something to show, not a reason to show nothing.
    const counts = await desk.queues.counts(stage).catch(() => null)
    return { stage, known: counts !== null, ...(counts ?? { waiting: 0, active: 0, delayed: 0 }) }
  }
}

/** "timeout: no answer within 10 s" as its kind, which the dictionaries know, and the rest. */
function failureOf(failure: { reason: string; at: Date } | null) {
  if (!failure) return null
  const [kind = '', ...rest] = failure.reason.split(': ')
  return { kind, detail: rest.join(': '), at: failure.at }
}

function actorOf(visit: Visit): string {
  return `user:${signedIn(visit).id}`
}
