import { refundLog } from '../../log.ts'
import type { Db, Store } from '../../store/database.ts'
import { raiseOverdue, takeTurn } from '../../store/refund-events.ts'
import { ShopAnswerError, type ShopClient, ShopNotFoundError, ShopUnavailableError } from '../shop/shop.ts'
import { activeRules, shadowRules } from '../versions/versions.ts'

const EVERY_MS = 5 * 60_000
/** Older deliveries are nobody's news; a rule that begins to want them does not pay for the past. */
const WATCHED_DAYS = 60
const DAY_MS = 86_400_000
const NOT_NOW = [ShopUnavailableError, ShopAnswerError, ShopNotFoundError]

/**
 * Asks the shop for deliveries that are overdue, every few minutes for all processes together, and writes an event
 * down for each line once; one that no rule paid for yet is told of again with each further day. Nothing is asked where
 * no rule wants it. A shop that is away, or makes no sense, is asked again the next time.
 * @returns ids of events to be decided: queue them for 'refund'
 */
export async function watchOverdue(
  store: Store,
  shop: Pick<ShopClient, 'overdueOrders'>,
  now: Date,
): Promise<number[]> {
  if (!(await wantsOverdue(store))) return []
  if (!(await takeTurn(store, 'overdue', now, EVERY_MS))) return []
  try {
    const lines = await shop.overdueOrders(new Date(now.getTime() - WATCHED_DAYS * DAY_MS))
    const overdue = lines
      .filter(({ promisedAt }) => promisedAt < now)
      .map((line) => ({ ...line, sku: null, daysLate: wholeDays(line.promisedAt, now) }))
    const once = [...new Map(overdue.map((line) => [line.orderLineId, line])).values()]
    return await raiseOverdue(store, once)
  } catch (error) {
    if (!NOT_NOW.some((kind) => error instanceof kind)) throw error
    refundLog.warn(
      { reason: (error as Error).message },
      'overdue deliveries can not be read from the shop now',
    )
    return []
  }
}

async function wantsOverdue(db: Db): Promise<boolean> {
  const rules = [...(await activeRules(db)), ...(await shadowRules(db))]
  return rules.some(({ event }) => event === 'delivery.overdue')
}

function wholeDays(from: Date, to: Date): number {
  return Math.max(0, Math.floor((to.getTime() - from.getTime()) / DAY_MS))
}
