import { hostname } from 'node:os'
import { wakeCases } from '../src/cases/index.ts'
import { queueLog } from '../src/log.ts'
import {
  deadLetterAge,
  deadLetters,
  payoutsStopped,
  queueWaiting,
  silentRefundRules,
  undecidedSessionAge,
  unknownRefunds,
  unsettledRefundAge,
} from '../src/metrics.ts'
import { idsPerJob, STAGES } from '../src/queue/index.ts'
import { activeRules, reconcileClosedDays, silentRules, watchOverdue } from '../src/refunds/index.ts'
import { forgetClaimVisits } from '../src/store/claim-visits.ts'
import type { Store } from '../src/store/database.ts'
import { countDeadLetters, settleRetried } from '../src/store/dead-letters.ts'
import { checkLedger } from '../src/store/ledger-check.ts'
import { reportModel } from '../src/store/model-calls.ts'
import { forgetOwnReplies } from '../src/store/own-timeline.ts'
import { openStops, startStop } from '../src/store/payout-stops.ts'
import { findUnraisedSessions } from '../src/store/playback-events.ts'
import { forgetProviderEvents } from '../src/store/provider-events.ts'
import { followLinks } from '../src/store/refund-events.ts'
import { countUnknownRefunds, oldestUnsettledRefund } from '../src/store/refunds.ts'
import { PAYOUT_STOP_KINDS } from '../src/store/schema.ts'
import { oldestUndecidedSession } from '../src/store/sessions.ts'
import { beat, findSilentSessions, findWaiting, SWEPT_STAGES, settleDeadLetters } from '../src/store/sweep.ts'
import { watchIncidents } from '../src/streaming/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 5_000
/** Adding up the whole ledger is not free. */
const MONEY_EVERY_MS = 60_000
const FORGET_EVERY_MS = 60 * 60_000
/** A provider or shop that is away this long is somebody's business. */
const TOO_LONG_S = 30 * 60
/** Rows younger than this surely still have their job. */
const YOUNG_MS = 10_000
/** Rows older than this are queued again whatever else waits: handlers do nothing twice. */
const OLD_MS = 15 * 60_000

/**
 * Finds rows whose job was lost (a crash between commit and queueing, a queue that was emptied) and queues them
 * again. Postgres is the truth: if the whole queue is gone, this refills it.
 */
export function startSweep(parts: Parts): RunningWorker {
  const { store, queues, config } = parts
  let moneyFaults: string[] = []
  let moneyCheckedAt = 0
  let forgotAt = 0
  const loop = startLoop('sweep', EVERY_MS, async (signal) => {
    for (const stage of SWEPT_STAGES) {
      if (signal.aborted) return false
      await settleDeadLetters(store, stage)
      await sweepStage(parts, stage)
    }
    const silent = await findSilentSessions(store, config.sessionIdleMs)
    await queues.enqueue('quality', silent, { once: true })
    await queues.enqueue('quality', await findUnraisedSessions(store), { once: true })
    await settleRetried(store)
    await wakeCases(store)
    await report(parts)
    if (parts.refunds && Date.now() - moneyCheckedAt > MONEY_EVERY_MS) {
      moneyFaults = await checkMoney(store)
      await reconcile(parts)
      await watchIncidents(store, new Date())
      moneyCheckedAt = Date.now()
      await reportSilentRules(store)
    }
    if (parts.refunds) {
      const ready = await followLinks(store)
      const overdue = await watchOverdue(store, parts.refunds.shop, new Date())
      await queues.enqueue('refund', [...ready, ...overdue])
    }
    if (Date.now() - forgotAt > FORGET_EVERY_MS) {
      await forgetClaimVisits(store)
      await forgetProviderEvents(store)
      await forgetOwnReplies(store)
      forgotAt = Date.now()
    }
    return false
  })
  return {
    ...loop,
    health: () => (moneyFaults.length > 0 ? { ok: false, reason: moneyFaults.join('; ') } : loop.health()),
  }
}

/** Holds the days that closed against the providers. */
async function reconcile({ store, refunds }: Parts): Promise<void> {
  if (refunds) await reconcileClosedDays(store, Object.values(refunds.gateways), refunds.payouts, new Date())
}

