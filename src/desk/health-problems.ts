import type { StageCounts } from '../queue/index.ts'
import type { ChatChannelState } from '../store/chat-outbox.ts'
import type { listRateLimits } from '../store/meters.ts'
import type { ModelReport } from '../store/model-calls.ts'
import type { gatewaysLeftAlone } from '../store/money-today.ts'
import type { operations } from '../store/operations.ts'
import type { openStops } from '../store/payout-stops.ts'
import { formatNumber, spanOf } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'

const SILENT_SOURCE_MS = 5 * 60_000
const OLD_MS = 5 * 60_000
const NEARLY = 0.9

/** How the product stands at one moment. */
export interface Standing {
  state: Awaited<ReturnType<typeof operations>>
  queues: { stage: string; counts: StageCounts | null; oldest: Date | null }[]
  missing: readonly string[]
  limits: Awaited<ReturnType<typeof listRateLimits>>
  stops: Awaited<ReturnType<typeof openStops>>
  gateways: Awaited<ReturnType<typeof gatewaysLeftAlone>>
  chats: readonly ChatChannelState[]
  /** What X may cost. */
  budget: { dailyMicroUsd: number | null; monthlyMicroUsd: number | null } | null
}

export interface Problem {
  /** 'bad': customers notice. 'fair': they will, or money is at stake. */
  level: 'bad' | 'fair'
  text: string
  /** Where it is mended. */
  href: string
}

/** Everything that wants a person, the worst first; nothing where all is well. */
export function problemsOf(language: Language, standing: Standing, now: Date): Problem[] {
  const { state, queues, missing, limits, stops, gateways, chats } = standing
  const say = (key: string, values: Record<string, unknown> = {}) =>
    translate(language, `healthSum.${key}`, values)
  const stage = (name: string) => translateOr(language, 'stage', name)
  const list = (names: readonly string[]) => names.join(language === 'ja' ? '、' : ', ')
  const since = (at: Date) => now.getTime() - at.getTime()
  const span = (ms: number) => spanOf(language, ms)
  const found: Problem[] = []
  const add = (level: Problem['level'], href: string, text: string) => found.push({ level, text, href })

  if (queues.some(({ counts }) => counts === null)) add('bad', '#h-queues', say('queueSilent'))
  if (missing.length > 0) add('bad', '#h-workers', say('missing', { what: list(missing.map(stage)) }))
  const dead = state.dead.reduce((sum, { count }) => sum + Number(count), 0)
  if (dead > 0) {
    const what = list(
      state.dead.map(({ queue, count }) => `${stage(queue)} ${formatNumber(language, Number(count))}`),
    )
    add('bad', '#h-dead', say('dead', { count: dead, what }))
  }
  for (const stop of stops) {
    add('bad', `/refunds#stop-${stop.id}`, translateOr(language, 'payoutStop', stop.kind))
  }
  for (const { id, state: how, enabled, ok_at, warning } of state.sources) {
    if (!enabled || how === 'ended') continue
    if (how === 'revoked' || how === 'blocked' || how === 'retrying') {
      const what = translateOr(language, 'sourceState', how)
      add(how === 'retrying' ? 'fair' : 'bad', '#h-sources', say('source', { name: id, what }))
    }
    if (ok_at && since(ok_at) > SILENT_SOURCE_MS) {
      add('bad', '#h-sources', say('silence', { name: id, span: span(since(ok_at)) }))
    }
    if (warning) add('fair', '#h-sources', say('warning', { name: id }))
  }
  for (const { stage: name, oldest } of queues) {
    if (!oldest || since(oldest) < OLD_MS) continue
    add('bad', '#h-queues', say('old', { what: stage(name), span: span(since(oldest)) }))
  }
  for (const { gateway, waiting } of gateways) {
    add('fair', '/refunds', say('gateway', { name: gateway, count: waiting }))
  }
  for (const { name, problem, problem_at, waiting, failed } of chats) {
    if (problem && problem_at) {
      add('fair', '#h-chats', say('chatAway', { name, count: waiting, span: span(since(problem_at)) }))
    }
    if (failed > 0) add('fair', '#h-chats', say('chatFailed', { name, count: failed }))
  }
  for (const { endpoint, remaining, reset_at } of limits) {
    if (remaining > 0 || reset_at <= now) continue
    add('fair', '#h-limits', say('limit', { name: endpoint, span: span(-since(reset_at)) }))
  }
  const all = Number(state.quarantined.all)
  if (all > 0) add('fair', '#h-quarantine', say('quarantine', { count: all }))
  for (const span of ['today', 'month'] as const) {
    const most = span === 'today' ? standing.budget?.dailyMicroUsd : standing.budget?.monthlyMicroUsd
    const used = state.spend.reduce((sum, row) => sum + (row.network === 'x' ? Number(row[span]) : 0), 0)
    if (!most || used / most < NEARLY) continue
    const words = { share: percent(used / most), span: say(span === 'today' ? 'ofDay' : 'ofMonth') }
    add(used >= most ? 'bad' : 'fair', '#h-spend', say('apiBudget', words))
  }
  found.push(...modelProblems(state.model, say))
  return found.toSorted((a, b) => Number(a.level === 'fair') - Number(b.level === 'fair'))
}

function modelProblems(
  model: ModelReport,
  say: (key: string, values?: Record<string, unknown>) => string,
): Problem[] {
  if (!model.on) return []
  const share = model.budgetMicroUsd ? model.todayMicroUsd / model.budgetMicroUsd : 0
  return [
    ...(model.circuit === 'closed' ? [] : [say('modelCircuit')]),
    ...(share >= NEARLY ? [say('modelBudget', { share: percent(share) })] : []),
  ].map((text) => ({ level: 'fair', text, href: '#h-model' }))
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
