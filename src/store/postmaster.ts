import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the role and the database below, and nothing else is done as it. */
export const SUPERUSER = 'postgres'
/** Owns its database and is no superuser: what goes wrong in a query stays in there. */
export const APP_ROLE = 'kikimimi'

/** Our own Postgres can not be used; the message says what to do. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}

/** Port of the server that `postmaster.pid` speaks of: its fourth line (PostgreSQL documentation, "postmaster.pid"). */
export async function runningPort(cluster: string): Promise<number | null> {
  const text = await readIfThere(join(cluster, 'postmaster.pid'))
  const port = Number(text?.split('\n')[3])
  return Number.isInteger(port) && port > 0 ? port : null
}

export function urlOf(port: number, password: string, role: string, database: string): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
}

/**
 * The file's text; null where there is none.
 * @throws EmbeddedPostgresError where it belongs to another user
 */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code !== 'EACCES') throw error
    throw new EmbeddedPostgresError(`${file} is not yours to read: run this as the user that runs Kikimimi.`)
  }
}
