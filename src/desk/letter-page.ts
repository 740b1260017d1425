import { z } from 'zod'
import { departmentsOf, membersOf } from '../store/departments.ts'
import { refusedLetterMails } from '../store/letter-clock.ts'
import { findLetter, type LetterPage } from '../store/letters.ts'
import type { LetterAnswers } from '../store/schema.ts'
import {
  ANSWER_LINES,
  acceptLetter,
  askAgain,
  FACT_LINES,
  ownerOf,
  QUESTIONS,
  type Saved,
  saveAnswer,
} from '../voice/index.ts'
import { departmentName } from './department-names.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { letterSheet } from './letter-sheet.ts'
import { may } from './roles.ts'
import {
  goTo,
  ProblemError,
  type Route,
  readForm,
  readId,
  readNumber,
  signedIn,
  type Visit,
} from './visit.ts'

const part = z
  .string()
  .max(8000)
  .default('')
  .transform((text) => text.replaceAll('\r\n', '\n').trim())
const answerForm = z.looseObject({
  base: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  act: z.enum(['save', 'send']).default('save'),
  why: part,
  impact: part,
  done: part,
  fix: part,
  fixBy: z.union([z.literal(''), z.iso.date()]).default(''),
  again: part,
  numbers: part,
  timeline: part,
  similar: part,
})
const questionForm = z.object({ question: z.string().trim().min(1).max(1000) })
/** Facts of the system, by the question that they belong to. */
const FACT_OF: Record<string, 'numbers' | 'timeline' | 'similar'> = {
  why: 'similar',
  impact: 'numbers',
  done: 'timeline',
}

/** One letter: what is known, the five questions, and what became of the answers. */
export function letterRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/letters/:id',
      allow: 'read',
      handle: (visit) => showLetter(desk, visit, readId(visit)),
    },
    {
      method: 'get',
      path: '/letters/:id/sheet',
      allow: 'read',
      async handle(visit) {
        const page = await findLetter(store, readId(visit))
        if (!page) throw new ProblemError(404)
        await sendPage(desk, visit, 'letter-sheet', letterSheet(desk, visit, page))
      },
    },
    {
      method: 'post',
      path: '/letters/:id/save',
      allow: 'read',
      async handle(visit) {
        const letterId = readId(visit)
        const page = await findLetter(store, letterId)
        if (!page) throw new ProblemError(404)
        if (!(await mayAnswer(desk, visit, page))) throw new ProblemError(403, 'notYourDepartment')
        const { base, act, ...form } = readForm(visit, answerForm)
        const answers = answersIn(form)
        const voices = page.voices.map(({ postId }) => ({
          postId,
          text: String(form[`voice${postId}`] ?? '')
            .trim()
            .slice(0, 1000),
          leftOut: form[`show${postId}`] === undefined,
        }))
        const input = { letterId, userId: signedIn(visit).id, base, answers, voices }
        const saved = await saveAnswer(store, input, act === 'send', new Date())
        if (saved.outcome === 'saved') {
          return goTo(visit, `/letters/${letterId}`, act === 'send' ? 'letterAnswered' : 'saved')
        }
        const status = saved.outcome === 'too-long' || saved.outcome === 'unanswered' ? 422 : 409
        await showLetter(desk, visit, letterId, { typed: answers, voices, problem: saved, base }, status)
      },
    },
    {
      method: 'post',
      path: '/letters/:id/accept',
      allow: 'edit',
      async handle(visit) {
        const letterId = await readSent(visit)
        const done = await acceptLetter(store, { letterId, userId: signedIn(visit).id }, new Date())
        goTo(visit, `/letters/${letterId}`, done ? 'letterAccepted' : 'letterChanged')
      },
    },
    {
      method: 'post',
      path: '/letters/:id/ask',
      allow: 'edit',
      async handle(visit) {
        const letterId = await readSent(visit)
        const { question } = readForm(visit, questionForm)
        if (!desk.letters) throw new ProblemError(409, 'noOwner')
        const asked = { letterId, userId: signedIn(visit).id, question }
        const done = await askAgain(store, desk.letters, asked, new Date())
        goTo(visit, `/letters/${letterId}`, done ? 'letterAskedAgain' : 'letterChanged')
      },
    },
  ]

  /** The letter in the address, where the reader is its sender or may speak for them. */
  async function readSent(visit: Visit): Promise<number> {
    const page = await findLetter(store, readId(visit))
    if (!page) throw new ProblemError(404)
    if (!maySettle(visit, page)) throw new ProblemError(403, 'notYourLetter')
    return page.letter.id
  }
}

