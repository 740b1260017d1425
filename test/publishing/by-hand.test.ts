import { describe, expect, it } from 'vitest'
import { openComposer } from '../../src/cases/index.ts'
import { findOwnReplies } from '../../workers/own-replies.ts'
import { check } from '../desk/desk-at-test.ts'
import { BRAND } from '../listening/support.ts'
import { caseRow, draftRow, type Prepared, prepare, quickRig, replyRow } from './support.ts'

type Rigged = Awaited<ReturnType<typeof quickRig>>

const TEXT = 'We are sorry. Please look here: https://hinata.example/help'

/** An answer that only a person may send, with somebody at the network's composer. */
async function atTheComposer(text = TEXT) {
  const r = await quickRig()
  const prepared = await prepare(r, { unsummoned: true, state: 'pending', answer: text })
  const { draftId } = prepared
  await r.store.updateTable('drafts').set({ delivery: 'manual' }).where('id', '=', draftId).execute()
  const { id: userId } = await r.store
    .insertInto('users')
    .values({ name: 'Mina', login: 'mina', password_hash: 'none', role: 'approver' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const opened = await openComposer(r.store, { draftId, version: 1, userId, text, check })
  expect(opened.outcome).toBe('opened')
  return { ...r, ...prepared, userId }
}
type AtTheComposer = Rigged & Prepared & { userId: number }

const look = ({ store, network }: Rigged) =>
  findOwnReplies({
    store,
    networks: new Map([[network.name, network]]),
    replies: { check },
    config: { xPollMs: 0 },
  })
const post = ({ box, externalId }: AtTheComposer, text: string) =>
  box.x.control.post({ author: BRAND, text, inReplyTo: externalId })

/** The same case with a draft that took the place of the first. @returns its id */
async function redraft(r: AtTheComposer, { answersNewPost }: { answersNewPost: boolean }): Promise<number> {
  const { draftId, store } = r
  const { id, version, created_at, post_id, ...first } = await draftRow(store, draftId)
  await store.updateTable('drafts').set({ state: 'superseded' }).where('id', '=', draftId).execute()
  const values = { ...first, checks: JSON.stringify(first.checks), post_id }
  if (answersNewPost) {
    const { id: _, ...old } = await store
      .selectFrom('posts')
      .selectAll()
      .where('id', '=', post_id)
      .executeTakeFirstOrThrow()
    const again = { ...old, external_id: `${old.external_id}9`, media: '[]', context: '{}' }
    const added = await store.insertInto('posts').values(again).returning('id').executeTakeFirstOrThrow()
    values.post_id = added.id
  }
  const newer = await store.insertInto('drafts').values(values).returning('id').executeTakeFirstOrThrow()
  return newer.id
}

describe('an answer that a person posts from the network’s composer', () => {
  it('is done once it stands in our timeline, under the words that were prepared', async () => {
    const r = await atTheComposer()
    await look(r)
    expect(await draftRow(r.store, r.draftId)).toMatchObject({ state: 'pending' })
    const externalId = post(r, TEXT)
    await look(r)
    expect(await draftRow(r.store, r.draftId)).toMatchObject({
      state: 'published',
      text: TEXT,
      edited: false,
      decided_by: r.userId,
    })
    expect(await replyRow(r.store, r.draftId)).toMatchObject({
      state: 'sent',
      external_id: externalId,
      text: TEXT,
    })
    expect(await caseRow(r.store, r.caseId)).toMatchObject({ state: 'answered' })
    expect(await r.store.selectFrom('composers').selectAll().execute()).toEqual([])
  })

  it('counts as it stands where it was changed there, with the links that were prepared', async () => {
    const r = await atTheComposer()
    post(r, `${TEXT} Mina`)
    await look(r)
    const row = await draftRow(r.store, r.draftId)
    expect(row).toMatchObject({ state: 'published', text: `${TEXT} Mina`, edited: true })
  })

  it('counts as it stands where Japanese words follow a link without a space', async () => {
    const r = await atTheComposer('申し訳ございません。https://hinata.example/helpをご覧ください')
    post(r, '申し訳ございません。https://hinata.example/helpからお知らせください')
    await look(r)
    const text = '申し訳ございません。https://hinata.example/helpからお知らせください'
    expect(await draftRow(r.store, r.draftId)).toMatchObject({ state: 'published', text, edited: true })
  })

  it('is not taken for one to another post', async () => {
    const r = await atTheComposer()
    const other = r.box.x.control.post({ author: 'jun', text: 'hinata, where is my tea?' })
    r.box.x.control.post({ author: BRAND, text: TEXT, inReplyTo: other })
    await look(r)
    expect(await draftRow(r.store, r.draftId)).toMatchObject({ state: 'pending' })
  })

  it('leaves the case open for what the customer wrote meanwhile', async () => {
    const r = await atTheComposer()
    await r.store
      .updateTable('cases')
      .set({ needs_draft_since: new Date() })
      .where('id', '=', r.caseId)
      .execute()
    post(r, TEXT)
    await look(r)
    expect(await draftRow(r.store, r.draftId)).toMatchObject({ state: 'published' })
    expect(await caseRow(r.store, r.caseId)).toMatchObject({ state: 'open' })
  })

  it('is known where the customer wrote again, and a newer draft stands in its place already', async () => {
    const r = await atTheComposer()
    const newer = await redraft(r, { answersNewPost: true })
    const externalId = post(r, TEXT)
    await look(r)
    expect(await replyRow(r.store, r.draftId)).toMatchObject({ state: 'sent', external_id: externalId })
    expect(await draftRow(r.store, newer)).toMatchObject({ state: 'pending' })
    expect(await caseRow(r.store, r.caseId)).toMatchObject({ state: 'open' })
  })

  it('is the answer where the same post was drafted for anew meanwhile', async () => {
    const r = await atTheComposer()
    const newer = await redraft(r, { answersNewPost: false })
    post(r, TEXT)
    await look(r)
    expect(await replyRow(r.store, r.draftId)).toMatchObject({ state: 'sent' })
    expect(await draftRow(r.store, newer)).toMatchObject({ state: 'superseded' })
    expect(await caseRow(r.store, r.caseId)).toMatchObject({ state: 'answered' })
  })

  it('is known where somebody closed the case meanwhile, which stays closed', async () => {
    const r = await atTheComposer()
    await r.store.updateTable('drafts').set({ state: 'rejected' }).where('id', '=', r.draftId).execute()
    await r.store.updateTable('cases').set({ state: 'closed' }).where('id', '=', r.caseId).execute()
    post(r, TEXT)
    await look(r)
    expect(await replyRow(r.store, r.draftId)).toMatchObject({ state: 'sent' })
    expect(await caseRow(r.store, r.caseId)).toMatchObject({ state: 'closed' })
  })

  it('is looked for while a composer is open, and not read again and again', async () => {
    const r = await atTheComposer()
    const reads = () => r.box.x.control.requests().filter(({ endpoint }) => endpoint === 'user_posts').length
    await r.store
      .updateTable('composers')
      .set({ opened_at: new Date(Date.now() - 3600_000) })
      .execute()
    const before = reads()
    await look(r)
    expect(reads()).toBe(before + 1)
    await look(r)
    expect(reads()).toBe(before + 1)
  })
})
