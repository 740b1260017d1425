import {
  contactsOf,
  correctionFacts,
  countNotes,
  postFacts,
  putNoteBack,
  refundFacts,
  sessionFacts,
  takeContactNotes,
} from '../../store/contact-sources.ts'
import { dropContacts, type NewContact, writeContacts } from '../../store/contacts.ts'
import type { Store } from '../../store/database.ts'
import type { ContactKind } from '../../store/schema.ts'
import {
  contactOfCorrection,
  contactOfPost,
  contactOfRefund,
  contactOfSession,
  type Veil,
} from './make-contacts.ts'

/**
 * Writes and amends the contacts of what changed since the last call, and of what was there before there were contacts.
 * Every change leaves a note in its own transaction; notes go in the transaction that writes what they are about. So
 * none is missed, a restart goes on, and whoever changes a row never waits. Any process may call it; one at a time works.
 * A note that can not be written holds up no other: it waits behind them all, and is tried again.
 * @param batch notes taken at once
 * @returns how many notes, and whether there may be more
 * @throws what kept a note from being written, once all others of its batch are
 */
export async function keepContacts(store: Store, veil: Veil, batch = 500): Promise<Kept> {
  try {
    return await keepBatch(store, veil, batch)
  } catch (error) {
    const notes = await countNotes(store, batch)
    for (let i = 0; i < notes; i++) await keepBatch(store, veil, 1).catch(() => putNoteBack(store))
    throw error
  }
}

interface Kept {
  notes: number
  more: boolean
}

async function keepBatch(store: Store, veil: Veil, batch: number): Promise<Kept> {
  return store.transaction().execute(async (trx) => {
    const notes = await takeContactNotes(trx, batch)
    if (notes === null || notes.length === 0) return { notes: 0, more: false }
    const wanted = await contactsOf(trx, notes)
    const posts = await postFacts(trx, wanted.posts)
    const sessions = await sessionFacts(trx, wanted.sessions)
    const refunds = await refundFacts(trx, wanted.refunds)
    const corrections = await correctionFacts(trx, wanted.corrections)
    const contacts: NewContact[] = [
      ...posts.map((post) => contactOfPost(post, veil)).filter((contact) => contact !== null),
      ...sessions.map((session) => contactOfSession(session, veil)),
      ...refunds.map((refund) => contactOfRefund(refund, veil)),
      ...corrections.map((correction) => contactOfCorrection(correction, veil)),
    ]
    await writeContacts(trx, contacts)
    const written = new Set(contacts.map(({ kind, ref }) => `${kind} ${ref}`))
    const all: [ContactKind, readonly (string | number)[]][] = [
      ['post', wanted.posts],
      ['playback', wanted.sessions],
      ['refund', wanted.refunds],
      ['correction', wanted.corrections],
    ]
    for (const [kind, refs] of all) {
      const none = refs.map(String).filter((ref) => !written.has(`${kind} ${ref}`))
      await dropContacts(trx, kind, none)
    }
    return { notes: notes.length, more: notes.length === batch }
  })
}
