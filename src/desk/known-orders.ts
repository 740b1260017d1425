import { deskLog } from '../log.ts'
import { linesToChoose, type OrderLine, recentOrders } from '../refunds/index.ts'
import type { Desk } from './desk.ts'
import type { Visit } from './visit.ts'

/** A page does not wait longer for the shop; it says so instead. */
const PATIENCE_MS = 2_000
const MOST_LINES = 40

export interface KnownLine {
  id: string
  orderId: string
  title: string
  quantity: number
  /** What was charged for the line. */
  amountMinor: number
  currency: string
  placedAt: Date
  /** Whether a wrap-up code can be about it. */
  fits(code: string): boolean
}

export interface KnownOrders {
  customerId: string | null
  lines: KnownLine[]
  /** The shop did not answer in time. */
  away: boolean
}

/** What the customer behind a case ordered lately; null where nobody knows who that is, or no shop is connected. */
export async function ordersOf(desk: Desk, visit: Visit, caseId: number): Promise<KnownOrders | null> {
  const { shop } = desk.refunds
  if (!shop || !visit.user) return null
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((wake) => {
    timer = setTimeout(() => wake('late'), PATIENCE_MS)
  })
  try {
    const recent = await Promise.race([recentOrders(desk.store, shop, caseId, new Date()), late])
    if (recent === 'late') return { customerId: null, lines: [], away: true }
    return (
      recent && {
        customerId: recent.customerId,
        lines: recent.lines.slice(0, MOST_LINES).map(describe),
        away: false,
      }
    )
  } catch (error) {
    deskLog.warn({ err: error, caseId }, 'the shop could not be asked for orders')
    return { customerId: null, lines: [], away: true }
  } finally {
    clearTimeout(timer)
  }
}

function describe({ order, line }: OrderLine): KnownLine {
  return {
    id: line.id,
    orderId: order.id,
    title: line.title,
    quantity: line.quantity,
    amountMinor: line.priceMinor * line.quantity,
    currency: order.currency,
    placedAt: order.placedAt,
    fits: (code) => linesToChoose([{ ...order, lines: [line] }], code).length > 0,
  }
}
