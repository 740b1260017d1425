import { type Config, loadConfig } from '../config.ts'
import { openQueues, type Queues } from '../queue/index.ts'
import { attachEmbeddedPostgres } from '../store/attach.ts'
import { openStore, type Store } from '../store/database.ts'
import { hasQueueTables, isInstalled } from '../store/installed.ts'
import { CommandError } from './command.ts'

export interface Connection {
  config: Config
  store: Store
  /** The queues that the running product uses; null where there are none yet. */
  openQueues(): Promise<Queues | null>
}

/**
 * Runs `work` on the database of the running product: DATABASE_URL, or the embedded Postgres of DATA_DIR
 * where it runs. Changes no table and starts no server.
 */
export async function withStore<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env)
  const databaseUrl = config.databaseUrl ?? (await attachEmbeddedPostgres(config.dataDir)).url
  const store = openStore(databaseUrl, { max: 4 })
  let queues: Queues | null = null
  try {
    await assertOurs(store)
    return await work({
      config,
      store,
      async openQueues() {
        if (config.redisUrl === null && !(await hasQueueTables(store))) return null
        queues = await openQueues({ redisUrl: config.redisUrl, databaseUrl, prefix: config.queuePrefix })
        return queues
      },
    })
  } finally {
    await (queues as Queues | null)?.close()
    await store.destroy()
  }
}

async function assertOurs(store: Store): Promise<void> {
  let ours: boolean
  try {
    ours = await isInstalled(store)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    throw new CommandError(`DATABASE_URL: Postgres can not be reached: ${message || code}`)
  }
  if (!ours)
    throw new CommandError('This database holds no Kikimimi: start it there once, or check DATABASE_URL.')
}
