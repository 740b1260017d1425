import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * A path as the person typed it: relative to where they stand, which npm keeps in INIT_CWD while it runs
 * us in the project's folder.
 */
export function typedPath(path: string): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env
  const elsewhere = npm_lifecycle_event === 'kikimimi' && INIT_CWD && INIT_CWD !== process.cwd()
  return elsewhere ? resolve(INIT_CWD, path) : path
}

/** The templates folder: what was typed, else TEMPLATES_DIR, else `templates`. Kept short for the messages. */
export function templatesDir(typed: string | undefined): string {
  return typed === undefined ? process.env.TEMPLATES_DIR || 'templates' : typedPath(typed)
}

/** Where what triage learnt is kept for the next command; null where the product has no data folder here. */
export function triageCache(): string | null {
  const dataDir = process.env.DATA_DIR || 'data'
  return existsSync(dataDir) ? join(dataDir, 'triage') : null
}
