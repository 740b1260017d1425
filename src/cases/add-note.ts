import { lockWork } from '../store/assignments.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { findMentioned, insertNote } from '../store/notes.ts'
import { reads } from '../store/readers.ts'
import { tidy } from './checked-text.ts'
import { sha256 } from './decision.ts'

/** A login after an @, with whatever punctuation follows it in a sentence left out. */
const MENTION = /(?<![\w@.])@([\p{L}\p{N}_][\p{L}\p{N}_.@+-]*[\p{L}\p{N}_]|[\p{L}\p{N}_])/gu

/** Logins that a note calls by. Japanese is written without spaces: the rest of a sentence may hang on one. */
export function mentionsIn(text: string): string[] {
  return [...text.matchAll(MENTION)].flatMap(([, login = '']) => {
    const plain = /^[\w.@+-]*\w/.exec(login)?.[0]
    return plain && plain !== login ? [login, plain] : [login]
  })
}

/**
 * Adds a note to a case, for colleagues only.
 * @returns whom it tells, and who of them does not read the case's language; null where there is no such case
 */
export async function addNote(
  store: Store,
  input: { caseId: number; userId: number; text: string },
): Promise<{ noteId: number; mentioned: number[]; unread: number[] } | null> {
  const { caseId, userId } = input
  const text = tidy(input.text)
  return store.transaction().execute(async (trx) => {
    const found = await lockWork(trx, caseId)
    if (!found) return null
    const people = (await findMentioned(trx, mentionsIn(text))).filter(({ id }) => id !== userId)
    const mentioned = people.map(({ id }) => id)
    const noteId = await insertNote(trx, { caseId, userId, text, mentioned })
    await audit(trx, `user:${userId}`, 'note.added', `case:${caseId}`, {
      note: noteId,
      text: sha256(text),
      mentioned,
    })
    const unread = people.filter(({ languages }) => !reads(languages, found.language)).map(({ id }) => id)
    return { noteId, mentioned, unread }
  })
}
