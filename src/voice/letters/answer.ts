import { audit } from '../../store/audit.ts'
import type { Store, Trx } from '../../store/database.ts'
import {
  insertVersion,
  intendLetterMail,
  letterEvent,
  lockLetter,
  moveLetter,
  newestVersion,
  setVoices,
} from '../../store/letters.ts'
import type { LetterAnswers } from '../../store/schema.ts'
import { ANSWER_LINES, FACT_LINES, linesOf } from './fits.ts'
import type { Letters } from './letters.ts'
import { dueAfter } from './service-hours.ts'

/** The five questions, in the order in which they are asked. */
export const QUESTIONS = ['why', 'impact', 'done', 'fix', 'again'] as const
export type Question = (typeof QUESTIONS)[number]
const FACTS = ['numbers', 'timeline', 'similar'] as const

export interface AnswerInput {
  letterId: number
  userId: number
  /** The version that the writer had before their eyes. */
  base: number
  answers: LetterAnswers
  voices: readonly { postId: number; text: string; leftOut: boolean }[]
}

export type Saved =
  | { outcome: 'saved'; version: number }
  /** Somebody saved in between; nothing was written over. */
  | { outcome: 'changed'; newest: Awaited<ReturnType<typeof newestVersion>> }
  /** Parts that are too long for their place on the page. */
  | { outcome: 'too-long'; parts: string[] }
  /** Questions that have no answer yet. */
  | { outcome: 'unanswered'; parts: string[] }
  | { outcome: 'not-open' }

/**
 * Keeps an answer as a new version.
 * @param send gives it to the sender; every question needs an answer then, and the fix a day
 */
export async function saveAnswer(store: Store, input: AnswerInput, send: boolean, now: Date): Promise<Saved> {
  const { letterId, userId, answers } = input
  const parts = [
    ...QUESTIONS.filter((part) => linesOf(answers[part]) > ANSWER_LINES),
    ...FACTS.filter((part) => linesOf(answers[part]) > FACT_LINES),
  ]
  if (parts.length > 0) return { outcome: 'too-long', parts }
  return store.transaction().execute(async (trx): Promise<Saved> => {
    const letter = await lockLetter(trx, letterId)
    if (letter?.state !== 'open') return { outcome: 'not-open' }
    const newest = await newestVersion(trx, letterId)
    if (newest.version !== input.base) return { outcome: 'changed', newest }
    const missing = [
      ...QUESTIONS.filter((part) => answers[part].trim() === ''),
      ...(answers.fixBy === '' ? ['fixBy'] : []),
    ]
    if (send && missing.length > 0) return { outcome: 'unanswered', parts: missing }
    const version = newest.version + 1
    await setVoices(trx, letterId, input.voices)
    await insertVersion(trx, { letterId, version, round: letter.round, answers, by: userId, sent: send })
    if (send) {
      await moveLetter(trx, letterId, { state: 'answered', at: now })
      await letterEvent(trx, letterId, { what: 'answered', by: userId, round: letter.round })
    }
    await audit(trx, `user:${userId}`, send ? 'letter.answered' : 'letter.saved', `letter:${letterId}`, {
      version,
      round: letter.round,
    })
    return { outcome: 'saved', version }
  })
}

/** The sender is content. @returns false where it does not wait for them */
export async function acceptLetter(
  store: Store,
  { letterId, userId }: { letterId: number; userId: number },
  now: Date,
): Promise<boolean> {
  return settle(store, letterId, async (trx, round) => {
    await moveLetter(trx, letterId, { state: 'accepted', at: now })
    await letterEvent(trx, letterId, { what: 'accepted', by: userId, round })
    await audit(trx, `user:${userId}`, 'letter.accepted', `letter:${letterId}`, { round })
  })
}

/** The sender asks again: a new round with a clock of its own; what was answered stays. */
export async function askAgain(
  store: Store,
  letters: Letters,
  { letterId, userId, question }: { letterId: number; userId: number; question: string },
  now: Date,
): Promise<boolean> {
  return settle(store, letterId, async (trx, round, hours) => {
    const dueAt = dueAfter(hours, now, letters.file.serviceHours, letters.timeZone())
    await moveLetter(trx, letterId, { state: 'open', round: round + 1, dueAt })
    await letterEvent(trx, letterId, {
      what: 'asked-again',
      by: userId,
      round: round + 1,
      note: letters.mask(question, []),
    })
    await intendLetterMail(trx, letterId, round + 1, 'again')
    await audit(trx, `user:${userId}`, 'letter.asked-again', `letter:${letterId}`, { round: round + 1 })
  })
}

async function settle(
  store: Store,
  letterId: number,
  how: (trx: Trx, round: number, hours: number) => Promise<void>,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const letter = await lockLetter(trx, letterId)
    if (letter?.state !== 'answered') return false
    await how(trx, letter.round, letter.hours)
    return true
  })
}
