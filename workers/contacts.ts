import { anonymise } from '../src/triage/index.ts'
import { keepContacts, openPseudonyms, type Veil } from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const EVERY_MS = 1_000
/** Posts that wait for triage are more urgent, for so long. */
const PATIENCE_MS = 5_000
const BUSY_JOBS = 4

/** Writes down, for every department, what became of posts, sessions and refunds, where the pipeline leaves time for it. */
export function startContacts({ store, queues, config }: Parts): RunningWorker {
  let veil: Veil | null = null
  let idleSince = Date.now()
  return startLoop('contacts', EVERY_MS, async (signal) => {
    const patient = Date.now() - idleSince < PATIENCE_MS
    if (patient && (await queues.counts('triage')).waiting > BUSY_JOBS) return false
    veil ??= {
      mask: (text, names) => anonymise(text, { names }),
      pseudonyms: await openPseudonyms(store, config),
    }
    const { more } = await keepContacts(store, veil)
    idleSince = Date.now()
    return more && !signal.aborted
  })
}
