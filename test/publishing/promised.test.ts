import { describe, expect, it } from 'vitest'
import { caseRow, prepare, publish, quickRig } from './support.ts'

const HOUR_MS = 3_600_000

describe('a reply that promised to be back', () => {
  it('lets its case rest until then, with that as its deadline', async () => {
    const r = await quickRig()
    const { draftId, caseId } = await prepare(r)
    await r.store.updateTable('drafts').set({ promised_hours: 48 }).where('id', '=', draftId).execute()
    await publish(r, draftId)
    const row = await caseRow(r.store, caseId)
    expect(row.state).toBe('open')
    expect(row.answered_at).not.toBeNull()
    expect(row.snoozed_until).toEqual(row.due_at)
    const inHours = (row.due_at.getTime() - Date.now()) / HOUR_MS
    expect(inHours).toBeGreaterThan(47.9)
    expect(inHours).toBeLessThan(48.1)
  })

  it('does not where it promised nothing: the case is answered', async () => {
    const r = await quickRig()
    const { draftId, caseId } = await prepare(r)
    const before = await caseRow(r.store, caseId)
    await publish(r, draftId)
    expect(await caseRow(r.store, caseId)).toMatchObject({
      state: 'answered',
      due_at: before.due_at,
      snoozed_until: null,
    })
  })
})
