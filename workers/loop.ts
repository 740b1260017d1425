import { queueLog } from '../src/log.ts'
import type { RunningWorker } from './parts.ts'

const STOP_MS = 5_000

/**
 * Runs `turn` again and again, `restMs` apart (at once where it returns true), until it is stopped.
 * A turn that fails is logged and the next one comes all the same.
 */
export function startLoop(
  name: string,
  restMs: number,
  turn: (signal: AbortSignal) => Promise<boolean>,
): RunningWorker {
  const controller = new AbortController()
  const { signal } = controller
  let lastGood = Date.now()
  let problem = 'has not finished a turn yet'
  const patienceMs = Math.max(60_000, restMs * 10)

  async function run(): Promise<void> {
    while (!signal.aborted) {
      let again = false
      try {
        again = await turn(signal)
        lastGood = Date.now()
      } catch (error) {
        problem = (error as Error).message
        queueLog.error({ err: error, worker: name }, 'turn failed')
      }
      if (!again) await rest(restMs, signal)
    }
  }
  const running = run()

  return {
    name,
    health() {
      const silentMs = Date.now() - lastGood
      if (silentMs < patienceMs) return { ok: true }
      return { ok: false, reason: `${name}: no good turn for ${Math.round(silentMs / 1000)} s (${problem})` }
    },
    async stop() {
      controller.abort()
      // A turn that waits for a network holds nothing that is lost when it is left.
      await Promise.race([running, new Promise((wake) => setTimeout(wake, STOP_MS).unref())])
    },
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake) => {
    if (signal.aborted) return wake()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      wake()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
