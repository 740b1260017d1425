import { tell } from '../../store/chat-news.ts'
import { insertCordMessage } from '../../store/cord-messages.ts'
import { type CordThing, endCord, insertCord } from '../../store/cords.ts'
import type { Store } from '../../store/database.ts'
import { settleSignal, settleSignalsOf } from '../../store/signals.ts'
import { redraftStopped } from '../../store/stopped-cases.ts'
import type { ThingBook } from './keep-watch.ts'
import { cordNews, thingName } from './words.ts'

/**
 * Stops the line for a product, a title or a code: the shop is to stop its sale and hold what is not shipped, drafts
 * about it are written anew, and chats hear of it; all of it in one transaction, or none. Whoever pulls second is told
 * so, and nothing happens twice.
 * @param actor 'user:7', or 'policy'
 * @returns the cord, whether this call pulled it, and the cases whose drafts are to be written anew
 */
export async function pullCord(
  store: Store,
  cord: CordThing & { reason: string; actor: string; signalId: number | null },
  things: ThingBook,
): Promise<{ id: number; pulled: boolean; caseIds: number[] }> {
  return store.transaction().execute(async (trx) => {
    const { id, pulled, at } = await insertCord(trx, cord)
    if (cord.signalId !== null) {
      await settleSignal(trx, { id: cord.signalId, state: 'acted', note: '', actor: cord.actor })
    }
    if (!pulled) return { id, pulled, caseIds: [] }
    await tellShop(trx, 'pulled', { ...cord, id, at, reason: cord.reason }, things)
    await tell(trx, cordNews({ ...cord, id }, things, false))
    return { id, pulled, caseIds: await redraftStopped(trx) }
  })
}

/**
 * Lets the line run again. The cause, the fix and the name of whoever answers for it stay in the history.
 * @returns null where the cord is not pulled (any more)
 */
export async function resumeCord(
  store: Store,
  end: { id: number; actor: string; cause: string; fix: string; vouchedBy: string },
  things: ThingBook,
): Promise<{ caseIds: number[] } | null> {
  return store.transaction().execute(async (trx) => {
    const cord = await endCord(trx, end)
    if (!cord) return null
    await tellShop(trx, 'resumed', { ...cord, at: cord.resumed_at as Date, reason: end.fix }, things)
    await tell(trx, cordNews(cord, things, true))
    await settleSignalsOf(trx, cord, end.actor)
    return { caseIds: await redraftStopped(trx) }
  })
}

const ORDERS = {
  pulled: ['stop-sale', 'hold-unshipped-orders'],
  resumed: ['resume-sale', 'release-held-orders'],
} as const

/** docs/andon.md describes the body; it is written once and sent the same every time. */
function tellShop(
  trx: Parameters<typeof insertCordMessage>[0],
  what: 'pulled' | 'resumed',
  cord: CordThing & { id: number; at: Date; reason: string },
  things: ThingBook,
): Promise<void> {
  const key = `cord:${cord.id}:${what}`
  const body = JSON.stringify({
    id: key,
    type: `cord.${what}`,
    at: cord.at.toISOString(),
    do: ORDERS[what],
    cord: {
      id: cord.id,
      kind: cord.kind,
      name: cord.name,
      title: thingName(cord, things),
      reason: cord.reason,
    },
  })
  return insertCordMessage(trx, { cordId: cord.id, what, key, body })
}
