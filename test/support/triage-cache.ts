import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A data folder that tests share for what takes long to make and never changes between them. */
export const SHARED_DATA = fileURLToPath(new URL('../../node_modules/.cache/kikimimi', import.meta.url))
mkdirSync(SHARED_DATA, { recursive: true })

/** Where triage keeps what it learnt. */
export const TRIAGE_CACHE = join(SHARED_DATA, 'triage')

/** Lets a data folder of a test's own have what triage learnt already. */
export function shareTriageCache(dataDir: string): void {
  mkdirSync(TRIAGE_CACHE, { recursive: true, mode: 0o700 })
  mkdirSync(dataDir, { recursive: true })
  symlinkSync(TRIAGE_CACHE, join(dataDir, 'triage'))
}
