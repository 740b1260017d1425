import { refundLog } from '../../log.ts'
import { audit } from '../../store/audit.ts'
import { customerOf } from '../../store/author-links.ts'
import type { Db, Store } from '../../store/database.ts'
import {
  askForLine,
  type ComplaintFacts,
  caseOfComplaint,
  dropComplaint,
  findRefundEvent,
  type RefundEventRow,
  settleLine,
} from '../../store/refund-events.ts'
import { pauseMs } from '../payouts/patience.ts'
import { ShopAnswerError, type ShopClient, ShopNotFoundError, ShopUnavailableError } from '../shop/shop.ts'
import { activeRules, shadowRules } from '../versions/versions.ts'
import { linesToChoose, ORDERS_DAYS, type OrderLine, pickOrderLine } from './pick-order-line.ts'

/** Patterns of the wrap-up codes that rules want, be it in the shadow only. */
export async function wantedCodes(db: Db): Promise<string[]> {
  const rules = [...(await activeRules(db)), ...(await shadowRules(db))]
  const wanted = rules.flatMap(({ event, codes }) =>
    event === 'complaint.coded' || event === 'complaint.repeated' ? (codes ?? []) : [],
  )
  return [...new Set(wanted)]
}

export type ResolvedComplaint =
  /** It has its order line: decide it. */
  | { outcome: 'new' }
  /** For its author to sign in, or for a person to say which order. */
  | { outcome: 'waits' }
  /** It is not there to be resolved (any more). */
  | { outcome: 'done' }
  | { outcome: 'later'; reason: string; delayMs: number }

/**
 * Finds the order line of a complaint whose customer is known. Where none is certain, a person is asked. A shop that
 * is away is waited for.
 * @throws ShopAnswerError where somebody must look at the shop's answers
 */
export async function resolveComplaint(
  store: Store,
  shop: Pick<ShopClient, 'customerOrders'>,
  eventId: number,
): Promise<ResolvedComplaint> {
  const event = await findRefundEvent(store, eventId)
  if (event?.kind !== 'complaint') return { outcome: 'done' }
  if (event.state === 'new') return { outcome: 'new' }
  if (event.state !== 'waiting') return { outcome: 'done' }
  const customerId = event.customer_id
  if (event.waits_for !== 'order' || customerId === null || event.person_since !== null)
    return { outcome: 'waits' }
  // Unlinked meanwhile: the sweep has it wait for a link again.
  if ((await linkedCustomer(store, event.case_id)) !== customerId) return { outcome: 'waits' }
  try {
    const found = await findLine(shop, event, customerId)
    if (!found) {
      await askForLine(store, eventId)
      return { outcome: 'waits' }
    }
    const settled = await settle(store, event.id, customerId, found)
    return { outcome: settled ? 'new' : 'done' }
  } catch (error) {
    if (!(error instanceof ShopUnavailableError)) throw error
    refundLog.warn({ eventId, reason: error.message }, 'a complaint waits for the shop')
    return { outcome: 'later', reason: error.message, delayMs: pauseMs(event.due_since) }
  }
}

async function findLine(
  shop: Pick<ShopClient, 'customerOrders'>,
  event: RefundEventRow,
  customerId: string,
): Promise<OrderLine | null> {
  const facts = event.facts as unknown as ComplaintFacts
  const at = new Date(facts.writtenAt)
  try {
    const orders = await shop.customerOrders(customerId, new Date(at.getTime() - ORDERS_DAYS * 86_400_000))
    return pickOrderLine(orders, { code: event.code ?? '', orders: facts.orders, skus: facts.skus, at })
  } catch (error) {
    if (error instanceof ShopNotFoundError) return null
    throw error
  }
}

function settle(store: Store, eventId: number, customerId: string, { order, line }: OrderLine) {
  const found = { orderId: order.id, orderLineId: line.id, sku: line.sku }
  return store.transaction().execute((trx) => settleLine(trx, { id: eventId, customerId }, found))
}

export interface RecentOrders {
  customerId: string
  lines: OrderLine[]
}

/**
 * What the customer behind a case ordered in the last months, newest first; null where nobody knows who that is.
 * @throws ShopUnavailableError, ShopAnswerError
 */
export async function recentOrders(
  store: Store,
  shop: Pick<ShopClient, 'customerOrders'>,
  caseId: number,
  now: Date,
): Promise<RecentOrders | null> {
  const customerId = await linkedCustomer(store, caseId)
  if (customerId === null) return null
  try {
    const orders = await shop.customerOrders(customerId, new Date(now.getTime() - ORDERS_DAYS * 86_400_000))
    const foreign = orders.find((order) => order.customerId !== customerId)
    if (foreign) throw new ShopAnswerError(`the shop gave order ${foreign.id} of another customer`)
    return { customerId, lines: linesToChoose(orders, null) }
  } catch (error) {
    if (error instanceof ShopNotFoundError) return { customerId, lines: [] }
    throw error
  }
}

async function linkedCustomer(db: Db, caseId: number | null): Promise<string | null> {
  const found = caseId === null ? undefined : await caseOfComplaint(db, caseId)
  return found ? customerOf(db, found.network, found.author_id) : null
}

/**
 * A person says which order line a complaint is about; the caller queues 'refund' with the event's id.
 * @returns `not-theirs` where the line is in no order of the customer
 * @throws ShopUnavailableError, ShopAnswerError
 */
export async function chooseOrderLine(
  store: Store,
  shop: Pick<ShopClient, 'customerOrders'>,
  choice: { caseId: number; eventId: number; orderLineId: string; userId: number },
  now = new Date(),
): Promise<{ outcome: 'chosen' | 'conflict' | 'not-theirs' }> {
  const event = await findRefundEvent(store, choice.eventId)
  if (event?.case_id !== choice.caseId) return { outcome: 'conflict' }
  const recent = await recentOrders(store, shop, choice.caseId, now)
  const found = recent?.lines.find(({ line }) => line.id === choice.orderLineId)
  if (!recent || !found) return { outcome: 'not-theirs' }
  const { order, line } = found
  const chosen = await store.transaction().execute(async (trx) => {
    const settled = await settleLine(
      trx,
      { id: event.id, customerId: recent.customerId },
      { orderId: order.id, orderLineId: line.id, sku: line.sku },
    )
    if (settled) {
      await audit(trx, `user:${choice.userId}`, 'claim.order-chosen', `case:${choice.caseId}`, {
        event: event.id,
        orderLine: line.id,
      })
    }
    return settled
  })
  return { outcome: chosen ? 'chosen' : 'conflict' }
}

/** A person says that nothing is paid for a complaint. */
export async function dropClaim(
  store: Store,
  { caseId, eventId, userId }: { caseId: number; eventId: number; userId: number },
): Promise<{ outcome: 'dropped' | 'conflict' }> {
  return store.transaction().execute(async (trx) => {
    if (!(await dropComplaint(trx, caseId, eventId, userId))) return { outcome: 'conflict' }
    await audit(trx, `user:${userId}`, 'claim.dropped', `case:${caseId}`, { event: eventId })
    return { outcome: 'dropped' }
  })
}
