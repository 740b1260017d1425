import { z } from 'zod'
import { approveDraft, assignCase, closeCase, markNotForUs } from '../cases/index.ts'
import type { InboxRow } from '../store/inbox.ts'
import { casesAsTheyAre } from '../store/inbox-seen.ts'
import { claimsOf } from './decisions.ts'
import type { Desk } from './desk.ts'
import { fourEyesRule } from './four-eyes.ts'
import { type Permission, rolesThatMay } from './roles.ts'
import { signAs } from './sign-as.ts'
import { goTo, localPath, ProblemError, type Route, readForm, signedIn, type Visit } from './visit.ts'

/** What became of one chosen case. */
const RESULTS = [
  'done',
  'changed',
  'byHand',
  'refused',
  'fourEyes',
  'locked',
  'alone',
  'nothing',
  'unread',
  'late',
] as const
export type Result = (typeof RESULTS)[number]
const ACTIONS = ['close', 'assign', 'not-for-us', 'approve', 'undo'] as const
type Action = (typeof ACTIONS)[number]

/** A case as the list showed it: its draft, that draft's version, its newest post and whose it was; 0 for none. */
interface Seen {
  caseId: number
  draftId: number
  version: number
  newestPost: number
  assignee: number
}

const seen = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,15}){4}$/)
  .transform((text): Seen => {
    const [caseId = 0, draftId = 0, version = 0, newestPost = 0, assignee = 0] = text.split('.').map(Number)
    return { caseId, draftId, version, newestPost, assignee }
  })
const form = z.object({
  case: z.union([z.array(seen).max(100), seen.transform((one) => [one])]).default([]),
  back: z.string().max(2000).optional(),
  reason: z.string().trim().max(500).default(''),
  to: z
    .string()
    .regex(/^(|nobody|[1-9]\d{0,14})$/)
    .default(''),
})

export function writeSeen(row: InboxRow): string {
  return [row.id, row.draft_id, row.version, row.newest, row.assignee_id].map((each) => each ?? 0).join('.')
}

/** One act on many cases: each in a transaction of its own, each told apart. */
export function bulkRoutes(desk: Desk): Route[] {
  const route = (action: Action, allow: Permission): Route => ({
    method: 'post',
    path: `/inbox/${action}`,
    allow,
    handle: (visit) => act(desk, visit, action),
  })
  return [
    route('close', 'close'),
    route('assign', 'close'),
    route('not-for-us', 'close'),
    route('approve', 'approve'),
  ]
}

async function act(desk: Desk, visit: Visit, action: Action): Promise<void> {
  const given = readForm(visit, form)
  const back = withoutTold(localPath(given.back))
  if (given.case.length === 0) return goTo(visit, back, 'bulkNothing')
  if (action === 'close' && given.reason === '') return goTo(visit, back, 'bulkReason')
  if (action === 'assign' && given.to === '') return goTo(visit, back, 'bulkNobody')
  const now = await casesAsTheyAre(
    desk.store,
    given.case.map((each) => each.caseId),
  )
  const results: [number, Result][] = []
  for (const each of given.case) {
    const found = now.get(each.caseId)
    const asSeen =
      found?.state === 'open' &&
      (found.draft_id ?? 0) === each.draftId &&
      (found.version ?? 0) === each.version &&
      (found.newest ?? 0) === each.newestPost
    const result =
      action !== 'assign' && !asSeen
        ? 'changed'
        : mustBeSeenAlone(action, found?.needs_person ?? null)
          ? 'alone'
          : await actOnOne(desk, visit, action, each, given)
    results.push([each.caseId, result])
  }
  const approved = action === 'approve' ? doneDrafts(given.case, results) : []
  goTo(visit, writeTold(back, action, results, approved))
}

/** Nobody closes danger in passing, nor answers it, or what the list hides, unread. */
function mustBeSeenAlone(action: Action, needsPerson: string | null): boolean {
  if (action === 'close') return needsPerson === 'danger'
  return action === 'approve' && (needsPerson === 'danger' || needsPerson === 'abuse')
}

