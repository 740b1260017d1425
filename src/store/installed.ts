import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Whether the product was ever started on this database. */
export async function isInstalled(db: Db): Promise<boolean> {
  const { rows } = await sql<{
    there: boolean
  }>`select to_regclass('dead_letters') is not null as there`.execute(db)
  return rows[0]?.there ?? false
}

/** Whether the queue's own tables are there: opening the queue on Postgres would make them, looking must not. */
export async function hasQueueTables(db: Db): Promise<boolean> {
  const { rows } = await sql<{
    there: boolean
  }>`select to_regnamespace('bullmq') is not null as there`.execute(db)
  return rows[0]?.there ?? false
}
