import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { LinearWeights } from './linear.ts'
import type { Taxonomy } from './taxonomy.ts'

/** All that is learnt from a taxonomy and the corpus. */
export interface Trained {
  en: LinearWeights
  ja: LinearWeights
  /** See `learnPrecedence`. */
  precedence: Float32Array
}

/** Files of taxonomies that were in use last; a person who tries an edit goes back and forth. */
const KEPT_FILES = 8
const SUFFIX = '.model'
const SUM_BYTES = 32
const TRAINING_MS = 120_000

/**
 * What training gave for this taxonomy, from the folder where it was kept, or trained now and kept there. Training
 * takes seconds and memory, so a process of its own does it; the file is read in milliseconds. The folder is only a
 * cache: where it can not be read or written, or the file is not whole, training is done here and now.
 */
export function trainedOnce(folder: string | null, taxonomy: Taxonomy, train: () => Trained): Trained {
  if (folder === null) return train()
  const file = join(folder, `${fingerprint(taxonomy)}${SUFFIX}`)
  const kept = read(file)
  if (kept) return kept
  learnElsewhere(folder, taxonomy)
  return read(file) ?? train()
}

/** Trains and keeps what came of it; for the process that does nothing else. */
export function trainInto(folder: string, taxonomy: Taxonomy, train: () => Trained): void {
  write(folder, join(folder, `${fingerprint(taxonomy)}${SUFFIX}`), train())
}

/** Learning takes a hundred megabytes that are never needed again: they go with the process that needed them. */
function learnElsewhere(folder: string, taxonomy: Taxonomy): void {
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, 'train-process.ts'), folder], {
      input: JSON.stringify(taxonomy),
      timeout: TRAINING_MS,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    })
  } catch {
    // it is done in this process then
  }
}

/** Changes with the taxonomy, the corpus and every line of the code that learns. */
function fingerprint(taxonomy: Taxonomy): string {
  const hash = createHash('sha256').update(JSON.stringify(taxonomy)).update(process.versions.v8)
  for (const folder of [import.meta.dirname, join(import.meta.dirname, 'corpus')]) {
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
    for (const name of entries.map((entry) => entry.name).sort()) {
      hash.update(name).update(readFileSync(join(folder, name)))
    }
  }
  return hash.digest('hex').slice(0, 32)
}

function read(file: string): Trained | null {
  try {
    const bytes = readFileSync(file)
    const body = bytes.subarray(SUM_BYTES)
    if (!createHash('sha256').update(body).digest().equals(bytes.subarray(0, SUM_BYTES))) return null
    const now = new Date()
    utimesSync(file, now, now)
    return deserialize(body) as Trained
  } catch {
    return null
  }
}

function write(folder: string, file: string, trained: Trained): void {
  const beside = `${file}.${process.pid}.new`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const body = serialize(trained)
    writeFileSync(beside, Buffer.concat([createHash('sha256').update(body).digest(), body]), { mode: 0o600 })
    renameSync(beside, file)
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at)
    for (const { name } of files.slice(KEPT_FILES)) rmSync(join(folder, name), { force: true })
  } catch {
    rmSync(beside, { force: true })
  }
}