async function actOnOne(
  desk: Desk,
  visit: Visit,
  action: Action,
  { caseId, draftId, version, newestPost, assignee }: Seen,
  given: { reason: string; to: string },
): Promise<Result> {
  const { store } = desk
  const userId = signedIn(visit).id
  if (action === 'close') {
    const done = await closeCase(store, { caseId, userId, reason: given.reason, seenPostId: newestPost })
    return done.outcome === 'closed' ? 'done' : done.outcome === 'locked' ? 'locked' : 'changed'
  }
  if (action === 'assign') {
    const done = await assignCase(store, {
      caseId,
      userId,
      to: given.to === 'nobody' ? null : Number(given.to),
      seen: assignee || null,
      roles: rolesThatMay('edit'),
    })
    if (done.outcome === 'nobody') throw new ProblemError(400, 'badForm')
    if (done.outcome === 'unread') return 'unread'
    return done.outcome === 'assigned' ? 'done' : 'changed'
  }
  if (action === 'not-for-us') {
    const raised: number[] = []
    const claims = await claimsOf(desk, raised)
    const done = await markNotForUs(store, { caseId, userId, seenPostId: newestPost }, claims)
    await desk.queues.enqueue('refund', raised)
    if (done.outcome === 'closed') return 'done'
    return done.outcome === 'danger' ? 'alone' : done.outcome === 'locked' ? 'locked' : 'changed'
  }
  if (draftId === 0) return 'nothing'
  const done = await approveDraft(store, {
    draftId,
    version,
    userId,
    check: desk.replies.check,
    fourEyes: (subject) => fourEyesRule(desk, subject),
    sign: signAs(desk, visit),
  })
  if (done.outcome === 'approved') {
    await desk.queues.enqueue('publish', [draftId], { severity: done.severity, delayMs: done.dueInMs })
    return 'done'
  }
  return (
    ({ 'by-hand': 'byHand', refused: 'refused', 'four-eyes': 'fourEyes', locked: 'locked' } as const)[
      done.outcome as string
    ] ?? 'changed'
  )
}

function doneDrafts(chosen: readonly Seen[], results: readonly [number, Result][]): number[] {
  const done = new Set(results.filter(([, result]) => result === 'done').map(([caseId]) => caseId))
  return chosen.filter(({ caseId }) => done.has(caseId)).map(({ draftId }) => draftId)
}

/** The page to go on with, and in its address what was done ('close~12~7:changed.9:alone') and can be taken back. */
export function writeTold(
  back: string,
  action: Action,
  results: readonly [number, Result][],
  approved: readonly number[] = [],
): string {
  const done = results.filter(([, result]) => result === 'done').length
  const others = results.filter(([, result]) => result !== 'done')
  const said = `told=${action}~${done}~${others.map((pair) => pair.join(':')).join('.')}`
  const undo = approved.length > 0 ? `&undo=${approved.join('.')}` : ''
  return `${back}${back.includes('?') ? '&' : '?'}${said}${undo}`
}

const told = z
  .string()
  .max(4000)
  .regex(/^(close|assign|not-for-us|approve|undo)~\d{1,3}~(\d{1,15}:[a-zA-Z]{1,10}(\.|$)){0,100}$/)

/** Reads what a bulk action did from the address; numbers and words of ours only. */
export function readTold(given: unknown) {
  const parsed = told.safeParse(given)
  if (!parsed.success) return null
  const [action, done, others = ''] = parsed.data.split('~') as [Action, string, string]
  const rows = new Map<number, Result>()
  for (const pair of others.split('.').filter(Boolean)) {
    const [id, word] = pair.split(':')
    const result = RESULTS.find((known) => known === word)
    if (result && result !== 'done') rows.set(Number(id), result)
  }
  const groups = RESULTS.flatMap((result) => {
    const ids = [...rows].filter(([, found]) => found === result).map(([id]) => id)
    return ids.length > 0 ? [{ result, count: ids.length, ids }] : []
  })
  return { action, done: Number(done), groups, rows }
}

/** An address without what was told there. */
export function withoutTold(path: string): string {
  const url = new URL(path, 'http://desk.invalid')
  for (const name of ['told', 'notice', 'undo']) url.searchParams.delete(name)
  return `/${url.search}`
}
