import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

export interface NewExport {
  by: string
  format: 'csv' | 'parquet' | 'md'
  from: Date
  to: Date
  texts: boolean
}

/** Notes that contacts leave in a file, before they do: who asks to be erased is told where they may still be. */
export async function beginExport(store: Store, { by, format, from, to, texts }: NewExport): Promise<number> {
  return store.transaction().execute(async (trx) => {
    const { id } = await trx
      .insertInto('contact_exports')
      .values({ made_by: by, format, contacts_from: from, contacts_to: to, texts })
      .returning('id')
      .executeTakeFirstOrThrow()
    await audit(trx, by, 'contacts.exported', `contact-export:${id}`, { format, from, to, texts })
    return id
  })
}

export async function endExport(db: Db, id: number, contacts: number): Promise<void> {
  await db.updateTable('contact_exports').set({ contacts }).where('id', '=', id).execute()
}
