import { audit } from '../../store/audit.ts'
import type { Store, Trx } from '../../store/database.ts'
import {
  casesForLetter,
  letterMoments,
  letterNumbers,
  similarTo,
  voicesOfCases,
} from '../../store/letter-facts.ts'
import {
  addLetterCases,
  insertLetter,
  insertOriginal,
  insertVersion,
  insertVoices,
  intendLetterMail,
  letterEvent,
} from '../../store/letters.ts'
import type { LetterSource } from '../../store/schema.ts'
import { cutTo } from './fits.ts'
import { type Letters, ownerOf } from './letters.ts'
import { dueAfter } from './service-hours.ts'
import { numbersText, similarText, timelineText } from './words.ts'

/** Voices that go along; more of them are a click away. */
export const VOICES = 5
export const MOST_CASES = 500
const VOICE_WIDTH = 600

export interface NewLetterInput {
  source: LetterSource
  department: string
  /** What it is about; may be empty where a letter was pasted in. */
  caseIds: readonly number[]
  /** The code of a letter that has no cases. */
  code?: string | undefined
  productId?: string | null
  title: string
  /** Why it goes up, in the sender's words. */
  reason: string
  /** null: a rule. */
  sentBy: number | null
  rule?: { id: string; key: string }
  /** A letter from the president's mailbox. `receivedOn`: YYYY-MM-DD */
  original?: { words: string; sender: string; receivedOn: string }
}

export type SentUp =
  | { outcome: 'sent'; letterId: number }
  /** No one answers for this department: templates/letters.yaml does not name it. */
  | { outcome: 'no-owner' }
  /** None of the cases is there, and no code was given. */
  | { outcome: 'nothing' }
  /** The rule has sent this one already. */
  | { outcome: 'known' }

/**
 * Sends a letter up to the department that owns the pain: with what the system knows, a clock and a mail.
 * What people wrote is masked; only what was pasted in is also kept as it was, in a table that can be erased.
 */
export async function sendUp(
  store: Store,
  letters: Letters,
  input: NewLetterInput,
  now: Date,
): Promise<SentUp> {
  const owner = ownerOf(letters, input.department)
  if (!owner) return { outcome: 'no-owner' }
  const language = owner.language ?? letters.language
  const timeZone = letters.timeZone()
  const hours = owner.hours ?? letters.file.hours
  return store.transaction().execute(async (trx): Promise<SentUp> => {
    const cases = await casesForLetter(trx, input.caseIds.slice(0, MOST_CASES))
    const codes = [
      ...new Set([...(input.code ? [input.code] : []), ...cases.map(({ code }) => code)].filter(isAbout)),
    ]
    if (codes.length === 0) return { outcome: 'nothing' }
    const caseIds = cases.map(({ id }) => id)
    const names = [
      ...(input.original ? [input.original.sender] : []),
      ...cases.flatMap(({ username, name }) => [username, name]).filter((each) => each !== null),
    ]
    const productId = input.productId ?? null
    const letterId = await insertLetter(trx, {
      source: input.source,
      key: input.rule?.key ?? null,
      rule: input.rule?.id ?? null,
      department: input.department,
      codes,
      product_id: productId,
      title: letters.mask(input.title, names),
      reason: letters.mask(input.reason, names),
      language,
      sent_by: input.sentBy,
      sent_at: now,
      hours,
      due_at: dueAfter(hours, now, letters.file.serviceHours, timeZone),
    })
    if (letterId === null) return { outcome: 'known' }
    await addLetterCases(trx, letterId, caseIds)
    await addVoices(trx, letters, letterId, caseIds, VOICES)
    if (input.original) {
      const masked = letters.mask(input.original.words, names)
      await insertOriginal(trx, letterId, { ...input.original, masked })
    }
    const answers = {
      why: '',
      impact: '',
      done: '',
      fix: '',
      fixBy: '',
      again: '',
      numbers: numbersText(await letterNumbers(trx, { codes, productId }, now), caseIds.length, language),
      timeline: timelineText(await letterMoments(trx, caseIds), now, language, timeZone),
      similar: similarText(await similarTo(trx, { codes, letterId }), language, timeZone),
    }
    await insertVersion(trx, { letterId, version: 1, round: 1, answers, by: null, sent: false })
    await letterEvent(trx, letterId, { what: 'sent', by: input.sentBy, round: 1 })
    await intendLetterMail(trx, letterId, 1, 'new')
    const actor = input.sentBy === null ? 'policy' : `user:${input.sentBy}`
    const detail = {
      department: input.department,
      codes,
      cases: caseIds.length,
      rule: input.rule?.id ?? null,
    }
    await audit(trx, actor, 'letter.sent', `letter:${letterId}`, detail)
    return { outcome: 'sent', letterId }
  })
}

const isAbout = (code: string) => code !== 'none'

/** Lays masked voices into a letter, as far as there is room. */
export async function addVoices(
  trx: Trx,
  letters: Letters,
  letterId: number,
  caseIds: readonly number[],
  room: number,
): Promise<void> {
  if (room <= 0) return
  const voices = await voicesOfCases(trx, caseIds, letters.abuse, room)
  const masked = voices.map((voice) => {
    const names = voice.names.filter((name) => name !== null)
    return { ...voice, text: cutTo(letters.mask(voice.text, names), VOICE_WIDTH) }
  })
  await insertVoices(trx, letterId, masked)
}
