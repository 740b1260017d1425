import { linkAuthor } from '../../src/store/author-links.ts'
import type { Store } from '../../src/store/database.ts'
import { type ComplaintFacts, insertComplaint, onLinked, settleLine } from '../../src/store/refund-events.ts'

let authors = 0

/** A case of an author of their own, with its post; `customerId` links the author. */
export async function caseAbout(
  store: Store,
  given: { code?: string; customerId?: string | null; author?: string } = {},
): Promise<{ caseId: number; postId: number; authorId: string }> {
  const { code = 'item.wrong', customerId = null } = given
  const authorId = given.author ?? `writer-${++authors}`
  await store
    .insertInto('sources')
    .values({ id: 'x:mentions', network: 'x', kind: 'mentions' })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await store
    .insertInto('authors')
    .values({ network: 'x', external_id: authorId, username: authorId.replace(/\W/g, '') })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { id: caseId } = await store
    .insertInto('cases')
    .values({
      network: 'x',
      author_id: authorId,
      matter: code.split('.')[0] as string,
      language: 'en',
      code,
      codes: [code],
      severity: 2,
      confidence: 0.9,
      sentiment: 'negative',
      due_at: new Date(),
      last_post_at: new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: postId } = await store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: `post-of-${caseId}`,
      source_id: 'x:mentions',
      author_id: authorId,
      text: 'Regular again, though the label says decaf.',
      created_at: new Date(),
      summoned: true,
      media: '[]',
      context: '{}',
      state: 'triaged',
      case_id: caseId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (customerId !== null) await link(store, { caseId, authorId, customerId })
  return { caseId, postId, authorId }
}

/** The author signs in to both and consents. @returns events that can go on */
export function link(store: Store, who: { caseId: number; authorId: string; customerId: string }) {
  const { caseId, authorId, customerId } = who
  return store.transaction().execute(async (trx) => {
    await linkAuthor(trx, { network: 'x', authorId, customerId, caseId, consentVersion: '1' })
    return onLinked(trx, { network: 'x', authorId, customerId })
  })
}

export const facts = (more: Partial<ComplaintFacts> = {}): ComplaintFacts => ({
  severity: 2,
  confidence: 0.9,
  language: 'en',
  network: 'x',
  codes: ['item.wrong'],
  orders: [],
  skus: [],
  writtenAt: new Date().toISOString(),
  ...more,
})

/** A complaint of a case of its own that waits for its order. */
export async function complaint(
  store: Store,
  given: { code?: string; customerId: string | null; facts?: Partial<ComplaintFacts>; author?: string },
): Promise<{ eventId: number; caseId: number; authorId: string }> {
  const { code = 'item.wrong', customerId } = given
  const { caseId, postId, authorId } = await caseAbout(store, given)
  const eventId = await insertComplaint(store, {
    caseId,
    postId,
    code,
    customerId,
    facts: facts({ codes: [code], ...given.facts }),
    suffix: '',
  })
  return { eventId: eventId as number, caseId, authorId }
}

/** A complaint about a known order line, `daysAgo` old. */
export async function settledComplaint(
  store: Store,
  given: { code?: string; customerId: string; sku: string; line: string; daysAgo?: number },
): Promise<{ eventId: number; caseId: number }> {
  const { eventId, caseId } = await complaint(store, given)
  await store
    .updateTable('refund_events')
    .set({ created_at: new Date(Date.now() - (given.daysAgo ?? 0) * 86_400_000) })
    .where('id', '=', eventId)
    .execute()
  const found = { orderId: `order-of-${given.line}`, orderLineId: given.line, sku: given.sku }
  await store
    .transaction()
    .execute((trx) => settleLine(trx, { id: eventId, customerId: given.customerId }, found))
  return { eventId, caseId }
}

export const eventOf = (store: Store, id: number) =>
  store.selectFrom('refund_events').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
