import { formatMoney } from '../../money.ts'
import type { Db } from '../../store/database.ts'
import { markReserved, reservedOn, reservedOnLine, reservedOnOrder } from '../../store/payout-limits.ts'
import { appendLedger } from '../../store/refunds.ts'
import type { LimitHit } from '../decision/limits.ts'
import { reserveLines } from './ledger.ts'
import { companyDay, inBaseMinor, type Payouts } from './payouts.ts'

/** Money that is to be set aside for an order line. */
export interface Reservation {
  refundId: number
  round: number
  orderLineId: string
  /** What was charged for the line. */
  chargedMinor: number
  amountMinor: number
  currency: string
  /** The order it is of, what was charged for it, and what others refunded of its payment. */
  order?: { id: string; chargedMinor: number; othersMinor: number }
}

/**
 * Why money can not be set aside now, or null: the day's budget of its currency, that of all currencies, and what was
 * charged for the line and for the order, counting what others refunded. Holds for people as for rules. Call it, and `reserve`, under `lockReservations`.
 */
export async function capHit(
  trx: Db,
  payouts: Payouts,
  wanted: Omit<Reservation, 'refundId' | 'round'> & { refundId: number | null },
  now: Date,
): Promise<LimitHit | null> {
  const { amountMinor, currency } = wanted
  const day = companyDay(payouts, now)
  const most = payouts.budgets.perDayMinor[currency]
  const baseMinor = inBaseMinor(payouts, amountMinor, currency, day)
  if (most === undefined || baseMinor === null) {
    return {
      limit: 'budget',
      why: {
        en: `payouts.yaml has no ${most === undefined ? 'budget' : 'exchange rate'} for ${currency}`,
        ja: `payouts.yamlに${currency}の${most === undefined ? '予算' : '換算レート'}が定められていません`,
      },
    }
  }
  const line = await reservedOnLine(trx, wanted.orderLineId, wanted.refundId)
  if (line + amountMinor > wanted.chargedMinor) {
    return {
      limit: 'charge',
      why: {
        en: 'together with what was refunded on it this would be more than was charged for the order line',
        ja: '返金済みの分と合わせると、明細の請求額を超えます',
      },
    }
  }
  const { order } = wanted
  if (order) {
    const given = (await reservedOnOrder(trx, order.id, wanted.refundId)) + order.othersMinor
    if (given + amountMinor > order.chargedMinor) {
      return {
        limit: 'charge',
        why: {
          en: 'together with what was refunded of the order, by us and by others, this would be more than was charged for it',
          ja: 'このご注文で当社または他から返金済みの分と合わせると、請求額を超えます',
        },
      }
    }
  }
  const spent = await reservedOn(trx, day, currency)
  if (spent.minor + amountMinor > most) return budgetHit('budget', spent.minor, most, currency)
  const all = payouts.budgets.allPerDay
  if (spent.baseMinor + baseMinor > all.minor) {
    return budgetHit('all-budgets', spent.baseMinor, all.minor, all.currency)
  }
  return null
}

function budgetHit(limit: string, spent: number, most: number, currency: string): LimitHit {
  const amount = (minor: number, locale: 'en' | 'ja') => formatMoney(minor, currency, locale)
  const all = limit === 'all-budgets'
  return {
    limit,
    why: {
      en: `today ${amount(spent, 'en')} of the ${all ? 'budget of all currencies' : 'budget'} of ${amount(most, 'en')} is used, and this would be above it`,
      ja: `本日の${all ? '全通貨の' : ''}予算${amount(most, 'ja')}のうち${amount(spent, 'ja')}を使用済みで、今回の分を加えると超過します`,
    },
  }
}

/**
 * Sets a refund's money aside: the mark, the day whose budget it is of, and the ledger's entry. The caller has asked
 * `capHit` under the same lock.
 */
export async function reserve(trx: Db, payouts: Payouts, money: Reservation, now: Date): Promise<void> {
  const { refundId, round, amountMinor, currency } = money
  const day = companyDay(payouts, now)
  const baseMinor = inBaseMinor(payouts, amountMinor, currency, day)
  if (baseMinor === null) throw new RangeError(`there is no exchange rate for ${currency}; ask capHit first`)
  await markReserved(trx, refundId, { day, baseMinor })
  await appendLedger(trx, { id: refundId, round }, 'reserved', reserveLines(amountMinor, currency))
}
