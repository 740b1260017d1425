import { z } from 'zod'
import { WORKER_NAMES } from '../config.ts'
import { isStage, STAGES, type Stage } from '../queue/index.ts'
import { type ChatChannelState, chatChannels } from '../store/chat-outbox.ts'
import { dropDeadLetter, retryDeadLetter, retryDeadLetters } from '../store/dead-letters.ts'
import { listRateLimits } from '../store/meters.ts'
import { gatewaysLeftAlone } from '../store/money-today.ts'
import { dismissWarning, operations } from '../store/operations.ts'
import { openStops } from '../store/payout-stops.ts'
import { retryQuarantined } from '../store/quarantine.ts'
import { SWEPT_STAGES, type SweptStage, waitingOf } from '../store/sweep.ts'
import { chatReason } from './chat-reason.ts'
import { type Desk, sendPage } from './desk.ts'
import { forgottenOn } from './forgotten.ts'
import { spanOf } from './format.ts'
import { answeredCosts, flowCharts, spendCharts } from './health-charts.ts'
import { problemsOf } from './health-problems.ts'
import type { Language } from './i18n.ts'
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
        const now = new Date()
        const { store } = desk
        const [state, queues, limits, stops, gateways, chats, flow] = await Promise.all([
          operations(store),
          Promise.all(STAGES.map(standOf)),
          listRateLimits(store),
          openStops(store),
          gatewaysLeftAlone(store),
          chatChannels(store),
          flowCharts(store, visit.language, desk.replies.brand.timeZone, now),
        ])
        const heartbeats = state.heartbeats.map((beat) => ({
          ...beat,
          silent: now.getTime() - beat.at.getTime() > SILENT_MS,
        }))
        const alive = new Set(heartbeats.flatMap((beat) => (beat.silent ? [] : [beat.worker])))
        const missing = WORKER_NAMES.filter((worker) => !alive.has(worker))
        const budget = desk.apiBudget ?? null
        const standing = { state, queues, missing, limits, stops, gateways, chats, budget }
        await sendPage(desk, visit, 'health', {
          ...state,
          problems: problemsOf(visit.language, standing, now),
          queues: queues.map((queue) => ({
            ...queue,
            ...flow.sparks.get(queue.stage),
            dead: state.dead.find((row) => row.queue === queue.stage)?.count ?? 0,
            waited: queue.oldest && spanOf(visit.language, now.getTime() - queue.oldest.getTime()),
          })),
          throughput: flow.throughput,
          silence: flow.silence,
          forgotten: await forgottenOn(desk, visit),
          charges: await spendCharts(store, visit.language, budget, state.model, now),
          answered: await answeredCosts(store, now),
          limits: limits.map((limit) => showLimit(visit.language, limit, now)),
          chats: chats.map((each) => ({
            ...each,
            dot: chatDot(each),
            problem: each.problem && chatReason(visit.language, each.problem),
            error: each.error && chatReason(visit.language, each.error),
          })),
          heartbeats,
          missing,
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

  async function standOf(stage: Stage) {
    const [counts, waiting] = await Promise.all([
      // A queue that does not answer is something to show, not a reason to show nothing.
      desk.queues.counts(stage).catch(() => null),
      isSwept(stage) ? waitingOf(desk.store, stage) : null,
    ])
    return { stage, counts, oldest: waiting?.oldest ?? null }
  }
}

function isSwept(stage: Stage): stage is SweptStage {
  return (SWEPT_STAGES as string[]).includes(stage)
}

/** Calls left of one window; a window that ended is a full one. */
function showLimit(
  language: Language,
  limit: { network: string; endpoint: string; max_calls: number; remaining: number; reset_at: Date },
  now: Date,
) {
  const over = limit.reset_at <= now
  const left = over ? limit.max_calls : Math.max(0, limit.remaining)
  const share = limit.max_calls === 0 ? 0 : left / limit.max_calls
  return {
    network: limit.network,
    endpoint: limit.endpoint,
    max: limit.max_calls,
    left,
    bar: Math.round(share * 100),
    level: share < 0.1 ? 'bad' : share < 0.3 ? 'fair' : 'good',
    again:
      over || left === limit.max_calls ? null : spanOf(language, limit.reset_at.getTime() - now.getTime()),
  }
}

function chatDot({ problem, failed, ok_at }: ChatChannelState): string {
  if (problem) return 'retrying'
  return failed > 0 ? 'blocked' : ok_at ? 'ok' : 'ended'
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
