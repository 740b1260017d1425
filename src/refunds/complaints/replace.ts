import { refundLog } from '../../log.ts'
import { replacementsTotal } from '../../metrics.ts'
import { type Store, withLock } from '../../store/database.ts'
import type { NewMail } from '../../store/mails.ts'
import {
  beginReplacement,
  failReplacement,
  findReplacement,
  markReplaced,
  noteReplacement,
  type ReplacementRow,
} from '../../store/replacements.ts'
import { payoutKey } from '../payouts/key.ts'
import { pauseMs, UNKNOWN_AFTER_MS, waitedMs } from '../payouts/patience.ts'
import {
  type ShopClient,
  ShopRefusedError,
  type ShopReplacement,
  ShopUnavailableError,
} from '../shop/shop.ts'

export type ReplaceOutcome =
  | { outcome: 'sent'; mailId: number | null }
  | { outcome: 'failed' | 'done' }
  | { outcome: 'later'; reason: string; delayMs: number }

/** Writes the mail that tells the customer; it is stored with the mark that the shop took the replacement. */
export type WriteReplacementMail = (replacement: ReplacementRow) => Promise<NewMail | null>

type Shop = Pick<ShopClient, 'createReplacement' | 'findReplacement'>

/**
 * Has the shop send a piece again, once. After a crash or a lost answer the shop is asked for the replacement by its
 * keys before it is asked to send again. What the shop refuses, or does not answer in a day, waits for a person.
 * @throws ShopAnswerError and the like, where a person must look
 */
export async function sendReplacement(
  store: Store,
  shop: Shop,
  id: number,
  writeMail: WriteReplacementMail,
): Promise<ReplaceOutcome> {
  const locked = await withLock(store, `replacement:${id}`, async (): Promise<ReplaceOutcome> => {
    const replacement = await findReplacement(store, id)
    if (replacement?.state !== 'intent') return { outcome: 'done' }
    try {
      // Written before anything is sent: a template that fails must not leave a customer untold.
      const mail = await writeMail(replacement)
      const made = await make(store, shop, replacement)
      if (!made) return { outcome: 'done' }
      if (made.status === 'cancelled')
        return await fail(store, id, `the shop cancelled replacement ${made.id}`)
      const mailId = await markReplaced(store, replacement, made.id, mail)
      replacementsTotal.inc({ outcome: 'sent' })
      return { outcome: 'sent', mailId }
    } catch (error) {
      if (error instanceof ShopRefusedError) return fail(store, id, error.message)
      if (!(error instanceof ShopUnavailableError)) throw error
      return waitFor(store, replacement, error.message)
    }
  })
  return locked ?? { outcome: 'later', reason: 'another process works on this replacement', delayMs: 2000 }
}

async function make(
  store: Store,
  shop: Shop,
  replacement: ReplacementRow,
): Promise<Pick<ShopReplacement, 'id' | 'status'> | null> {
  if (replacement.attempts > 0) {
    const taken = await findTaken(shop, replacement)
    if (taken) return taken
  }
  if (!(await beginReplacement(store, replacement.id))) return null
  return shop.createReplacement({
    key: payoutKey(replacement.key, replacement.round),
    orderId: replacement.order_id,
    orderLineId: replacement.order_line_id,
    quantity: replacement.quantity,
  })
}

/** The replacement under the keys of all rounds; a cancelled one of an earlier round is known. */
async function findTaken(shop: Shop, { key, round }: ReplacementRow): Promise<ShopReplacement | null> {
  for (let each = round; each >= 1; each -= 1) {
    const found = await shop.findReplacement(payoutKey(key, each))
    if (found && (found.status !== 'cancelled' || each === round)) return found
  }
  return null
}

async function waitFor(store: Store, replacement: ReplacementRow, reason: string): Promise<ReplaceOutcome> {
  refundLog.warn({ replacementId: replacement.id, reason }, 'a replacement waits for the shop')
  if (waitedMs(replacement.waiting_since) >= UNKNOWN_AFTER_MS) {
    return fail(store, replacement.id, `no answer of the shop for a day, the last trouble was: ${reason}`)
  }
  await noteReplacement(store, replacement.id, reason)
  return { outcome: 'later', reason, delayMs: pauseMs(replacement.waiting_since) }
}

async function fail(store: Store, id: number, problem: string): Promise<ReplaceOutcome> {
  if (!(await failReplacement(store, id, problem))) return { outcome: 'done' }
  refundLog.warn({ replacementId: id, problem }, 'a replacement was not sent')
  replacementsTotal.inc({ outcome: 'failed' })
  return { outcome: 'failed' }
}