/** What must not be with money: a ledger that does not add up, and refunds or sessions that wait too long. */
async function checkMoney(store: Store): Promise<string[]> {
  const refund = ageSeconds(await oldestUnsettledRefund(store))
  const session = ageSeconds(await oldestUndecidedSession(store))
  unsettledRefundAge.set(refund)
  undecidedSessionAge.set(session)
  unknownRefunds.set(await countUnknownRefunds(store))
  const faults = await checkLedger(store)
  if (faults.length > 0) {
    const reason = faults.join('; ').slice(0, 1000)
    await store
      .transaction()
      .execute((trx) => startStop(trx, { kind: 'ledger', reason, actor: 'worker:sweep' }))
  }
  const stops = await openStops(store)
  for (const kind of PAYOUT_STOP_KINDS) {
    payoutsStopped.set({ kind }, stops.some((stop) => stop.kind === kind) ? 1 : 0)
  }
  return [
    ...faults,
    // A person's own switch is no fault; what stopped by itself wants a person.
    ...stops
      .filter(({ kind }) => kind !== 'kill-switch')
      .map(({ kind, reason }) => `payouts are stopped (${kind}): ${reason}`),
    ...(refund > TOO_LONG_S
      ? [`a refund waits for the payment provider since ${Math.round(refund / 60)} min`]
      : []),
    ...(session > TOO_LONG_S
      ? [`a playback session waits for the shop since ${Math.round(session / 60)} min`]
      : []),
  ]
}

function ageSeconds(since: Date | null): number {
  return since === null ? 0 : Math.max(0, (Date.now() - since.getTime()) / 1000)
}

async function sweepStage({ store, queues }: Parts, stage: (typeof SWEPT_STAGES)[number]): Promise<void> {
  const now = Date.now()
  const waiting = await findWaiting(store, stage)
  const late = waiting.filter((row) => now - row.since.getTime() > YOUNG_MS)
  if (late.length === 0) return
  const { waiting: queued, active, delayed } = await queues.counts(stage)
  // As long as there may be a job for every row, the rows are most likely theirs.
  const mayBeTheirs = queued + delayed > 0 && waiting.length <= (queued + active + delayed) * idsPerJob(stage)
  const lost = mayBeTheirs ? late.filter((row) => now - row.since.getTime() > OLD_MS) : late
  if (lost.length === 0) return
  queueLog.info({ stage, count: lost.length }, 'rows without a job are queued again')
  await queues.enqueue(
    stage,
    lost.map((row) => row.id),
    { once: true },
  )
}

/** Every active rule has its gauge, so that an alarm clears when it fires again; retired ones have none. */
async function reportSilentRules(store: Store): Promise<void> {
  const silent = new Set((await silentRules(store, new Date())).map(({ ruleId }) => ruleId))
  const rules = await activeRules(store)
  silentRefundRules.reset()
  for (const { id } of rules) silentRefundRules.set({ rule: id }, silent.has(id) ? 1 : 0)
}

/** Gauges are set for every queue, empty ones too, so that alarms clear. */
async function report({ store, queues }: Parts): Promise<void> {
  const dead = new Map((await countDeadLetters(store)).map((row) => [row.queue, row]))
  for (const stage of STAGES) {
    const row = dead.get(stage)
    deadLetters.set({ queue: stage }, row?.count ?? 0)
    deadLetterAge.set({ queue: stage }, row?.oldest ? (Date.now() - row.oldest.getTime()) / 1000 : 0)
    queueWaiting.set({ queue: stage }, (await queues.counts(stage)).waiting)
  }
}

/** Tells the other processes which workers run here, and how the model does where it is asked from here. */
export function startHeartbeat(parts: Parts, workers: readonly RunningWorker[]): RunningWorker {
  const name = `${hostname()}:${process.pid}`
  return startLoop('heartbeat', EVERY_MS, async () => {
    const alive = workers.filter((worker) => worker.health().ok).map((worker) => worker.name)
    await beat(parts.store, name, alive)
    const model = parts.model.state()
    if (model && parts.config.openai && parts.config.workers.includes('triage')) {
      await reportModel(parts.store, name, model, parts.config.openai.dailyBudgetMicroUsd)
    }
    return false
  })
}
