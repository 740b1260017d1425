import { Worker } from 'node:worker_threads'
import type { Payouts } from '../payouts/payouts.ts'
import type { RefundRule } from '../rules/rule.ts'
import type { StoredSimulation } from './simulate-stored.ts'

export interface ApartRequest {
  databaseUrl: string
  rules: readonly RefundRule[]
  live: readonly RefundRule[]
  payouts: Payouts | null
  from: Date
  to: Date
}

/** It took too long, or one runs already. */
export class SimulationError extends Error {
  override name = 'SimulationError'
  reason: 'late' | 'busy'
  constructor(reason: 'late' | 'busy') {
    super(reason === 'late' ? 'the simulation took too long; choose fewer days' : 'a simulation runs already')
    this.reason = reason
  }
}

let running = false

/**
 * `simulateStored` in a thread of its own, so that a page or a player that reports meanwhile does not wait for it. One
 * at a time.
 * @throws SimulationError
 */
export async function simulateApart(request: ApartRequest, timeoutMs: number): Promise<StoredSimulation> {
  if (running) throw new SimulationError('busy')
  running = true
  const worker = new Worker(new URL('./simulate-thread.ts', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  try {
    return await new Promise<StoredSimulation>((done, fail) => {
      const timer = setTimeout(() => fail(new SimulationError('late')), timeoutMs)
      worker.once('message', (result: StoredSimulation) => {
        clearTimeout(timer)
        done(result)
      })
      worker.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new SimulationError('late') : error)
      })
    })
  } finally {
    running = false
    await worker.terminate()
  }
}
