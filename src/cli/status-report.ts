import { join } from 'node:path'
import { WORKER_NAMES } from '../config.ts'
import { type Queues, STAGES, type Stage, type StageCounts } from '../queue/index.ts'
import { budgetsToday, loadPayouts, ruleWarnings } from '../refunds/index.ts'
import { chatChannels } from '../store/chat-outbox.ts'
import type { Store } from '../store/database.ts'
import { countDeadLetters } from '../store/dead-letters.ts'
import { listRateLimits } from '../store/meters.ts'
import { countOpenRefunds, gatewaysLeftAlone } from '../store/money-today.ts'
import { operations } from '../store/operations.ts'
import { openStops } from '../store/payout-stops.ts'
import { countRuleVersions } from '../store/rule-versions.ts'
import {
  findSilentSessions,
  findWaiting,
  SWEPT_STAGES,
  type SweptStage,
  type Waiting,
} from '../store/sweep.ts'
import { TemplateFileError } from '../yaml-file.ts'
import type { Connection } from './connect.ts'

/** A worker gives a sign of life every five seconds. */
const SILENT_SECONDS = 60
/** A queue that does not answer is something to show, not something to wait for. */
const PATIENCE_MS = 3000
const MICRO = 1_000_000

export type StatusReport = Awaited<ReturnType<typeof readStatus>>

/** All that `status` shows, read at one moment. */
export async function readStatus({ store, config, openQueues }: Connection) {
  const queues = await openQueues()
  const [state, limits, dead, rules, warnings, money, chat, stages] = await Promise.all([
    operations(store),
    listRateLimits(store),
    countDeadLetters(store),
    countRuleVersions(store),
    ruleWarnings(store, new Date()),
    moneyOf(store, config.templatesDir),
    chatChannels(store),
    Promise.all(
      STAGES.map(async (stage) => ({
        stage,
        counts: await countOf(queues, stage),
        rows: await rowsOf(store, stage, config.sessionIdleMs),
      })),
    ),
  ])
  const now = Date.now()
  const secondsSince = (time: Date) => Math.max(0, Math.round((now - time.getTime()) / 1000))
  const workers = state.heartbeats.map(({ worker, process, at }) => {
    const silentSeconds = secondsSince(at)
    return { worker, process, at, silentSeconds, alive: silentSeconds <= SILENT_SECONDS }
  })
  const alive = new Set(workers.filter((each) => each.alive).map((each) => each.worker))
  const by = state.spend.map((row) => ({
    network: row.network,
    kind: row.kind,
    calls: Number(row.calls),
    todayUsd: Number(row.today) / MICRO,
    monthUsd: Number(row.month) / MICRO,
  }))
  const total = (key: 'todayUsd' | 'monthUsd') =>
    Math.round(by.reduce((sum, row) => sum + row[key], 0) * MICRO) / MICRO
  return {
    at: new Date(now),
    backend: config.redisUrl === null ? 'postgres' : 'redis',
    queues: stages.map(({ stage, counts, rows }) => ({
      queue: stage,
      waiting: counts?.waiting ?? null,
      active: counts?.active ?? null,
      delayed: counts?.delayed ?? null,
      rows: rows.count,
      oldestSeconds: rows.oldest ? secondsSince(rows.oldest) : null,
      dead: dead.find((row) => row.queue === stage)?.count ?? 0,
    })),
    workers,
    missing: WORKER_NAMES.filter((name) => !alive.has(name)),
    sources: state.sources
      .filter((source) => source.enabled)
      .map((source) => ({
        id: source.id,
        state: source.state,
        problem: source.problem,
        warning: source.warning,
        okAt: source.ok_at,
        nextPollAt: source.next_poll_at,
      })),
    deadLetters: dead.map(({ queue, count, oldest }) => ({ queue, count, oldest })),
    spend: { todayUsd: total('todayUsd'), monthUsd: total('monthUsd'), by },
    model: {
      on: state.model.on,
      name: state.model.model,
      circuit: state.model.circuit,
      todayUsd: state.model.todayMicroUsd / MICRO,
      budgetUsd: state.model.budgetMicroUsd === null ? null : state.model.budgetMicroUsd / MICRO,
      calls: state.model.calls,
      failure: state.model.failure,
    },
    rules: { ...rules, warnings },
    money,
    chat: chat.map((each) => ({
      channel: each.name,
      kind: each.kind,
      okAt: each.ok_at,
      waiting: each.waiting,
      oldestSeconds: each.oldest ? secondsSince(each.oldest) : null,
      failed: each.failed,
      problem: each.problem ?? each.error,
      triedAgainAt: each.problem && each.paused_until,
    })),
    limits: limits.map((row) => ({
      network: row.network,
      endpoint: row.endpoint,
      limit: row.max_calls,
      remaining: row.remaining,
      resetAt: row.reset_at,
    })),
  }
}

/** What stops payouts, what of the day's budgets is used, and which refunds are not settled. */
async function moneyOf(store: Store, templatesDir: string) {
  const [stops, refunds, gateways] = await Promise.all([
    openStops(store),
    countOpenRefunds(store),
    gatewaysLeftAlone(store),
  ])
  return {
    stops: stops.map(({ id, kind, reason, started_at: since }) => ({ id, kind, reason, since })),
    refunds,
    // A provider is known to be left alone where a refund waits for it; a process keeps its circuit to itself.
    gateways,
    ...(await budgetsOf(store, templatesDir)),
  }
}

async function budgetsOf(store: Store, templatesDir: string) {
  try {
    return await budgetsToday(store, loadPayouts(join(templatesDir, 'payouts.yaml')), new Date())
  } catch (error) {
    if (!(error instanceof TemplateFileError)) throw error
    return { day: null, budgets: [] }
  }
}

async function countOf(queues: Queues | null, stage: Stage): Promise<StageCounts | null> {
  if (!queues) return null
  const late = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS).unref())
  return Promise.race([queues.counts(stage), late]).catch(() => null)
}

/** What the tables say a stage has to do; the queue's own figures may be lost with the queue. */
async function rowsOf(
  store: Store,
  stage: Stage,
  idleMs: number,
): Promise<{ count: number; oldest: Date | null }> {
  if (!isSwept(stage)) return { count: (await findSilentSessions(store, idleMs)).length, oldest: null }
  const waiting: Waiting[] = await findWaiting(store, stage)
  const oldest = waiting.reduce<Date | null>(
    (least, { since }) => (!least || since < least ? since : least),
    null,
  )
  return { count: waiting.length, oldest }
}

function isSwept(stage: Stage): stage is SweptStage {
  return (SWEPT_STAGES as string[]).includes(stage)
}
