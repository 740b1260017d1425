import { type Insertable, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Store } from './database.ts'
import type { Database } from './schema.ts'

export type NewMail = Insertable<Database['mails']>

/** A mail that was not sent yet. */
export function findMailToSend(store: Store, id: number) {
  return store
    .selectFrom('mails')
    .selectAll()
    .where('id', '=', id)
    .where('state', '=', 'intent')
    .executeTakeFirst()
}

/** The mail server took it, or refused it for good. */
export async function concludeMail(
  store: Store,
  id: number,
  state: 'sent' | 'rejected',
  error: string | null,
) {
  await store.transaction().execute(async (trx) => {
    await trx
      .updateTable('mails')
      .set({ state, error, sent_at: state === 'sent' ? sql<Date>`now()` : null })
      .where('id', '=', id)
      .where('state', '=', 'intent')
      .execute()
    await audit(trx, 'worker:mail', `mail.${state}`, `mail:${id}`)
  })
}
