import { mailLog, refundLog } from '../src/log.ts'
import { MailRejectedError } from '../src/mail/index.ts'
import {
  ShopAnswerError,
  type ShopClient,
  ShopNotFoundError,
  ShopUnavailableError,
} from '../src/refunds/index.ts'
import { withLock } from '../src/store/database.ts'
import { concludeReview, type ReviewMail, reviewsToSend } from '../src/store/review-mails.ts'
import {
  intendReviews,
  keepCounts,
  keepOrders,
  keepReturns,
  type ReviewShop,
  writeReview,
} from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const COUNT_EVERY_MS = 5_000
const SHOP_EVERY_MS = 60_000
const SEND_EVERY_MS = 10_000
const LATER_MS = 60_000

/** Adds up what reviews need of the past, asks the shop for orders, and sends reviews. One process at a time. */
export function startReviews(parts: Parts): RunningWorker {
  const { store, refunds, reviews, chat, mailer } = parts
  const { letters } = parts.letters
  const shop = refunds && reviewShop(refunds.shop)
  const alone = (name: string, turn: () => Promise<boolean>) =>
    withLock(store, name, turn).then((more) => more ?? false)
  const loops = [
    startLoop('reviews', COUNT_EVERY_MS, async (signal) => {
      const more = await alone('reviews', () => keepCounts(store, letters.timeZone(), new Date()))
      return more && !signal.aborted
    }),
    startLoop('reviews:send', SEND_EVERY_MS, (signal) =>
      alone('reviews:send', async () => {
        await intendReviews(store, reviews, letters, new Date())
        for (const mail of await reviewsToSend(store)) {
          if (signal.aborted) return false
          await send(mail)
        }
        return false
      }),
    ),
    ...(shop
      ? [
          startLoop('reviews:shop', SHOP_EVERY_MS, async (signal) => {
            const zone = letters.timeZone()
            try {
              const more = await alone('reviews:shop', async () => {
                const orders = await keepOrders(store, zone, shop, new Date())
                return (await keepReturns(store, zone, shop)) || orders
              })
              return more && !signal.aborted
            } catch (error) {
              if (!(error instanceof ShopUnavailableError || error instanceof ShopAnswerError)) throw error
              // until it can tell, rates are unknown: no reason to call this process ill
              refundLog.warn({ err: error }, 'the shop could not be asked for orders')
              return false
            }
          }),
        ]
      : []),
  ]

  async function send(mail: ReviewMail): Promise<void> {
    const written = await writeReview(store, reviews, letters, mail, chat.publicUrl, new Date())
    if (!written) {
      const error = `templates/letters.yaml does not name the department ${mail.department} any more`
      return concludeReview(store, mail, { state: 'rejected' }, error)
    }
    try {
      await mailer.send(written)
    } catch (error) {
      if (error instanceof MailRejectedError)
        return concludeReview(store, mail, { state: 'rejected' }, error.message)
      mailLog.warn(
        { err: error, review: mail.period, department: mail.department },
        'a review could not be sent now',
      )
      return concludeReview(store, mail, { laterMs: LATER_MS }, (error as Error).message)
    }
    await concludeReview(store, mail, { state: 'sent' })
  }

  return {
    name: 'reviews',
    health: () => loops.map((loop) => loop.health()).find(({ ok }) => !ok) ?? { ok: true },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

/** What the shop does not have it can not tell. */
function reviewShop(shop: ShopClient): ReviewShop {
  const known = async <T>(asked: Promise<T>): Promise<T | null> => {
    try {
      return await asked
    } catch (error) {
      if (error instanceof ShopNotFoundError) return null
      throw error
    }
  }
  return {
    orderCounts: (from, to, zone) => known(shop.orderCounts(from, to, zone)),
    async ordersSince(customerId, since) {
      const orders = await known(shop.customerOrders(customerId, since))
      return orders?.map(({ placedAt }) => placedAt) ?? null
    },
  }
}
