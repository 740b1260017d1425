import { modelLog } from '../log.ts'
import { modelCalls, modelSpend } from '../metrics.ts'
import type { ModelBudget } from './budget.ts'
import type { ModelCache } from './cache.ts'
import { createCaller, type Endpoint } from './call.ts'
import { CallError, type FailureReason } from './call-error.ts'
import { type Circuit, createPatience } from './patience.ts'
import { costMicroUsd, type ModelPrice, mostMicroUsd } from './price.ts'
import { cacheKeyOf, type Question, toMessages } from './question.ts'

export interface LanguageModelOptions extends Endpoint {
  price: ModelPrice
  /** One question's whole patience: its turn, its call, all further tries. */
  timeoutMs: number
  concurrency: number
  budget: ModelBudget
  cache: ModelCache
  /** Default: 25 for each that is asked at a time. */
  waiting?: number
  /** Calls in a row that must fail to open the circuit; default 5. */
  failures?: number
  /** Default: 30 seconds. */
  halfOpenAfterMs?: number
}

/**
 * `costMicroUsd` is what this answer, or the attempt at it, cost; nothing where it was known before. Of a call that is
 * given up while it runs, only the budget learns the cost.
 */
export type ModelAnswer<T> =
  | { ok: true; value: T; costMicroUsd: number; cached: boolean; model: string }
  | { ok: false; reason: FailureReason; costMicroUsd: number }

export interface ModelState {
  model: string
  circuit: Circuit
  /** The last thing that went wrong, in our own words, such as "timeout: …". */
  failure: { reason: string; at: Date } | null
}

export interface LanguageModel {
  /** null: no model is configured. */
  readonly name: string | null
  /** Asks; never throws and never takes longer than the time-out. The answer has passed the question's schema. */
  ask<T>(question: Question<T>): Promise<ModelAnswer<T>>
  /** null where no model is configured. */
  state(): ModelState | null
  /** Lets go of all questions at once: each gets `unavailable`. */
  close(): Promise<void>
}

const FAILURES = 5
const HALF_OPEN_AFTER_MS = 30_000
const WAITING_FOR_EACH = 25
/** What is in hand may still write down what it cost. */
const SETTLING_MS = 1000

