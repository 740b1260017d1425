import { z } from 'zod'
import { casesAbout, casesForLetter } from '../store/letter-facts.ts'
import { businessDay } from '../time-zone.ts'
import { MOST_CASES, type NewLetterInput, sendUp } from '../voice/index.ts'
import { departmentName, departments } from './department-names.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import {
  goTo,
  localPath,
  ProblemError,
  type Route,
  readForm,
  readNumbers,
  signedIn,
  type Visit,
} from './visit.ts'

const chosenForm = z.object({
  case: z.union([z.array(z.string()).max(100), z.string().transform((one) => [one])]).default([]),
  back: z.string().max(2000).optional(),
})
const text = (most: number) => z.string().trim().min(1).max(most)
const letterForm = z.object({
  cases: z.string().max(2000),
  product: z.string().trim().max(200).default(''),
  department: text(60),
  title: text(160),
  reason: z.string().trim().max(1000).default(''),
})
const pasteForm = z.object({
  cases: z.string().max(2000).default(''),
  code: text(60),
  department: text(60),
  title: text(160),
  reason: z.string().trim().max(1000).default(''),
  words: text(20_000),
  sender: text(200),
  receivedOn: z.iso.date(),
})
const DAYS = [1, 7, 28, 90]

/** Sending a letter up: from chosen cases, from a cluster by code, product and time, or from what came to the president. */
export function letterNewRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      // The inbox can only send a form: what was chosen goes on in the address.
      method: 'post',
      path: '/letters/choose',
      allow: 'edit',
      handle(visit) {
        const { case: chosen, back } = readForm(visit, chosenForm)
        const ids = chosen.map((each) => each.split('.')[0]).filter((id) => /^[1-9]\d{0,14}$/.test(id ?? ''))
        if (ids.length === 0) return goTo(visit, localPath(back), 'bulkNothing')
        goTo(visit, `/letters/new?cases=${ids.join('.')}`)
      },
    },
    {
      method: 'get',
      path: '/letters/new',
      allow: 'edit',
      handle: (visit) => showNew(desk, visit),
    },
    {
      method: 'post',
      path: '/letters/new',
      allow: 'edit',
      async handle(visit) {
        const form = readForm(visit, letterForm)
        await send(desk, visit, {
          source: 'person',
          department: form.department,
          caseIds: readCases(form.cases),
          productId: form.product === '' ? null : form.product,
          title: form.title,
          reason: form.reason,
          sentBy: signedIn(visit).id,
        })
      },
    },
    {
      method: 'get',
      path: '/letters/paste',
      allow: 'close',
      async handle(visit) {
        await sendPage(desk, visit, 'letter-paste', {
          ...departments(desk, visit.language),
          codes: codesOf(desk, visit),
          today: businessDay(new Date(), desk.replies.brand.timeZone),
          chosen: String(visit.request.query.code ?? ''),
        })
      },
    },
    {
      method: 'post',
      path: '/letters/paste',
      allow: 'close',
      async handle(visit) {
        const form = readForm(visit, pasteForm)
        await send(desk, visit, {
          source: 'president',
          department: form.department,
          caseIds: readCases(form.cases),
          code: desk.taxonomy.codes.find(({ code }) => code === form.code)?.code,
          title: form.title,
          reason: form.reason,
          sentBy: signedIn(visit).id,
          original: { words: form.words, sender: form.sender, receivedOn: form.receivedOn },
        })
      },
    },
  ]

  async function send(desk: Desk, visit: Visit, input: NewLetterInput) {
    if (!desk.letters) throw new ProblemError(409, 'noOwner')
    const done = await sendUp(store, desk.letters, input, new Date())
    if (done.outcome === 'no-owner') throw new ProblemError(409, 'noOwner')
    if (done.outcome !== 'sent') throw new ProblemError(400, 'noCases')
    goTo(visit, `/letters/${done.letterId}`, 'letterSent')
  }
}

/** Case numbers as people write them: '12 13', '12.13', '12,13'. */
function readCases(given: string): number[] {
  return [...new Set([...given.matchAll(/\d{1,15}/g)].map(([id]) => Number(id)))]
    .filter((id) => id > 0)
    .slice(0, MOST_CASES)
}

async function showNew(desk: Desk, visit: Visit): Promise<void> {
  const { query } = visit.request
  const code = desk.taxonomy.codes.find((each) => each.code === query.code)?.code ?? ''
  const product = String(query.product ?? '')
    .trim()
    .slice(0, 200)
  const days = DAYS.find((each) => String(each) === query.days) ?? 7
  const asked = readNumbers(query.cases)
  const abuse = desk.letters?.abuse ?? ''
  const since = new Date(Date.now() - days * 86_400_000)
  const byCluster = asked.length === 0 && (code !== '' || product !== '')
  const ids = byCluster ? await casesAbout(desk.store, { code, product, since }, abuse, MOST_CASES) : asked
  const cases = await casesForLetter(desk.store, ids)
  const counts = new Map<string, number>()
  for (const each of cases) counts.set(each.code, (counts.get(each.code) ?? 0) + 1)
  const about = [...counts].sort((a, b) => b[1] - a[1])
  const first = code || about[0]?.[0]
  const owner = desk.taxonomy.codes.find((each) => each.code === first)?.department ?? ''
  const { owned, unowned } = departments(desk, visit.language)
  await sendPage(desk, visit, 'letter-new', {
    owned,
    unowned,
    owner,
    ownerName: departmentName(desk, visit.language, owner),
    ownerMissing: first !== undefined && !owned.some(({ id }) => id === owner),
    cases: cases.map(({ id }) => id).join('.'),
    count: cases.length,
    about: about.map(([each, count]) => ({ name: codeName(desk, visit, each), count })),
    title: first === undefined ? '' : codeName(desk, visit, first),
    codes: codesOf(desk, visit),
    code,
    product,
    days,
    dayChoices: DAYS,
    searched: asked.length > 0 || byCluster,
  })
}

function codesOf(desk: Desk, visit: Visit) {
  const abuse = desk.letters?.abuse
  return desk.taxonomy.codes
    .filter(({ code }) => code !== 'none' && code !== abuse)
    .map(({ code }) => ({ code, name: codeName(desk, visit, code) }))
}
