import { afterEach, beforeEach, expect, test } from 'vitest'
import { draftCases, polishDrafts } from '../../src/cases/index.ts'
import { publishDraft } from '../../src/publishing/index.ts'
import { ComeBackLater } from '../../src/queue/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import type { CordKind } from '../../src/store/schema.ts'
import { redraftStopped } from '../../src/store/stopped-cases.ts'
import { pullCord, resumeCord } from '../../src/voice/index.ts'
import { publishWorker } from '../../workers/publish.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { THINGS } from '../voice/andon/andon-at-test.ts'
import { addPost } from '../voice/contacts-at-test.ts'

const HEATER = {
  kind: 'product',
  id: 'heater-kotori',
  text: 'Kotori heater',
  name: { en: 'Kotori ceramic heater', ja: 'ことりセラミックヒーター' },
  start: 0,
  end: 4,
}
const shipped = loadReplies('templates')
/** As shipped, but everything may go out by itself. */
const FREE = {
  ...shipped,
  policy: { ...shipped.policy, caps: { perHour: null, perAuthorPerDay: null }, reviewShare: 0 },
  decidePublication: () => ({ outcome: 'auto' as const, reason: 'all may go' }),
}

let db: TestStore
beforeEach(async () => {
  db = await createTestStore()
})
afterEach(() => db.close())

async function addCase({ code = 'item.defective', language = 'en', named = true, severity = 1 } = {}) {
  const text = language === 'ja' ? 'ことりヒーターがまた動かなくなった' : 'The Kotori heater is broken again'
  const heater = language === 'ja' ? { ...HEATER, text: 'ことりヒーター' } : HEATER
  const { caseId } = await addPost(db.store, {
    text,
    code,
    language,
    severity,
    entities: named ? [heater] : [],
  })
  await db.store
    .updateTable('cases')
    .set({ needs_draft_since: new Date() })
    .where('id', '=', caseId)
    .execute()
  return caseId as number
}

const draft = (ids: number[], replies: typeof FREE | typeof shipped = shipped) =>
  draftCases(db.store, replies, ids)
const pull = (kind: CordKind = 'product', name = 'heater-kotori') =>
  pullCord(db.store, { kind, name, reason: 'It smokes', actor: 'user:7', signalId: null }, THINGS)
const resume = (id: number) =>
  resumeCord(db.store, { id, actor: 'user:7', cause: 'a wire', fix: 'a new one', vouchedBy: 'Hana' }, THINGS)

async function current(caseId: number) {
  return db.store
    .selectFrom('drafts')
    .select(['id', 'template', 'text', 'state', 'auto', 'edited'])
    .where('case_id', '=', caseId)
    .where('state', 'in', ['pending', 'approved', 'none', 'returned'])
    .executeTakeFirstOrThrow()
}

test('drafts that wait are written anew when a cord is pulled, in their language, and again when it is let go', async () => {
  const ids = [await addCase(), await addCase({ language: 'ja' }), await addCase({ severity: 3 })]
  const other = await addCase({ named: false })
  await draft([...ids, other])
  expect((await current(ids[0] as number)).template).toMatch(/^item\.defective\/en#/)
  const cord = await pull()
  expect(cord.caseIds.sort()).toEqual(ids)
  await draft([...ids, other])
  expect((await current(ids[0] as number)).text).toMatch(/stopped|don't sell|sale/)
  expect((await current(ids[1] as number)).text).toMatch(/ヒーター.*販売|販売.*ヒーター/s)
  expect((await current(ids[2] as number)).text).toMatch(/use|unused/)
  for (const id of ids) expect((await current(id)).template).toMatch(/^_stopped\//)
  expect((await current(other)).template).toMatch(/^item\.defective\//)
  expect(await redraftStopped(db.store)).toEqual([])
  // no model words it anew
  const model = {
    name: 'a model',
    ask: async () => {
      throw new Error('nobody asks')
    },
  }
  const eager = { ...shipped, policy: { ...shipped.policy, polish: { codes: ['item.*'] } } }
  expect(await polishDrafts(db.store, { model: model as never, replies: eager }, ids)).toBe(0)

  expect((await resume(cord.id))?.caseIds.sort()).toEqual(ids)
  await draft(ids)
  expect((await current(ids[0] as number)).template).toMatch(/^item\.defective\//)
})

test('what a person wrote stays', async () => {
  const id = await addCase()
  await draft([id])
  await db.store.updateTable('drafts').set({ edited: true, version: 2 }).where('case_id', '=', id).execute()
  const before = await current(id)
  expect((await pull()).caseIds).toEqual([])
  expect(await current(id)).toEqual(before)
})

test('a case that comes later is answered in the new words from the start, and a cord of a code counts too', async () => {
  await pull('code', 'delivery.conduct')
  const id = await addCase({ code: 'delivery.conduct', named: false })
  await draft([id])
  expect((await current(id)).template).toMatch(/^_stopped\//)
  expect((await current(id)).text).not.toContain('Kotori')
})

test('a draft that was being written at that moment is found by the next look', async () => {
  const id = await addCase()
  await draft([id])
  const cord = await db.store.transaction().execute(async (trx) => {
    // drafting has the case
    await trx.selectFrom('cases').select('id').where('id', '=', id).forUpdate().execute()
    return pull()
  })
  expect(cord.caseIds).toEqual([])
  expect(await redraftStopped(db.store)).toEqual([id])
})

test('what policy let out with the old words waits at the door until it is written anew', async () => {
  const id = await addCase()
  const { approved } = await draft([id], FREE)
  const network = { name: 'x', reply: () => Promise.reject(new Error('nothing leaves')) }
  const publish = publishWorker({
    store: db.store,
    networks: new Map([['x', network]]),
    queues: { enqueue: async () => {} },
    replies: FREE,
  } as never)
  await pull()
  await expect(publish([String(approved[0]?.id)])).rejects.toBeInstanceOf(ComeBackLater)
  expect(await db.store.selectFrom('replies').selectAll().execute()).toEqual([])
})

test('nothing with the old words goes out by itself, and the new words may', async () => {
  const id = await addCase()
  const { approved } = await draft([id], FREE)
  expect(approved).toHaveLength(1)
  expect(await current(id)).toMatchObject({ state: 'approved', auto: true })
  await pull()
  await draft([id], FREE)
  const now = await current(id)
  expect(now).toMatchObject({ state: 'approved', auto: true })
  expect(now.template).toMatch(/^_stopped\//)
  const old = await db.store
    .selectFrom('drafts')
    .select(['id', 'state'])
    .where('id', '=', approved[0]?.id ?? 0)
    .execute()
  expect(old).toMatchObject([{ state: 'superseded' }])
  const sent = await publishDraft(db.store, new Map(), approved[0]?.id ?? 0, async () => {
    throw new Error('nobody asks')
  })
  expect(sent.outcome).toBe('done')
})
