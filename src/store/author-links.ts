import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'
import { onUnlinked } from './refund-events.ts'

export interface LinkedAuthor {
  network: string
  authorId: string
  linkedAt: Date
}

/** The shop customer that an author of posts proved to be, or null. */
export async function customerOf(db: Db, network: string, authorId: string): Promise<string | null> {
  const row = await db
    .selectFrom('author_links')
    .select('customer_id')
    .where('network', '=', network)
    .where('author_id', '=', authorId)
    .where('unlinked_at', 'is', null)
    .executeTakeFirst()
  return row?.customer_id ?? null
}

/** The authors that a customer proved to be, the latest first. */
export async function linkedAuthors(db: Db, customerId: string): Promise<LinkedAuthor[]> {
  const rows = await db
    .selectFrom('author_links')
    .select(['network', 'author_id', 'linked_at'])
    .where('customer_id', '=', customerId)
    .where('unlinked_at', 'is', null)
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({ network: row.network, authorId: row.author_id, linkedAt: row.linked_at }))
}

export interface NewAuthorLink {
  network: string
  authorId: string
  customerId: string
  caseId: number
  consentVersion: string
}

/**
 * Writes down that an author is a customer. Who was linked to somebody else before is linked to the new one only;
 * the old row stays, ended. Belongs in the transaction that takes the consent.
 */
export async function linkAuthor(trx: Db, link: NewAuthorLink): Promise<void> {
  const author = `author-link:${link.network}:${link.authorId}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${author}, 0))`.execute(trx)
  const before = await customerOf(trx, link.network, link.authorId)
  if (before === link.customerId) return
  if (before !== null) await endLink(trx, link, 'relinked')
  const { id } = await trx
    .insertInto('author_links')
    .values({
      network: link.network,
      author_id: link.authorId,
      customer_id: link.customerId,
      case_id: link.caseId,
      consent_version: link.consentVersion,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await audit(trx, `customer:${link.customerId}`, 'author.linked', `author-link:${id}`, {
    network: link.network,
    authorId: link.authorId,
    caseId: link.caseId,
    consentVersion: link.consentVersion,
  })
}

/**
 * Ends the link of an author; what was not decided yet of their complaints waits for another.
 * @param by 'customer' or 'user:7'
 * @param customerId where given, only a link to this customer is ended
 * @returns false where there was none
 */
export async function unlinkAuthor(
  store: Store,
  author: { network: string; authorId: string; customerId?: string },
  by: string,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const ended = await endLink(trx, author, by)
    if (!ended) return false
    await onUnlinked(trx, author)
    const actor = by === 'customer' ? `customer:${ended.customer_id}` : by
    await audit(trx, actor, 'author.unlinked', `author-link:${ended.id}`, {
      network: author.network,
      authorId: author.authorId,
    })
    return true
  })
}

function endLink(trx: Db, author: { network: string; authorId: string; customerId?: string }, by: string) {
  let update = trx
    .updateTable('author_links')
    .set({ unlinked_at: new Date(), unlinked_by: by })
    .where('network', '=', author.network)
    .where('author_id', '=', author.authorId)
    .where('unlinked_at', 'is', null)
  if (author.customerId !== undefined && by !== 'relinked') {
    update = update.where('customer_id', '=', author.customerId)
  }
  return update.returning(['id', 'customer_id']).executeTakeFirst()
}
