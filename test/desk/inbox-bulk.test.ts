import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let agent: Browser
let approver: Browser
beforeAll(async () => {
  desk = await openDesk()
  agent = new Browser(desk.origin)
  approver = new Browser(desk.origin)
  await agent.signIn('agent')
  await approver.signIn('approver')
})
afterAll(() => desk.close())

const chosen = (page: string) =>
  new Map(
    [...page.matchAll(/name="case" value="((\d+)[.\d]+)"/g)].map((match) => [
      Number(match[2]),
      String(match[1]),
    ]),
  )

/** A form with several boxes of one name. */
async function send(browser: Browser, action: string, boxes: readonly (string | undefined)[], fields = {}) {
  const body = new URLSearchParams({ csrf: browser.csrf(), back: '/', ...fields })
  for (const box of boxes) body.append('case', box ?? 'missing')
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
  const answer = await fetch(`${desk.origin}/inbox/${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body,
  })
  const next = answer.headers.get('location')
  if (next) await browser.get(next)
  return answer.status
}

const stateOf = async (id: number) =>
  desk.store
    .selectFrom('cases')
    .select(['state', 'close_reason', 'assignee_id', 'code'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

test('many are closed at once, and what changed meanwhile is left and told', async () => {
  const ids = []
  for (let n = 0; n < 4; n++) ids.push((await addCase(desk.store)).caseId)
  await agent.get('/')
  const boxes = chosen(agent.page)
  await desk.store
    .updateTable('drafts')
    .set({ version: 2 })
    .where('case_id', '=', ids[1] ?? 0)
    .execute()
  const late = await addCase(desk.store)
  await desk.store.updateTable('posts').set({ case_id: ids[2] }).where('id', '=', late.postId).execute()
  expect(
    await send(
      agent,
      'close',
      ids.map((id) => boxes.get(id)),
      { reason: 'a test' },
    ),
  ).toBe(303)
  expect(agent.page).toContain('2 closed.')
  expect(agent.page).toContain('2 changed meanwhile:')
  expect(agent.page).toContain(`href="/cases/${ids[1]}"`)
  expect(await Promise.all(ids.map(async (id) => (await stateOf(id)).state))).toEqual([
    'closed',
    'open',
    'open',
    'closed',
  ])
  const log = await desk.store
    .selectFrom('audit_log')
    .select('subject')
    .where('action', '=', 'case.closed')
    .execute()
  expect(log.map((row) => row.subject).sort()).toEqual([`case:${ids[0]}`, `case:${ids[3]}`].sort())
})

test('nothing is done without a choice or a reason', async () => {
  const { caseId } = await addCase(desk.store)
  await agent.get('/')
  const box = chosen(agent.page).get(caseId)
  await send(agent, 'close', [box])
  expect(agent.page).toContain('Please say why')
  await send(agent, 'assign', [], { to: 'nobody' })
  expect(agent.page).toContain('Nothing was chosen')
  expect((await stateOf(caseId)).state).toBe('open')
})

test('approving many sends what passes and may be sent, and tells of the rest', async () => {
  const good = await addCase(desk.store)
  const bad = await addCase(desk.store, { draft: 'Sorry, but this is your own fault.' })
  const byHand = await addCase(desk.store, { delivery: 'manual' })
  const person = await addCase(desk.store, { state: 'none', draft: null, delivery: 'none' })
  await approver.get('/')
  const boxes = chosen(approver.page)
  await send(
    approver,
    'approve',
    [good, bad, byHand, person].map((each) => boxes.get(each.caseId)),
  )
  expect(approver.page).toContain('1 approved')
  expect(approver.page).toContain('does not pass the checks')
  expect(approver.page).toContain('is posted by hand')
  expect(desk.queued.filter((job) => job.stage === 'publish')).toEqual([
    { stage: 'publish', ids: [String(good.draftId)] },
  ])
  expect(await send(agent, 'approve', [boxes.get(good.caseId)])).toBe(403)
})

test('many are given to a colleague, but not over somebody quicker', async () => {
  const free = await addCase(desk.store)
  const taken = await addCase(desk.store)
  const users = await desk.store.selectFrom('users').select(['id', 'login']).execute()
  const idOf = (login: string) => users.find((user) => user.login === login)?.id ?? 0
  await agent.get('/')
  const boxes = chosen(agent.page)
  await desk.store
    .updateTable('cases')
    .set({ assignee_id: idOf('admin') })
    .where('id', '=', taken.caseId)
    .execute()
  await send(agent, 'assign', [boxes.get(free.caseId), boxes.get(taken.caseId)], { to: idOf('approver') })
  expect(agent.page).toContain('1 assigned.')
  expect((await stateOf(free.caseId)).assignee_id).toBe(idOf('approver'))
  expect((await stateOf(taken.caseId)).assignee_id).toBe(idOf('admin'))
  expect(await send(agent, 'assign', [chosen(agent.page).get(free.caseId)], { to: idOf('viewer') })).toBe(400)
})

test('what is not for us gets the code for it, as an example, and is closed; danger is not', async () => {
  const spam = await addCase(desk.store)
  const danger = await addCase(desk.store)
  await desk.store
    .updateTable('cases')
    .set({ needs_person: 'danger' })
    .where('id', '=', danger.caseId)
    .execute()
  await agent.get('/')
  const boxes = chosen(agent.page)
  await send(agent, 'not-for-us', [boxes.get(spam.caseId), boxes.get(danger.caseId)])
  expect(await stateOf(spam.caseId)).toMatchObject({ state: 'closed', code: 'none' })
  expect(await stateOf(danger.caseId)).toMatchObject({ state: 'open', code: 'delivery.late' })
  expect(agent.page).toContain('may be dangerous')
  const label = await desk.store
    .selectFrom('labels')
    .select(['code', 'source'])
    .where('post_id', '=', spam.postId)
    .executeTakeFirst()
  expect(label).toEqual({ code: 'none', source: 'corrected' })
})

test('viewers see no boxes', async () => {
  const viewer = new Browser(desk.origin)
  await viewer.signIn('viewer')
  expect(viewer.page).not.toContain('name="case"')
})

test('one case is nothing for us on its own page too, and danger is not closed without a reason', async () => {
  const spam = await addCase(desk.store)
  const danger = await addCase(desk.store)
  await desk.store
    .updateTable('cases')
    .set({ needs_person: 'danger' })
    .where('id', '=', danger.caseId)
    .execute()
  const notForUs = async (id: number) => {
    await agent.get(`/cases/${id}`)
    const seen = /name="seen" value="(\d+)"/.exec(agent.page)?.[1] ?? ''
    return (await agent.post(`/cases/${id}/not-for-us`, { seen })).headers.get('location')
  }
  expect(await notForUs(spam.caseId)).toContain('notice=notForUs')
  expect(await stateOf(spam.caseId)).toMatchObject({ state: 'closed', code: 'none' })
  expect(await notForUs(danger.caseId)).toBe(`/cases/${danger.caseId}?notice=notForUsDanger`)
  expect(await stateOf(danger.caseId)).toMatchObject({ state: 'open' })
})

test('a bulk approval is taken back with one button, but for what has left meanwhile', async () => {
  const made = []
  for (let n = 0; n < 3; n++) made.push(await addCase(desk.store))
  await approver.get('/')
  const boxes = chosen(approver.page)
  await send(
    approver,
    'approve',
    made.map(({ caseId }) => boxes.get(caseId)),
  )
  expect(approver.page).toContain('3 approved')
  const drafts = /name="drafts" value="([\d.]+)"/.exec(approver.page)?.[1] ?? ''
  expect(drafts.split('.').map(Number)).toEqual(made.map(({ draftId }) => draftId))
  await desk.store
    .updateTable('drafts')
    .set({ state: 'published' })
    .where('id', '=', made[1]?.draftId ?? 0)
    .execute()
  const answer = await approver.post('/inbox/undo', { drafts, back: '/' })
  await approver.get(answer.headers.get('location') ?? '')
  expect(approver.page).toContain('2 taken back. Nothing was sent.')
  expect(approver.page).toMatch(new RegExp(`1 had already left: *<a href="/cases/${made[1]?.caseId}"`))
  expect(approver.page).not.toContain('id="undo"')
  const states = await desk.store
    .selectFrom('drafts')
    .select('state')
    .where(
      'id',
      'in',
      made.map(({ draftId }) => draftId),
    )
    .orderBy('id')
    .execute()
  expect(states.map(({ state }) => state)).toEqual(['pending', 'published', 'pending'])
})

test('what can be taken back is numbers, and a made-up list is refused', async () => {
  await approver.get('/')
  for (const drafts of ['', '1,2', 'x', '0', '1..2'])
    expect((await approver.post('/inbox/undo', { drafts })).status).toBe(400)
  await approver.get('/?told=approve~1~&undo=1,2')
  expect(approver.page).not.toContain('id="undo"')
})

test('a row says that a lead was asked to look, and why', async () => {
  const { caseId } = await addCase(desk.store)
  const { id } = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', 'approver')
    .executeTakeFirstOrThrow()
  await desk.store
    .updateTable('cases')
    .set({ escalated_at: new Date(), escalated_to: id, escalation_reason: 'He writes <for> a paper' })
    .where('id', '=', caseId)
    .execute()
  await agent.get('/')
  expect(agent.page).toMatch(
    /The approver is asked to look:<\/span> <bdi>He writes &lt;for&gt; a paper<\/bdi>/,
  )
})

test('an answer to danger, or to abuse that the list hides, is not let out among many', async () => {
  const kinds = ['danger', 'abuse'] as const
  for (const kind of kinds) {
    const { caseId } = await addCase(desk.store)
    await desk.store.updateTable('cases').set({ needs_person: kind }).where('id', '=', caseId).execute()
    await approver.get('/')
    await send(approver, 'approve', [chosen(approver.page).get(caseId)])
    expect(approver.page).toContain('0 approved')
    expect(approver.page).toContain('Look at it by itself')
    const draft = await desk.store
      .selectFrom('drafts')
      .select('state')
      .where('case_id', '=', caseId)
      .executeTakeFirstOrThrow()
    expect(draft.state).toBe('pending')
  }
})