interface Extras {
  typed?: LetterAnswers
  voices?: readonly { postId: number; text: string; leftOut: boolean }[]
  problem?: Exclude<Saved, { outcome: 'saved' }>
  base?: number
}

async function mayAnswer(desk: Desk, visit: Visit, { letter }: LetterPage): Promise<boolean> {
  const { id, role } = signedIn(visit)
  return role === 'admin' || (await departmentsOf(desk.store, id)).includes(letter.department)
}

function maySettle(visit: Visit, { letter }: LetterPage): boolean {
  const { id, role } = signedIn(visit)
  return may(role, 'approve') || letter.sent_by === id
}

function answersIn(form: Record<string, unknown>): LetterAnswers {
  const of = (key: string) => String(form[key] ?? '')
  return {
    why: of('why'),
    impact: of('impact'),
    done: of('done'),
    fix: of('fix'),
    fixBy: of('fixBy'),
    again: of('again'),
    numbers: of('numbers'),
    timeline: of('timeline'),
    similar: of('similar'),
  }
}

async function showLetter(
  desk: Desk,
  visit: Visit,
  letterId: number,
  extras: Extras = {},
  status = 200,
): Promise<void> {
  const page = await findLetter(desk.store, letterId)
  if (!page) throw new ProblemError(404)
  const { letter, versions } = page
  const asked = readNumber(visit.request.query.version)
  const old = asked === null ? undefined : versions.find(({ version }) => version === asked)
  const newest = versions[0]
  const first = versions.at(-1)
  if (!newest || !first) throw new ProblemError(404)
  const shown = extras.typed ?? (old ?? newest).answers
  const now = new Date()
  const [answering, members, refused] = await Promise.all([
    mayAnswer(desk, visit, page),
    membersOf(desk.store, letter.department),
    refusedLetterMails(desk.store, letterId),
  ])
  const { problem } = extras
  const voices = page.voices.map((voice) => {
    const typed = extras.voices?.find(({ postId }) => postId === voice.postId)
    return { ...voice, ...(typed ?? {}), language: voice.language.split('-')[0] }
  })
  await sendPage(
    desk,
    visit,
    'letter',
    {
      letter: {
        ...letter,
        department: departmentName(desk, visit.language, letter.department),
        late: letter.state === 'open' && letter.due_at <= now,
      },
      clock: letter.state === 'open' ? clockOf(visit.language, letter.sent_at, letter.due_at, now) : null,
      codes: letter.codes.map((code) => codeName(desk, visit, code)),
      caseIds: page.caseIds.slice(0, 30),
      moreCases: Math.max(0, page.caseIds.length - 30),
      original: page.original && {
        ...page.original,
        words: may(signedIn(visit).role, 'close') ? page.original.words : null,
        sender: may(signedIn(visit).role, 'close') ? page.original.sender : null,
      },
      parts: QUESTIONS.map((name) => {
        const fact = FACT_OF[name]
        return {
          name,
          text: shown[name],
          theirs:
            problem?.outcome === 'changed' ? differing(problem.newest.answers[name], shown[name]) : null,
          fact: fact && {
            name: fact,
            text: shown[fact],
            edited: shown[fact] !== first.answers[fact],
            theirs:
              problem?.outcome === 'changed' ? differing(problem.newest.answers[fact], shown[fact]) : null,
          },
        }
      }),
      fixBy: shown.fixBy,
      voices,
      members,
      refused,
      ownerMissing: !desk.letters || !ownerOf(desk.letters, letter.department),
      base: newest.version,
      old: old && extras.typed === undefined && old.version !== newest.version ? old.version : null,
      writable: answering && letter.state === 'open' && (old === undefined || extras.typed !== undefined),
      notYours: !answering && letter.state === 'open',
      settling: maySettle(visit, page) && letter.state === 'answered' && may(signedIn(visit).role, 'edit'),
      problem: problem ? { outcome: problem.outcome, parts: 'parts' in problem ? problem.parts : [] } : null,
      savedBetween: problem?.outcome === 'changed' ? (problem.newest.name ?? '–') : null,
      versions: versions.map(({ answers: _, ...version }) => version),
      events: page.events.map((event) => ({
        ...event,
        caseId: event.what === 'joined' ? readNumber(event.note ?? '') : null,
      })),
      answerLines: ANSWER_LINES,
      factLines: FACT_LINES,
    },
    status,
  )
}

function differing(theirs: string, ours: string): string | null {
  return theirs === ours ? null : theirs
}
