import {
  contactsInTime,
  contactsSince,
  contactsWritten,
  renamedCodes,
  storedWatch,
  storeWatch,
  type WatchedContact,
} from '../../store/andon-watch.ts'
import { tell } from '../../store/chat-news.ts'
import { type Store, withLock } from '../../store/database.ts'
import type { BothLanguages } from '../../store/schema.ts'
import { insertSignal } from '../../store/signals.ts'
import { startOf } from '../signals/hours.ts'
import type { CountedContact, Signal } from '../signals/signal.ts'
import { createWatch, type Watch, type WatchState } from '../signals/watch.ts'
import { renameCodes } from './rename-codes.ts'
import { signalNews } from './words.ts'

/** What things are called, and which of them are watched or read rather than unpacked. */
export interface ThingBook {
  isTitle(id: string): boolean
  /** null: it is not in the catalogue. */
  nameOf(id: string): BothLanguages | null
  nameOfCode(code: string): BothLanguages
}

export interface AndonWatch {
  /**
   * Counts the contacts written since the last turn and writes down what signals they raise.
   * @returns the ids of new signals, and whether there may be more contacts
   */
  turn(now: Date): Promise<{ raised: number[]; more: boolean }>
}

const BATCH = 500
const STORE_EVERY_MS = 60 * 60_000
/** Half a year: what is usual at an hour of the week forgets in some eleven weeks. */
const LEARNT_MS = 182 * 24 * 3600_000
/** After so long nobody is counted as having said it already. */
const SAID_MS = 4 * 3600_000
/** What history says of days long past raises no alarm. */
const FRESH_MS = 24 * 3600_000

interface Known {
  watch: Watch
  contactId: number
  /** Whether all that was there before the first contact was counted. */
  learnt: boolean
  storedAt: number
}

/**
 * Feeds the contacts to a watch. The watch is stored once an hour; after a restart it is fed again what came since, and
 * a signal that it raises a second time is known by its thing and beginning. So nothing is missed or told twice wherever
 * a process ends, and it does not matter which of several does the work.
 */
export function createAndonWatch(
  store: Store,
  { timeZone, things }: { timeZone: string; things: ThingBook },
): AndonWatch {
  let known: Known | null = null

  async function load(now: Date): Promise<Known> {
    const stored = await storedWatch(store)
    const state = (stored?.state as WatchState | null | undefined) ?? null
    return {
      watch: createWatch({ timeZone, state: state && renameCodes(state, await renamedCodes(store)) }),
      contactId: stored?.contact_id ?? 0,
      learnt: stored?.learnt ?? false,
      storedAt: now.getTime(),
    }
  }

  function count(watch: Watch, contacts: readonly WatchedContact[], now: Date): Signal[] {
    return contacts
      .flatMap((contact) => watch.add(countedAs(contact, things)))
      .filter(({ at }) => now.getTime() - at.getTime() < FRESH_MS)
  }

  /** Once what was there before there were contacts is written, all of it is learnt anew in the order of its time. */
  async function learn(upTo: number, now: Date): Promise<{ next: Known; signals: Signal[] }> {
    const watch = createWatch({ timeZone })
    const signals: Signal[] = []
    const from = new Date(now.getTime() - LEARNT_MS)
    for await (const page of contactsInTime(store, { from, upTo })) {
      signals.push(...count(watch, page, now))
    }
    return { next: { watch, contactId: upTo, learnt: true, storedAt: 0 }, signals }
  }

  async function turn(now: Date) {
    let at = known ?? (await load(now))
    let signals: Signal[] = []
    let more = false
    const { last, complete } = at.learnt ? { last: 0, complete: false } : await contactsWritten(store)
    if (complete) {
      const learnt = await learn(last, now)
      at = learnt.next
      signals = learnt.signals
    } else {
      const contacts = await contactsSince(store, at.contactId, BATCH)
      signals = count(at.watch, contacts, now)
      at.contactId = contacts.at(-1)?.id ?? at.contactId
      more = contacts.length === BATCH
    }
    const raised = await writeDown(store, signals, things)
    if (now.getTime() - at.storedAt >= STORE_EVERY_MS) {
      const { watch, contactId, learnt } = at
      await storeWatch(store, { contactId, learnt, state: withoutOldPseudonyms(watch.state(), now) })
      at.storedAt = now.getTime()
    }
    known = at
    return { raised, more }
  }

  return {
    async turn(now) {
      const done = await withLock(store, 'andon:watch', async () => {
        try {
          return await turn(now)
        } catch (error) {
          // It may have counted what was not written down: what is stored is sure.
          known = null
          throw error
        }
      })
      return done ?? { raised: [], more: false }
    },
  }
}

/** Where nobody wrote for hours, who said what before is of no use any more. */
function withoutOldPseudonyms(state: WatchState | null, now: Date): WatchState | null {
  const quiet = state !== null && now.getTime() - startOf(state.field.hour + 1).getTime() > SAID_MS
  return quiet ? { ...state, said: [] } : state
}

function countedAs(contact: WatchedContact, things: ThingBook): CountedContact {
  const { at, product_id: id, code, severity, person, kind } = contact
  const isTitle = id !== null && (kind === 'playback' || things.isTitle(id))
  return { at, product: isTitle ? null : id, title: isTitle ? id : null, code, severity, person }
}

async function writeDown(store: Store, signals: readonly Signal[], things: ThingBook): Promise<number[]> {
  const raised: number[] = []
  for (const signal of signals) {
    const { from, ...rest } = signal
    await store.transaction().execute(async (trx) => {
      const id = await insertSignal(trx, { ...rest, began_at: from })
      if (id === null) return
      await tell(trx, signalNews(id, signal, things))
      raised.push(id)
    })
  }
  return raised
}
