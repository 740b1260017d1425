import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { draftCases } from '../../src/cases/index.ts'
import { loadReplies, type Policy } from '../../src/replies/index.ts'
import { endCrisis, startCrisis } from '../../src/store/crises.ts'
import { addCase, openDesk, type TestDesk } from '../desk/desk-at-test.ts'

const shipped = loadReplies('templates')
let desk: TestDesk

beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

function repliesUnder(policy: Partial<Policy>) {
  const all = {
    codes: ['delivery.*'],
    maxSeverity: 3,
    minConfidence: 0,
    languages: ['en', 'ja'],
    networks: ['x'],
  }
  const free = { caps: { perHour: null, perAuthorPerDay: null }, reviewShare: 0 }
  const { quietHours: _, ...rest } = shipped.policy
  const mine: Policy = { ...rest, ...free, autoApprove: [all], ...policy }
  return {
    ...shipped,
    policy: mine,
    decidePublication: () => ({ outcome: 'auto' as const, reason: 'all may go' }),
  }
}

async function casesThatWant(count: number): Promise<number[]> {
  const ids: number[] = []
  for (let n = 0; n < count; n += 1) {
    const { caseId } = await addCase(desk.store, { draft: null, state: 'none' })
    ids.push(caseId)
  }
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', 'in', ids)
    .execute()
  return ids
}

async function draftsOf(ids: readonly number[]) {
  return desk.store
    .selectFrom('drafts')
    .select(['case_id', 'state', 'auto', 'reason', 'publish_at'])
    .where('case_id', 'in', ids)
    .where('state', 'in', ['pending', 'approved'])
    .orderBy('case_id')
    .execute()
}

/** What was let out by itself does not count for the next test. */
async function forgetAutos() {
  await desk.store.updateTable('drafts').set({ auto: false }).execute()
}

describe('what policy would let out by itself', () => {
  test('stops at the cap of the hour, also where several workers draft at once', async () => {
    await forgetAutos()
    const replies = repliesUnder({ caps: { perHour: 5, perAuthorPerDay: null } })
    const ids = await casesThatWant(12)
    const chunks = [ids.slice(0, 4), ids.slice(4, 8), ids.slice(8)]
    const done = await Promise.all(chunks.map((chunk) => draftCases(desk.store, replies, chunk)))
    expect(done.flatMap((each) => each.approved)).toHaveLength(5)
    const drafts = await draftsOf(ids)
    expect(drafts.filter((draft) => draft.state === 'approved')).toHaveLength(5)
    const held = drafts.filter((draft) => draft.state === 'pending')
    expect(held).toHaveLength(7)
    expect(held.every((draft) => !draft.auto && draft.publish_at === null)).toBe(true)
    expect(held[0]?.reason).toMatch(/caps\.perHour/)
  })

  test('is one answer a day to one person, the rest is for a colleague', async () => {
    await forgetAutos()
    const replies = repliesUnder({ caps: { perHour: null, perAuthorPerDay: 1 } })
    const [first, second] = await casesThatWant(2)
    const [a, b] = [first as number, second as number]
    const { author_id } = await desk.store
      .selectFrom('cases')
      .select('author_id')
      .where('id', '=', a)
      .executeTakeFirstOrThrow()
    await desk.store.updateTable('cases').set({ author_id }).where('id', '=', b).execute()
    await draftCases(desk.store, replies, [a])
    await draftCases(desk.store, replies, [b])
    expect(await draftsOf([a, b])).toMatchObject([
      { state: 'approved' },
      { state: 'pending', reason: expect.stringMatching(/perAuthorPerDay/) },
    ])
  })

  test('is sampled for review: always the same cases, about the share asked for', async () => {
    await forgetAutos()
    const ids = await casesThatWant(60)
    await draftCases(desk.store, repliesUnder({ reviewShare: 0.5 }), ids)
    const held = (await draftsOf(ids)).filter((draft) => draft.state === 'pending').map((d) => d.case_id)
    expect(held.length).toBeGreaterThan(15)
    expect(held.length).toBeLessThan(45)
    await desk.store
      .updateTable('cases')
      .set({ needs_draft_since: new Date() })
      .where('id', 'in', ids)
      .execute()
    await draftCases(desk.store, repliesUnder({ reviewShare: 0.5 }), ids)
    const again = (await draftsOf(ids)).filter((draft) => draft.state === 'pending').map((d) => d.case_id)
    expect(again).toEqual(held)
  })

  test('does not go out while a crisis is on, and does once it is over', async () => {
    await forgetAutos()
    const replies = repliesUnder({})
    const [during, after] = (await casesThatWant(2)) as [number, number]
    const start = () => startCrisis(desk.store, { reason: 'a recall', actor: 'user:1' })
    expect(await start()).toBe(true)
    expect(await start()).toBe(false)
    await draftCases(desk.store, replies, [during])
    expect(await endCrisis(desk.store, { note: 'all told', actor: 'user:1' })).toBe(true)
    expect(await endCrisis(desk.store, { note: 'again', actor: 'user:1' })).toBe(false)
    await draftCases(desk.store, replies, [after])
    expect(await draftsOf([during, after])).toMatchObject([
      { state: 'pending', reason: expect.stringMatching(/crisis/) },
      { state: 'approved' },
    ])
    const audited = await desk.store
      .selectFrom('audit_log')
      .select('action')
      .where('action', 'like', 'crisis.%')
      .execute()
    expect(audited.map((row) => row.action)).toEqual(['crisis.started', 'crisis.ended'])
  })
})
