import type { Db } from './database.ts'

/**
 * Appends to the audit log; belongs in the transaction of what it tells of.
 * Ids and hashes only: the log lasts, names and texts can be erased.
 * @param actor 'user:7', 'policy' or 'worker:publish'
 * @param subject 'draft:12'
 */
export async function audit(
  trx: Db,
  actor: string,
  action: string,
  subject: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({ actor, action, subject, detail: JSON.stringify(detail) })
    .execute()
}
