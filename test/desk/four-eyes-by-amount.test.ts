import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RefundState } from '../../src/store/schema.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'
import { addDecided } from './money-at-test.ts'

const TEXT = 'We are sorry, and it is on its way back.'

let desk: TestDesk
let approver: Browser
let admin: Browser
beforeAll(async () => {
  desk = await openDesk({
    fourEyesRules: [
      { codes: [], minSeverity: 0, languages: [], aboveMinor: { USD: 1000, JPY: 1500 } },
      { codes: ['feedback.*'], minSeverity: 0, languages: [], aboveMinor: { USD: 0 } },
    ],
  })
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
  admin = new Browser(desk.origin)
  await admin.signIn('admin')
})
afterAll(() => desk?.close())

/** A case with refunds of so much. */
async function costly(...refunds: { minor: number; currency?: string; state?: RefundState }[]) {
  const added = await addCase(desk.store)
  for (const { minor, currency, state = 'asked' } of refunds) {
    const { refundId } = await addDecided(desk.store, { amountMinor: minor, currency, state: 'asked' })
    await desk.store
      .updateTable('refunds')
      .set({ case_id: added.caseId, state })
      .where('id', '=', refundId)
      .execute()
  }
  return added
}

async function approveEdited(draftId: number) {
  const answer = await approver.post(`/drafts/${draftId}/approve`, { version: 1, text: TEXT })
  const { status } = answer
  await approver.get('/mentions')
  return status
}

describe('four eyes by amount', () => {
  test('are asked for above the sum, and the page says why', async () => {
    const { caseId, draftId } = await costly({ minor: 2400 })
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain(
      'This case gives the customer $24.00; above $10.00 policy asks for four eyes. If you change the text, somebody else must approve it.',
    )
    expect(await approveEdited(draftId)).toBe(409)
    await approver.post(`/drafts/${draftId}/save`, { version: 1, text: TEXT })
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain('You changed this text, so somebody else must approve it.')
    expect(approver.page).not.toContain(`formaction="/drafts/${draftId}/approve"`)
    expect((await admin.post(`/drafts/${draftId}/approve`, { version: 2, text: TEXT })).status).toBe(303)
  })

  test('are asked for where several refunds together are above it', async () => {
    const { draftId } = await costly({ minor: 600, state: 'paid' }, { minor: 500 })
    expect(await approveEdited(draftId)).toBe(409)
  })

  test('are not asked for at the sum, nor for what was denied, nor where nothing is given', async () => {
    for (const refunds of [
      [{ minor: 1000 }],
      [{ minor: 900 }, { minor: 5000, state: 'denied' as const }],
      [{ minor: 1500, currency: 'JPY' }],
      [],
    ]) {
      const { draftId } = await costly(...refunds)
      expect(await approveEdited(draftId)).toBe(303)
    }
  })

  test('are asked for where the rule does not name the currency', async () => {
    const { caseId, draftId } = await costly({ minor: 1, currency: 'EUR' })
    await approver.get(`/cases/${caseId}`)
    expect(approver.page).toContain(
      'This case gives the customer €0.01, for which policy asks for four eyes.',
    )
    expect(await approveEdited(draftId)).toBe(409)
  })

  test('are asked for by code and amount together', async () => {
    const praised = async (minor: number[]) => {
      const added = await costly(...minor.map((each) => ({ minor: each })))
      await desk.store
        .updateTable('cases')
        .set({ code: 'feedback.praise', codes: ['feedback.praise'] })
        .where('id', '=', added.caseId)
        .execute()
      return added.draftId
    }
    expect(await approveEdited(await praised([]))).toBe(303)
    expect(await approveEdited(await praised([300]))).toBe(409)
  })

  test('hold for what is approved with many others', async () => {
    const mine = await costly({ minor: 2400 })
    const cheap = await costly({ minor: 100 })
    for (const { draftId } of [mine, cheap])
      await approver.post(`/drafts/${draftId}/save`, { version: 1, text: TEXT })
    await approver.get('/?view=decide')
    const body = new URLSearchParams({ csrf: approver.csrf(), back: '/' })
    for (const [, seen = ''] of approver.page.matchAll(/name="case" value="([\d.]+)"/g))
      if ([mine, cheap].some(({ caseId }) => seen.startsWith(`${caseId}.`))) body.append('case', seen)
    const cookie = [...approver.cookies].map((pair) => pair.join('=')).join('; ')
    await fetch(`${desk.origin}/inbox/approve`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body,
    })
    const stateOf = async (id: number) =>
      (await desk.store.selectFrom('drafts').select('state').where('id', '=', id).executeTakeFirst())?.state
    expect(await stateOf(mine.draftId)).toBe('pending')
    expect(await stateOf(cheap.draftId)).toBe('approved')
  })
})
