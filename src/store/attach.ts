import { join, resolve } from 'node:path'
import pg from 'pg'
import { APP_ROLE, EmbeddedPostgresError, readIfThere, runningPort, urlOf } from './postmaster.ts'

const NOBODY = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT']

/**
 * Finds the embedded Postgres that runs on a data folder. Starts nothing, stops nothing.
 * @throws EmbeddedPostgresError where none runs there or it does not let us in
 */
export async function attachEmbeddedPostgres(dataDir: string): Promise<{ url: string }> {
  const folder = resolve(dataDir)
  const [port, password] = await Promise.all([
    runningPort(join(folder, 'postgres')),
    readIfThere(join(folder, 'postgres.password')),
  ])
  if (!port || !password?.trim()) throw nothingRuns(folder)
  const url = urlOf(port, password.trim(), APP_ROLE, APP_ROLE)
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
