import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wakeCases } from '../../src/cases/index.ts'
import { snoozeUntil } from '../../src/desk/snooze-until.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let agent: Browser
let approver: Browser
const ids = new Map<string, number>()
beforeAll(async () => {
  desk = await openDesk()
  agent = new Browser(desk.origin)
  await agent.signIn('agent')
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
  for (const { id, login } of await desk.store.selectFrom('users').select(['id', 'login']).execute()) {
    ids.set(login, id)
  }
})
afterAll(() => desk.close())

const idOf = (login: string) => ids.get(login) as number
const caseOf = (id: number) =>
  desk.store.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const actionsOf = async (subject: string) =>
  (
    await desk.store
      .selectFrom('audit_log')
      .select('action')
      .where('subject', '=', subject)
      .orderBy('id')
      .execute()
  ).map((entry) => entry.action)

describe('a case', () => {
  test('is given to a colleague, and to nobody again', async () => {
    const { caseId } = await addCase(desk.store)
    const given = await agent.post(`/cases/${caseId}/assign`, { to: idOf('approver'), seen: '' })
    expect(given.status).toBe(303)
    expect(await caseOf(caseId)).toMatchObject({ assignee_id: idOf('approver') })
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('Assigned to The approver.')
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('This case is yours.')
    await agent.post(`/cases/${caseId}/assign`, { to: '', seen: idOf('approver') })
    expect(await caseOf(caseId)).toMatchObject({ assignee_id: null })
    expect(await actionsOf(`case:${caseId}`)).toEqual(['case.assigned', 'case.assigned'])
  })

  test('is not taken from whoever was quicker', async () => {
    const { caseId } = await addCase(desk.store)
    await agent.post(`/cases/${caseId}/assign`, { to: idOf('agent'), seen: '' })
    const late = await approver.post(`/cases/${caseId}/assign`, { to: idOf('approver'), seen: '' })
    expect(late.status).toBe(409)
    expect(approver.page).toContain('Somebody assigned this case while you were on it')
    expect(await caseOf(caseId)).toMatchObject({ assignee_id: idOf('agent') })
  })

  test('is not given to somebody who can not work on it', async () => {
    const { caseId } = await addCase(desk.store)
    expect((await agent.post(`/cases/${caseId}/assign`, { to: idOf('viewer'), seen: '' })).status).toBe(400)
    await agent.get('/mentions')
  })

  test('is shown to a lead with the reason, until a lead has looked', async () => {
    const { caseId } = await addCase(desk.store)
    const reason = 'A journalist asks.'
    const asked = await agent.post(`/cases/${caseId}/escalate`, { to: idOf('approver'), reason })
    expect(asked.status).toBe(303)
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('The agent asks The approver to look:')
    expect(approver.page).toContain(reason)
    await approver.post(`/cases/${caseId}/escalation/settle`)
    expect(await caseOf(caseId)).toMatchObject({ escalated_at: null, escalation_reason: null })
    expect(await actionsOf(`case:${caseId}`)).toEqual(['case.escalated', 'case.escalation-settled'])
  })

  test('is not escalated to somebody who can not approve', async () => {
    const { caseId } = await addCase(desk.store)
    const form = { to: idOf('guest'), reason: 'Why not' }
    expect((await agent.post(`/cases/${caseId}/escalate`, form)).status).toBe(400)
    await agent.get('/mentions')
  })
})

describe('a case that rests', () => {
  test('says until when, why and by whom, and can be woken', async () => {
    const { caseId } = await addCase(desk.store)
    const answer = await agent.post(`/cases/${caseId}/snooze`, {
      until: 'hour',
      note: 'The carrier calls back.',
    })
    expect(answer.headers.get('location')).toContain('notice=snoozed')
    const { snoozed_until: until } = await caseOf(caseId)
    expect(Math.abs((until?.getTime() ?? 0) - Date.now() - 3600_000)).toBeLessThan(10_000)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('The carrier calls back.')
    expect(agent.page).toContain('set by The agent')
    await agent.post(`/cases/${caseId}/wake`)
    expect(await caseOf(caseId)).toMatchObject({ snoozed_until: null })
  })

  test('comes back when its time has come', async () => {
    const due = await addCase(desk.store)
    const later = await addCase(desk.store)
    for (const { caseId } of [due, later]) await agent.post(`/cases/${caseId}/snooze`, { until: 'hour' })
    await desk.store
      .updateTable('cases')
      .set({ snoozed_until: new Date(Date.now() - 1000) })
      .where('id', '=', due.caseId)
      .execute()
    expect(await wakeCases(desk.store)).toEqual([due.caseId])
    expect(await caseOf(due.caseId)).toMatchObject({ snoozed_until: null })
    expect((await caseOf(later.caseId)).snoozed_until).toBeInstanceOf(Date)
  })

  test('does not rest until a day that is past', async () => {
    const { caseId } = await addCase(desk.store)
    const answer = await agent.post(`/cases/${caseId}/snooze`, { until: 'date', date: '2020-01-01' })
    expect(answer.status).toBe(422)
    expect(agent.page).toContain('Choose a day from tomorrow on')
  })
})

test('tomorrow morning is the brand’s, whatever the clock of the machine', () => {
  const until = (zone: string, now: string) =>
    snoozeUntil({ until: 'tomorrow' }, zone, new Date(now))?.toISOString()
  expect(until('Asia/Tokyo', '2026-11-22T14:59:00Z')).toBe('2026-11-23T00:00:00.000Z')
  expect(until('Asia/Tokyo', '2026-11-22T15:01:00Z')).toBe('2026-11-24T00:00:00.000Z')
  // The night in which the clocks change.
  expect(until('Europe/Berlin', '2026-03-28T12:00:00Z')).toBe('2026-03-29T07:00:00.000Z')
  expect(until('America/New_York', '2026-10-31T12:00:00Z')).toBe('2026-11-01T14:00:00.000Z')
})

describe('a note', () => {
  test('stays inside, and calls the colleagues whom it names', async () => {
    const { caseId } = await addCase(desk.store)
    const text = '@approver please look, not @nobody; ＠は使わない。@guestさん、お願いします <b>'
    const answer = await agent.post(`/cases/${caseId}/notes`, { text })
    expect(answer.headers.get('location')).toBe(`/cases/${caseId}?notice=noteTold#notes`)
    const guest = new Browser(desk.origin)
    for (const [browser, login] of [
      [approver, 'approver'],
      [guest, 'guest'],
    ] as const) {
      if (browser === guest) await guest.signIn(login)
      await browser.get('/mentions')
      expect(browser.page).toContain('please look')
      expect(browser.page).toContain('&lt;b&gt;')
      expect(browser.page).toMatch(/href="\/mentions"[^>]*>Mentions <span class="count">1</)
      await browser.get(`/cases/${caseId}`)
      await browser.get('/mentions')
      expect(browser.page).not.toMatch(/Mentions <span class="count">/)
      expect(browser.page).toContain('please look')
    }
    expect(desk.queued).toEqual([])
    expect(await actionsOf(`case:${caseId}`)).toEqual(['note.added'])
  })

  test('is never changed or taken away', async () => {
    const { caseId } = await addCase(desk.store)
    await agent.post(`/cases/${caseId}/notes`, { text: 'Kept.' })
    await expect(desk.store.updateTable('case_notes').set({ text: 'x' }).execute()).rejects.toThrow(
      /append-only/,
    )
    await expect(desk.store.deleteFrom('case_notes').execute()).rejects.toThrow(/append-only/)
  })
})
