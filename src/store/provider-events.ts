import { sql } from 'kysely'
import type { Db, Store } from './database.ts'
import type { DisputeStatus } from './schema.ts'

/** A verified event of a payment provider, as far as we act on it. */
export interface NewProviderEvent {
  /** `stripe` or `http`. */
  provider: string
  /** The provider's id of the event. */
  id: string
  type: string
  refund?: { id: string; key: string | null; paymentId: string | null }
  dispute?: NewDispute
}

export interface NewDispute {
  id: string
  paymentId: string
  /** Another name of the same payment: the charge of a PaymentIntent. */
  aliasId: string | null
  /** Minor units of ISO 4217. */
  amountMinor: number
  currency: string
  status: DisputeStatus
  /** When it was opened. */
  at: Date
}

/** `refundId`: the refund of ours to look up now; null where it is nobody's of us. */
export type RecordedEvent = { repeated: true } | { repeated: false; refundId: number | null }

/**
 * Stores an event once and does what it asks for, in one transaction: a refund of ours is to be looked up at the
 * provider, a dispute is kept. The caller queues 'payout' for `refundId`.
 */
export async function recordProviderEvent(store: Store, event: NewProviderEvent): Promise<RecordedEvent> {
  return store.transaction().execute(async (trx) => {
    const refundId = event.refund ? await findRefundId(trx, event.refund) : null
    const row = await trx
      .insertInto('provider_events')
      .values({
        provider: event.provider,
        event_id: event.id,
        type: event.type,
        refund_key: event.refund?.key ?? null,
        payment_id: event.refund?.paymentId ?? event.dispute?.paymentId ?? null,
        object_id: event.refund?.id ?? event.dispute?.id ?? null,
        refund_id: refundId,
        state: refundId !== null ? 'asked' : event.dispute ? 'dispute' : 'noted',
      })
      .onConflict((conflict) => conflict.columns(['provider', 'event_id']).doNothing())
      .returning('event_id')
      .executeTakeFirst()
    if (!row) return { repeated: true }
    if (refundId !== null) {
      await trx
        .updateTable('refunds')
        .set({ recheck_at: sql<Date>`now()` })
        .where('id', '=', refundId)
        .execute()
    }
    if (event.dispute) await openDispute(trx, event.provider, event.dispute)
    return { repeated: false, refundId }
  })
}

/** What a provider told stays for 90 days: long after it sends anything again. Disputes stay. */
export async function forgetProviderEvents(db: Db): Promise<void> {
  await db
    .deleteFrom('provider_events')
    .where('received_at', '<', sql<Date>`now() - interval '90 days'`)
    .execute()
}

/** By the key in its metadata, which may be that of a later round (`KEY:2`), else by the provider's own id. */
async function findRefundId(
  trx: Db,
  refund: NonNullable<NewProviderEvent['refund']>,
): Promise<number | null> {
  const keys = refund.key === null ? [] : [refund.key, refund.key.replace(/:\d+$/, '')]
  const row = await trx
    .selectFrom('refunds')
    .select('id')
    .where((eb) =>
      eb.or([
        ...(keys.length > 0 ? [eb('key', 'in', keys)] : []),
        ...(refund.key === null ? [eb('provider_id', '=', refund.id)] : []),
      ]),
    )
    .executeTakeFirst()
  return row?.id ?? null
}

/** Writes a dispute down, or how it stands now. Events overtake each other: one that is over is not opened again. */
export async function openDispute(db: Db, provider: string, dispute: NewDispute): Promise<void> {
  await db
    .insertInto('disputes')
    .values({
      provider,
      id: dispute.id,
      payment_id: dispute.paymentId,
      alias_id: dispute.aliasId,
      amount_minor: dispute.amountMinor,
      currency: dispute.currency,
      status: dispute.status,
      at: dispute.at,
    })
    .onConflict((conflict) =>
      conflict.columns(['provider', 'id']).doUpdateSet((eb) => ({
        amount_minor: eb.ref('excluded.amount_minor'),
        status: sql<DisputeStatus>`case when excluded.status = 'open' then disputes.status else excluded.status end`,
        told_at: sql<Date>`now()`,
      })),
    )
    .execute()
}

/**
 * Whether money of a payment goes, or went, back through the customer's bank: a dispute of it is open, or was lost.
 * Refunding it as well could pay twice.
 */
export async function isDisputed(db: Db, paymentId: string): Promise<boolean> {
  const row = await db
    .selectFrom('disputes')
    .select('id')
    .where((eb) => eb.or([eb('payment_id', '=', paymentId), eb('alias_id', '=', paymentId)]))
    .where('status', '!=', 'won')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Disputes for the page, the open ones first, then the newest. */
export function disputesPage(db: Db, limit = 100) {
  return db
    .selectFrom('disputes')
    .selectAll()
    .orderBy(sql`status = 'open'`, 'desc')
    .orderBy('at', 'desc')
    .limit(limit)
    .execute()
}
