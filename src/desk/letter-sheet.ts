import type { LetterPage } from '../store/letters.ts'
import { cutTo, linesOf, QUESTIONS } from '../voice/index.ts'
import { departmentName } from './department-names.ts'
import { codeName, type Desk } from './desk.ts'
import { formatDay } from './format.ts'
import type { Visit } from './visit.ts'

/** Voices on the page, two printed lines each. */
const VOICES = 3
const VOICE_WIDTH = 280
const ORIGINAL_WIDTH = 420
const TITLE_WIDTH = 140
/** Printed lines up to which a letter may be set larger. */
const ROOMY = 22
const MIDDLE = 38

/** A letter as one printed page: what was answered, or as far as it is. */
export function letterSheet(desk: Desk, visit: Visit, page: LetterPage) {
  const { letter, versions } = page
  const original = page.original?.masked ? page.original : null
  const answers = (versions.find(({ sent }) => sent) ?? versions[0])?.answers
  if (!answers) throw new RangeError(`letter ${letter.id} has no version`)
  const voices = page.voices
    .filter(({ leftOut, text }) => !leftOut && text !== '')
    .slice(0, VOICES)
    .map(({ at, language, text }) => ({
      at,
      language: language.split('-')[0],
      text: cutTo(text, VOICE_WIDTH),
    }))
  const facts = { impact: answers.numbers, done: answers.timeline, why: answers.similar }
  const parts = QUESTIONS.map((name) => ({
    name,
    text: answers[name],
    fact: name in facts ? facts[name as keyof typeof facts] : '',
  }))
  const lines =
    parts.reduce((sum, { text, fact }) => sum + linesOf(text) + linesOf(fact), 0) +
    voices.reduce((sum, { text }) => sum + linesOf(text), 0) +
    (original ? linesOf(cutTo(original.masked, ORIGINAL_WIDTH)) : 0)
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: desk.replies.brand.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return {
    letter: {
      ...letter,
      title: cutTo(letter.title, TITLE_WIDTH),
      reason: cutTo(letter.reason, TITLE_WIDTH * 2),
      department: departmentName(desk, visit.language, letter.department),
    },
    codes: letter.codes.slice(0, 4).map((code) => codeName(desk, visit, code)),
    cases: page.caseIds.length,
    parts,
    fixBy: answers.fixBy === '' ? null : formatDay(visit.language, answers.fixBy),
    voices,
    original: original && { words: cutTo(original.masked, ORIGINAL_WIDTH), receivedOn: original.receivedOn },
    size: lines <= ROOMY ? 'roomy' : lines <= MIDDLE ? 'middle' : 'tight',
    address: `${desk.config.publicUrl}/letters/${letter.id}`,
    zone: desk.replies.brand.timeZone,
    sentAt: clock.format(letter.sent_at),
    answeredBy: versions.find(({ sent }) => sent)?.name ?? null,
  }
}
