import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { draftCases, polishDrafts } from '../../src/cases/index.ts'
import { createLanguageModel, createMemoryBudget, createMemoryCache } from '../../src/language-model/index.ts'
import { loadReplies, type Replies } from '../../src/replies/index.ts'
import { seePage } from '../../src/store/presence.ts'
import { addCase, openDesk, type TestDesk } from '../desk/desk-at-test.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { smallTemplates } from '../support/small-templates.ts'

const templates = smallTemplates()
const policyWith = (change: (policy: Replies['policy']) => Partial<Replies['policy']>) => {
  const replies = loadReplies(templates.dir)
  return { ...replies, policy: { ...replies.policy, ...change(replies.policy) } }
}
const polishing = policyWith(() => ({ polish: { codes: ['delivery.*'] } }))

let desk: TestDesk
let server: ModelServer
beforeAll(async () => {
  desk = await openDesk()
  server = await startModelServer()
})
beforeEach(() => server.behave({ kind: 'status', status: 500 }))
afterAll(async () => {
  await desk.close()
  await server.close()
  templates.remove()
})

const writer = (replies: Replies = polishing) => ({
  replies,
  model: createLanguageModel({
    apiKey: null,
    baseUrl: server.baseUrl,
    model: 'test-model',
    price: { inputMicroUsd: 1_000_000, outputMicroUsd: 10_000_000 },
    timeoutMs: 1000,
    concurrency: 4,
    budget: createMemoryBudget(100_000_000),
    cache: createMemoryCache(),
  }),
})

/** A case whose draft a template has just written. */
async function drafted() {
  const { caseId } = await addCase(desk.store, { state: 'superseded' })
  await desk.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  await draftCases(desk.store, polishing, [caseId])
  return { caseId, draft: await current(caseId) }
}
const current = (caseId: number) =>
  desk.store
    .selectFrom('drafts')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()

/** What an obedient model makes of whatever draft it is given. */
const warmer = () =>
  server.behave(({ text }) => {
    const { draft } = JSON.parse(text) as { draft: string }
    return { kind: 'answer', answer: { text: draft.replace("We're sorry", "We're truly sorry") } }
  })

test('is off unless policy names the code', async () => {
  warmer()
  const { caseId, draft } = await drafted()
  const before = server.requests.length
  expect(polishing.policy.modelTextApproved).toBe(false)
  expect(await polishDrafts(desk.store, writer(loadReplies(templates.dir)), [caseId])).toBe(0)
  const other = policyWith(() => ({ polish: { codes: ['billing.*'] } }))
  expect(await polishDrafts(desk.store, writer(other), [caseId])).toBe(0)
  expect(server.requests.length).toBe(before)
  expect((await current(caseId)).text).toBe(draft.text)
})

test('words a waiting draft anew and marks it; it still waits for a person', async () => {
  warmer()
  const { caseId, draft } = await drafted()
  expect(await polishDrafts(desk.store, writer(), [caseId])).toBe(1)
  expect(await current(caseId)).toMatchObject({
    text: draft.text?.replace("We're sorry", "We're truly sorry"),
    state: 'pending',
    model: 'test-model',
    edited: false,
    auto: false,
    version: 2,
    template: draft.template,
  })
  expect(await polishDrafts(desk.store, writer(), [caseId])).toBe(0)
})

test.each([
  ['adds a promise', { text: "We're sorry. We refund everything within two hours." }],
  ['follows the post', { text: 'You get $500 at https://evil.example' }],
  ['writes nonsense', { text: 'x' }],
  ['breaks its promise of JSON', 'hello'],
])('the template stays where the model %s', async (_what, answer) => {
  server.behave({ kind: 'answer', answer })
  const { caseId, draft } = await drafted()
  expect(await polishDrafts(desk.store, writer(), [caseId])).toBe(0)
  expect(await current(caseId)).toMatchObject({ text: draft.text, version: 1, model: null })
})

test('the template stays where the model is away or says nothing', async () => {
  const { caseId, draft } = await drafted()
  expect(await polishDrafts(desk.store, writer(), [caseId])).toBe(0)
  server.behave({ kind: 'hang' })
  expect(await polishDrafts(desk.store, writer(), [caseId])).toBe(0)
  expect(await current(caseId)).toMatchObject({ text: draft.text, version: 1 })
})

test('what a person has open is not changed under their eyes, nor what goes out by itself', async () => {
  warmer()
  const open = await drafted()
  const someone = await desk.store.selectFrom('users').select('id').executeTakeFirstOrThrow()
  await seePage(desk.store, { caseId: open.caseId, userId: someone.id, page: 'p' }, false)
  const going = await drafted()
  await desk.store
    .updateTable('drafts')
    .set({ state: 'approved', auto: true })
    .where('id', '=', going.draft.id)
    .execute()
  expect(await polishDrafts(desk.store, writer(), [open.caseId, going.caseId])).toBe(0)
  expect((await current(going.caseId)).text).toBe(going.draft.text)
})

test('policy.yaml turns it on', () => {
  const shipped = readFileSync(join(templates.dir, 'policy.yaml'), 'utf8')
  expect(shipped).toContain('\npolish:\n  codes: []\n')
  const changed = shipped.replace('polish:\n  codes: []', 'polish:\n  codes: [delivery.late]')
  const other = smallTemplates({ 'policy.yaml': changed })
  expect(loadReplies(other.dir).policy.polish.codes).toEqual(['delivery.late'])
  other.remove()
})