/** A model behind an endpoint that speaks OpenAI's chat completions; null: none, every question is answered `off`. */
export function createLanguageModel(options: LanguageModelOptions | null): LanguageModel {
  if (!options) return NO_MODEL
  const { model, price, budget, cache, timeoutMs } = options
  const prepare = createCaller(options, timeoutMs)
  const patience = createPatience({
    concurrency: options.concurrency,
    waiting: options.waiting ?? options.concurrency * WAITING_FOR_EACH,
    failures: options.failures ?? FAILURES,
    halfOpenAfterMs: options.halfOpenAfterMs ?? HALF_OPEN_AFTER_MS,
  })
  const closing = new AbortController()
  const underway = new Map<string, Promise<ModelAnswer<unknown>>>()
  const settling = new Set<Promise<unknown>>()
  let failure: ModelState['failure'] = null
  let brokeOn = ''

  /** One call over the wire: money first, then the call, then what it really cost. */
  async function callOnce<T>(question: Question<T>, signal: AbortSignal, spend: (microUsd: number) => void) {
    if (signal.aborted) throw stopped(0)
    const call = prepare(question, toMessages(question))
    const most = mostMicroUsd(price, call.body, question.maxOutputTokens)
    const held = await budget.reserve(most)
    if (!held) throw new CallError('budget', 'the money for today is used up (OPENAI_DAILY_BUDGET_USD)')
    // Whoever does not tell what it counted, or breaks off in the middle, may charge it all.
    let cost = most
    const began = Date.now()
    try {
      if (signal.aborted) throw new CallError('timeout', 'the money came too late', { free: true })
      const { content, usage, fault } = await call.send(signal)
      if (usage) cost = costMicroUsd(price, usage.inputTokens, usage.outputTokens)
      if (fault) throw fault
      return readAnswer(question, content)
    } catch (error) {
      if (error instanceof CallError && error.free) cost = 0
      throw signal.aborted ? stopped(Date.now() - began) : error
    } finally {
      spend(cost)
      if (cost > 0) modelSpend.inc({ purpose: question.purpose }, cost)
      const settled = budget.settle(held, cost).catch(() => {
        modelLog.warn({ day: held.day }, 'could not write down what a call cost: it stays at the most it can')
      })
      settling.add(settled)
      await settled
      settling.delete(settled)
    }
  }

  function stopped(waitedMs = timeoutMs): CallError {
    return closing.signal.aborted
      ? new CallError('unavailable', 'the process is stopping')
      : new CallError('timeout', `no answer within ${timeoutMs / 1000} s (OPENAI_TIMEOUT_SECONDS)`, {
          // A call whose turn came late had no fair chance.
          outage: waitedMs > timeoutMs / 2,
        })
  }

  async function find<T>(question: Question<T>, key: string): Promise<{ value: T } | null> {
    const kept = await cache.find(key).catch(() => undefined)
    if (kept === undefined || kept === null) return null
    const parsed = question.schema.safeParse(kept)
    return parsed.success ? { value: parsed.data } : null
  }

  async function answer<T>(question: Question<T>, key: string): Promise<ModelAnswer<T>> {
    const endsAt = Date.now() + timeoutMs
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    const signal = AbortSignal.any([late.signal, closing.signal])
    let cost = 0
    let begun = false
    const work = (async () => {
      const found = await find(question, key)
      if (found) return { ...found, cached: true }
      const spend = (microUsd: number) => {
        cost += microUsd
      }
      const call = () => {
        begun = true
        return callOnce(question, signal, spend)
      }
      const value = await patience.run(call, signal, { endsAt, leastMs: timeoutMs / 10 })
      await cache.keep(key, { purpose: question.purpose, model }, value).catch(() => {})
      return { value, cached: false }
    })()
    try {
      const done = await Promise.race([work, untilAborted(signal)])
      return { ok: true, ...done, costMicroUsd: cost, model }
    } catch (error) {
      work.catch(() => {})
      const fault = signal.aborted ? (begun || closing.signal.aborted ? stopped() : notItsTurn()) : error
      return { ok: false, reason: note(question.purpose, fault), costMicroUsd: cost }
    } finally {
      clearTimeout(timer)
      // Lets go of all that listens: a signal that never fires is kept for as long as the process lives.
      late.abort()
    }
  }

  /** Every failure is told once, and never in the words of the customer or the server. */
  function note(purpose: string, fault: unknown): FailureReason {
    const known = fault instanceof CallError
    const reason = known ? fault.reason : 'unavailable'
    const message = known ? fault.message : `failed here (${(fault as Error)?.name ?? 'unknown'})`
    // Said when the circuit opened, and when the money ran out.
    const today = new Date().toISOString().slice(0, 10)
    const quiet = reason === 'open-circuit' || (reason === 'budget' && brokeOn === today)
    if (reason === 'budget') brokeOn = today
    if (!quiet) modelLog.warn({ purpose, model, reason, why: message }, 'no answer of the model')
    if (reason !== 'open-circuit') failure = { reason: `${reason}: ${message}`, at: new Date() }
    return reason
  }

  async function ask<T>(question: Question<T>): Promise<ModelAnswer<T>> {
    if (closing.signal.aborted) return { ok: false, reason: 'unavailable', costMicroUsd: 0 }
    const key = cacheKeyOf(question, model)
    const first = underway.get(key) as Promise<ModelAnswer<T>> | undefined
    // The same question at the same time is asked once.
    const asked = first ?? answer(question, key).finally(() => underway.delete(key))
    if (!first) underway.set(key, asked)
    const said = await asked
    const mine = !first
      ? said
      : said.ok
        ? { ...said, cached: true, costMicroUsd: 0 }
        : { ...said, costMicroUsd: 0 }
    modelCalls.inc({
      purpose: question.purpose,
      outcome: mine.ok ? (mine.cached ? 'cached' : 'answered') : mine.reason,
    })
    return mine
  }

  return {
    name: model,
    ask,
    state: () => ({ model, circuit: patience.circuit(), failure }),
    async close() {
      closing.abort()
      const patienceEnds = new Promise((done) => setTimeout(done, SETTLING_MS).unref())
      await Promise.race([Promise.all([...underway.values(), ...settling]), patienceEnds])
    },
  }
}

const NO_MODEL: LanguageModel = {
  name: null,
  ask: async () => ({ ok: false, reason: 'off', costMicroUsd: 0 }),
  state: () => null,
  close: async () => {},
}

function notItsTurn(): CallError {
  return new CallError('busy', 'too many others are asking: its turn did not come in time')
}

/** The text of an answer as what was asked for. @throws CallError */
function readAnswer<T>(question: Question<T>, content: string): T {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch {
    throw new CallError('invalid', 'the answer is no JSON: does the model know structured output?')
  }
  const parsed = question.schema.safeParse(json)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').slice(0, 5)
  throw new CallError('invalid', `the answer does not fit what was asked for (${where.join(', ')})`)
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_done, fail) => {
    const give = () => fail(new CallError('timeout', 'aborted'))
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}
