import type { Store } from '../../store/database.ts'
import { addUpDays } from '../../store/review-days.ts'
import {
  concludeAsking,
  countStays,
  returnsToAsk,
  STAY_DAYS,
  storeReturn,
  weekToAsk,
  weekToCount,
} from '../../store/review-stays.ts'
import { storeOrderDays, untoldDays } from '../../store/shop-orders.ts'
import { businessDay } from '../../time-zone.ts'
import { plusDays, startOfDay } from './span.ts'

/** What reviews ask of the shop; null: it can not tell. */
export interface ReviewShop {
  /** Orders placed on days of a time zone, both ends counted. */
  orderCounts(
    from: string,
    to: string,
    zone: string,
  ): Promise<{ day: string; country: string; orders: number }[] | null>
  /** When a customer placed orders since then. */
  ordersSince(customerId: string, since: Date): Promise<Date[] | null>
}

/** Orders are wanted for a year, the same week before it, and some days. */
const ORDER_DAYS = 385
const ORDER_DAYS_AT_ONCE = 31
/** A shop may book an order some minutes late. */
const SETTLED_MS = 3_600_000
const ASKED_AT_ONCE = 20

/** Adds up the past and counts who stayed, a piece at a time. @returns whether there is more to do */
export async function keepCounts(store: Store, zone: string, now: Date): Promise<boolean> {
  if (await addUpDays(store, zone)) return true
  const week = await weekToCount(store, businessDay(now, zone))
  if (week === null) return false
  await countStays(store, week, startOfDay(week, zone), startOfDay(plusDays(week, 7), zone))
  return true
}

/** Asks the shop for orders of days that it did not tell yet, the newest first. @returns whether there is more to ask */
export async function keepOrders(store: Store, zone: string, shop: ReviewShop, now: Date): Promise<boolean> {
  const last = plusDays(businessDay(new Date(now.getTime() - SETTLED_MS), zone), -1)
  const untold = await untoldDays(store, plusDays(last, -ORDER_DAYS), last)
  const to = untold.at(-1)
  if (to === undefined) return false
  const earliest = plusDays(to, 1 - ORDER_DAYS_AT_ONCE)
  const from = untold.find((day) => day >= earliest) ?? to
  const told = await shop.orderCounts(from, to, zone)
  if (told === null) return false
  const days = []
  for (let day = from; day <= to; day = plusDays(day, 1)) {
    const orders = new Map<string, number>()
    for (const each of told.filter((one) => one.day === day)) {
      orders.set(each.country, (orders.get(each.country) ?? 0) + each.orders)
    }
    days.push({ day, orders: [...orders].map(([country, count]) => ({ country, orders: count })) })
  }
  await storeOrderDays(store, days)
  return untold.some((day) => day < from)
}

/** Asks the shop whether people of a week bought again. @returns whether there is more to ask */
export async function keepReturns(store: Store, zone: string, shop: ReviewShop): Promise<boolean> {
  const week = await weekToAsk(store)
  if (week === null) return false
  const ends = [startOfDay(week, zone), startOfDay(plusDays(week, 7), zone)] as const
  const people = await returnsToAsk(store, ...ends, ASKED_AT_ONCE)
  for (const { contactId, customerId, at } of people) {
    const orders = await shop.ordersSince(customerId, at)
    const until = at.getTime() + STAY_DAYS * 86_400_000
    const bought = orders?.some((order) => order > at && order.getTime() <= until) ?? null
    await storeReturn(store, contactId, bought)
  }
  if (people.length < ASKED_AT_ONCE) await concludeAsking(store, week)
  return true
}
