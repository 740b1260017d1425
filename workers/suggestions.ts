import { groupSuggestions } from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 30_000

/** Keeps wishes and small annoyances together with those that say the same. */
export function startSuggestions({ store }: Parts): RunningWorker {
  return startLoop(
    'suggestions',
    EVERY_MS,
    async (signal) => (await groupSuggestions(store)) && !signal.aborted,
  )
}
