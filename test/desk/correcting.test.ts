import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { correctCode, draftCases, triagePosts } from '../../src/cases/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import { listLabels } from '../../src/store/labels.ts'
import { createTriage, loadTaxonomy } from '../../src/triage/index.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let agent: Browser
beforeAll(async () => {
  desk = await openDesk()
  agent = new Browser(desk.origin)
  await agent.signIn('agent')
})
afterAll(() => desk.close())

const caseOf = (id: number) =>
  desk.store.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const labelOf = async (postId: number) =>
  (await listLabels(desk.store)).find((label) => label.postId === postId)

describe('changing the code of a case', () => {
  test('sticks, is a labelled example from then on, and asks for a draft about the right thing', async () => {
    const { caseId, postId } = await addCase(desk.store)
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('Damaged in transit')
    const answer = await agent.post(`/cases/${caseId}/code`, {
      seen: 'delivery.late 1',
      code: 'packaging.damage',
      also: 'delivery.late',
      severity: '2',
    })
    expect(answer.status).toBe(303)
    expect(await caseOf(caseId)).toMatchObject({
      code: 'packaging.damage',
      codes: ['packaging.damage', 'delivery.late'],
      matter: 'packaging',
      severity: 2,
      confidence: 1,
      needs_draft_since: expect.any(Date),
    })
    expect(desk.queued).toContainEqual({ stage: 'draft', ids: [String(caseId)] })
    expect(await labelOf(postId)).toMatchObject({ code: 'packaging.damage', source: 'corrected' })
    await agent.get(`/cases/${caseId}`)
    expect(agent.page).toContain('chosen by The agent')
    expect(agent.page).toContain('A new draft is being written')
    expect(agent.page).not.toContain('has written again')
    const log = await desk.store
      .selectFrom('audit_log')
      .selectAll()
      .where('subject', '=', `case:${caseId}`)
      .execute()
    expect(log).toMatchObject([
      {
        action: 'case.recoded',
        detail: {
          before: { codes: ['delivery.late'] },
          after: { codes: ['packaging.damage', 'delivery.late'] },
        },
      },
    ])
  })

  test('keeps a draft that somebody has worded', async () => {
    const { caseId, draftId } = await addCase(desk.store)
    await desk.store.updateTable('drafts').set({ edited: true }).where('id', '=', draftId).execute()
    await agent.post(`/cases/${caseId}/code`, {
      seen: 'delivery.late 1',
      code: 'packaging.damage',
      severity: '1',
    })
    expect(await caseOf(caseId)).toMatchObject({ code: 'packaging.damage', needs_draft_since: null })
  })

  test('to a danger is for a person, and away from one is not any more', async () => {
    const { caseId } = await addCase(desk.store)
    const recode = (seen: string, code: string) =>
      agent.post(`/cases/${caseId}/code`, { seen, code, severity: '1' })
    await recode('delivery.late 1', 'item.safety')
    expect(await caseOf(caseId)).toMatchObject({
      needs_person: 'danger',
      matter: 'item.safety',
      severity: 3,
    })
    await recode('item.safety 3', 'delivery.late')
    expect(await caseOf(caseId)).toMatchObject({ needs_person: null, matter: 'delivery' })
  })

  test('loses politely where somebody else changed it first', async () => {
    const { caseId } = await addCase(desk.store)
    const form = { seen: 'delivery.late 1', severity: '1' }
    await agent.post(`/cases/${caseId}/code`, { ...form, code: 'feedback.praise' })
    const late = await agent.post(`/cases/${caseId}/code`, { ...form, code: 'item.safety' })
    expect(late.status).toBe(409)
    expect(agent.page).toContain('Somebody changed the code')
    expect((await caseOf(caseId)).code).toBe('feedback.praise')
    // the same code with another severity is another coding
    const stale = await agent.post(`/cases/${caseId}/code`, {
      seen: 'feedback.praise 0',
      code: 'delivery.late',
      severity: '1',
    })
    expect(stale.status).toBe(409)
  })

  test('refuses a code that the taxonomy does not have', async () => {
    const { caseId } = await addCase(desk.store)
    const answer = await agent.post(`/cases/${caseId}/code`, {
      seen: 'delivery.late 1',
      code: 'delivery.teleported',
      severity: '1',
    })
    expect(answer.status).toBe(400)
    expect((await caseOf(caseId)).code).toBe('delivery.late')
  })

  test('lets nothing go out by itself, whatever policy allows', async () => {
    const { caseId } = await addCase(desk.store)
    await agent.post(`/cases/${caseId}/code`, {
      seen: 'delivery.late 1',
      code: 'feedback.praise',
      severity: '0',
    })
    const replies = loadReplies('templates')
    const willing = {
      ...replies,
      decidePublication: () => ({ outcome: 'auto' as const, reason: 'all may go' }),
    }
    const { drafts, approved } = await draftCases(desk.store, willing, [caseId])
    expect(drafts).toMatchObject([{ outcome: 'pending' }])
    expect(approved).toEqual([])
  })
})

