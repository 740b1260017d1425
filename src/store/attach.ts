import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { EmbeddedPostgresError } from './embedded-postgres.ts'

const NOBODY = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT']

/**
 * Finds the embedded Postgres that runs on a data folder. Starts nothing, stops nothing.
 * @throws EmbeddedPostgresError where none runs there or it does not let us in
 */
export async function attachEmbeddedPostgres(dataDir: string): Promise<{ url: string }> {
  const folder = resolve(dataDir)
  // The server's port is the fourth line (PostgreSQL documentation, "postmaster.pid").
  const [pidFile, passwordFile] = await Promise.all([
    read(join(folder, 'postgres', 'postmaster.pid')),
    read(join(folder, 'postgres.password')),
  ])
  const port = Number(pidFile?.split('\n')[3])
  const password = passwordFile?.trim()
  if (!port || !password) throw nothingRuns(folder)
  const url = `postgres://kikimimi:${password}@127.0.0.1:${port}/kikimimi`
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code !== undefined && NOBODY.includes(code)) throw nothingRuns(folder)
    throw new EmbeddedPostgresError(`The Postgres of ${folder} did not let us in: ${message}`)
  } finally {
    await client.end().catch(() => {})
  }
  return { url }
}

function nothingRuns(folder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `No Kikimimi runs on ${folder}. Start it there with "npm start", or say where it is: ` +
      'DATA_DIR for another folder, DATABASE_URL (and REDIS_URL) for a server of your own.',
  )
}

/** The file's text; null where there is none. */
async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code !== 'EACCES') throw error
    throw new EmbeddedPostgresError(`${file} is not yours to read: run this as the user that runs Kikimimi.`)
  }
}