describe('a customer who writes on in a case whose code a person chose', () => {
  const triage = createTriage(loadTaxonomy('templates/taxonomy.yaml'))
  const write = async (caseId: number, text: string) => {
    const { author_id } = await caseOf(caseId)
    const thread = await desk.store
      .selectFrom('posts')
      .select('external_id')
      .where('case_id', '=', caseId)
      .executeTakeFirstOrThrow()
    const { id } = await desk.store
      .insertInto('posts')
      .values({
        network: 'x',
        external_id: `more-${randomUUID()}`,
        source_id: 'x:mentions',
        author_id,
        conversation_id: thread.external_id,
        text,
        created_at: new Date(),
        summoned: true,
        media: '[]',
        context: '{}',
        state: 'new',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  }
  const choose = (caseId: number) =>
    correctCode(
      desk.store,
      { codes: [{ code: 'packaging.damage' }] },
      { caseId, userId: 1, codes: ['packaging.damage'], severity: 1, seen: 'delivery.late 1' },
    )

  test('changes it only where somebody is in danger, and then nobody chose it', async () => {
    const { caseId } = await addCase(desk.store)
    await choose(caseId)
    await triagePosts(desk.store, triage, [
      await write(caseId, 'My lawyer will write to you about this refund!'),
    ])
    expect(await caseOf(caseId)).toMatchObject({ code: 'packaging.damage', code_by: 1 })
    await triagePosts(desk.store, triage, [
      await write(caseId, 'The kettle started smoking and burned my hand!'),
    ])
    expect(await caseOf(caseId)).toMatchObject({ code: 'item.safety', severity: 3, code_by: null })
  })

  test('waits for a choice that is being made', async () => {
    const { caseId } = await addCase(desk.store)
    const postId = await write(caseId, 'My lawyer will write to you about this refund!')
    const choosing = await desk.store.startTransaction().execute()
    await choosing
      .updateTable('cases')
      .set({ code: 'packaging.damage', codes: ['packaging.damage'], code_by: 1 })
      .where('id', '=', caseId)
      .execute()
    const triaged = triagePosts(desk.store, triage, [postId])
    await setTimeout(300)
    await choosing.commit().execute()
    await triaged
    expect(await caseOf(caseId)).toMatchObject({ code: 'packaging.damage', code_by: 1 })
  })
})

describe('closing a case', () => {
  test('confirms the code of its only post, and leaves a correction as it is', async () => {
    const plain = await addCase(desk.store)
    await agent.post(`/cases/${plain.caseId}/close`, { reason: 'Solved' })
    expect(await labelOf(plain.postId)).toMatchObject({ code: 'delivery.late', source: 'confirmed' })
    const corrected = await addCase(desk.store)
    await agent.post(`/cases/${corrected.caseId}/code`, {
      seen: 'delivery.late 1',
      code: 'feedback.praise',
      severity: '0',
    })
    await desk.store
      .updateTable('cases')
      .set({ needs_draft_since: null })
      .where('id', '=', corrected.caseId)
      .execute()
    await agent.post(`/cases/${corrected.caseId}/close`, { reason: 'Solved' })
    expect(await labelOf(corrected.postId)).toMatchObject({ code: 'feedback.praise', source: 'corrected' })
  })
})
