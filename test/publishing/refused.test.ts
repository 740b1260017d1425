import { describe, expect, it } from 'vitest'
import { markPostedByHand, saveDraft } from '../../src/cases/index.ts'
import { BRAND, mangling, pollAll } from '../listening/support.ts'
import {
  another,
  answersTo,
  caseRow,
  draft,
  draftRow,
  prepare,
  publish,
  publishUntilSettled,
  quickRig,
  replyRow,
  writes,
} from './support.ts'

type Rigged = Awaited<ReturnType<typeof quickRig>>

async function expectReturned(r: Rigged, draftId: number, words: RegExp) {
  expect(await publish(r, draftId)).toMatchObject({ outcome: 'returned' })
  const row = await draftRow(r.store, draftId)
  expect(row.state).toBe('returned')
  expect(row.decision_note).toMatch(words)
  expect((await caseRow(r.store, row.case_id)).state).toBe('open')
}

/** What a person at the desk does with a draft that came back. */
async function approveAgain(r: Rigged, draftId: number, text?: string) {
  const change = { state: 'approved' as const, ...(text ? { text } : {}) }
  await r.store.updateTable('drafts').set(change).where('id', '=', draftId).execute()
}

describe('a reply that has lost its reason', () => {
  it('goes back to the desk where the post was deleted', async () => {
    const r = await quickRig()
    const { draftId, postId, externalId } = await prepare(r)
    r.box.x.control.deletePost(externalId)
    await expectReturned(r, draftId, /deleted/)
    const post = await r.store
      .selectFrom('posts')
      .select('deleted_at')
      .where('id', '=', postId)
      .executeTakeFirst()
    expect(post?.deleted_at).not.toBeNull()
    expect(writes(r.box)).toEqual([])
  })

  it('goes back where the post was edited, and the new version is stored word for word, for triage', async () => {
    const r = await quickRig()
    const { draftId, externalId, postId } = await prepare(r)
    const text = `@${BRAND} my parcel came & I am > happy`
    const latest = r.box.x.control.editPost(externalId, text)
    const outcome = await publish(r, draftId)
    expect(outcome).toMatchObject({ outcome: 'returned', editedPostId: expect.any(Number) })
    expect((await draftRow(r.store, draftId)).decision_note).toMatch(/edited/)
    const stored = await r.store
      .selectFrom('posts')
      .selectAll()
      .where('external_id', '=', latest)
      .executeTakeFirst()
    expect(stored).toMatchObject({
      text,
      state: 'new',
      summoned: true,
      edit_of_id: externalId,
      superseded_by: null,
    })
    const old = await r.store
      .selectFrom('posts')
      .select('superseded_by')
      .where('id', '=', postId)
      .executeTakeFirst()
    expect(old?.superseded_by).toBe(latest)
    // What listening hears afterwards is the same post.
    await pollAll(r)
    const all = await r.store.selectFrom('posts').select('external_id').execute()
    expect(all).toHaveLength(2)
    expect(writes(r.box)).toEqual([])
  })

  it('is not taken for summoned any more where the edit took our name out', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    const latest = r.box.x.control.editPost(externalId, 'never mind')
    await publish(r, draftId)
    const stored = await r.store
      .selectFrom('posts')
      .select('summoned')
      .where('external_id', '=', latest)
      .execute()
    expect(stored).toEqual([{ summoned: false }])
  })

  it('goes back where a colleague answered in the app', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.post({ author: BRAND, text: 'I am on it.', inReplyTo: externalId })
    await expectReturned(r, draftId, /answered this post already/)
    expect(answersTo(r.box, externalId)).toHaveLength(1)
  })

  it('goes back where a colleague answered in the app days ago', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    const threeDaysAgo = new Date(Date.now() - 3 * 24 * 3600_000)
    r.box.x.control.post({
      author: BRAND,
      text: 'I am on it.',
      inReplyTo: externalId,
      createdAt: threeDaysAgo,
    })
    await r.store.updateTable('posts').set({ created_at: threeDaysAgo, received_at: threeDaysAgo }).execute()
    await expectReturned(r, draftId, /answered this post already/)
  })

  it('goes back where the author does not want to be answered any more', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    await r.store.updateTable('authors').set({ opted_out_at: new Date() }).execute()
    await expectReturned(r, draftId, /asked not to be answered/)
    expect(r.box.x.control.requests()).toEqual([])
  })
})

describe('a reply that X does not take', () => {
  it('that policy let go out goes back where policy has changed its mind; a person’s approval stands', async () => {
    const r = await quickRig()
    const crisis = async () => ({ outcome: 'person' as const, reason: 'crisis' })
    const byPolicy = await prepare(r)
    await r.store.updateTable('drafts').set({ auto: true }).where('id', '=', byPolicy.draftId).execute()
    expect(await publish(r, byPolicy.draftId, crisis)).toMatchObject({ outcome: 'returned' })
    expect((await draftRow(r.store, byPolicy.draftId)).decision_note).toContain('crisis')
    const byPerson = await prepare(r, { author: 'someone_else' })
    expect(await publish(r, byPerson.draftId, crisis)).toMatchObject({ outcome: 'sent' })
  })

  it('to somebody who did not call us goes back, to be posted by hand', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r, { unsummoned: true })
    await expectReturned(r, draftId, /403|not allowed|not been mentioned/)
    expect((await draftRow(r.store, draftId)).delivery).toBe('manual')
    // The desk can note that a person did.
    const { id: userId } = await r.store
      .insertInto('users')
      .values({ name: 'Mika', login: 'mika', password_hash: 'x', role: 'approver' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const check = () => ({ checks: [], weightedLength: 10, costMicroUsd: 0, fits: true })
    const text = 'We are sorry. Where can we reach you?'
    const saved = await saveDraft(r.store, { draftId, version: 1, userId, check, text })
    if (saved.outcome !== 'saved') throw new Error(saved.outcome)
    const posted = await markPostedByHand(r.store, { draftId, version: saved.version, userId, check })
    expect(posted.outcome).toBe('posted')
    expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'sent', text })
  })

  it('because it said these words to this person already goes back, unless it stands there as our answer', async () => {
    const r = await quickRig()
    const one = await prepare(r)
    await publish(r, one.draftId)
    const two = await prepare(r)
    await expectReturned(r, two.draftId, /has this text already.*Look at the thread/)
    expect((await replyRow(r.store, two.draftId))?.state).toBe('unknown')
    // A person looked, changed the words and approved again.
    await approveAgain(r, two.draftId, 'Now in other words.')
    expect((await publish(r, two.draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, two.externalId)).toMatchObject([{ displayText: 'Now in other words.' }])
  })

  it('as a duplicate of what it really took is found to be sent', async () => {
    const r = await quickRig({ readbackMs: 0 })
    r.box.x.control.setReadbackDelayMs(300)
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.inject({ route: 'create_post', kind: 'drop-after' })
    await publish(r, draftId)
    // X shows it later than anybody expected: sent again, refused as a duplicate, and found at last.
    r.box.x.control.inject({ route: 'create_post', kind: 'delay', delayMs: 350 })
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(writes(r.box).map((each) => each.status)).toEqual([0, 403])
  })

  it('because it is too long goes back with the reason, and is sent once it is mended', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r, { answer: 'sorry '.repeat(60) })
    await expectReturned(r, draftId, /too long/)
    // What comes back as a matter of API or hand is a person's choice.
    await r.store.updateTable('drafts').set({ delivery: 'api' }).execute()
    await approveAgain(r, draftId, 'Sorry.')
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'sent', text: 'Sorry.' })
  })

  it('to a post that went away between the look and the send goes back', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    const origin = await mangling(r.box, (request, reply) => {
      if (request.url?.includes('/tweets?')) r.box.x.control.deletePost(externalId)
      return reply
    })
    const network = another(r, { origin }).network
    expect((await publish({ store: r.store, network }, draftId)).outcome).toBe('returned')
    expect((await draftRow(r.store, draftId)).decision_note).toMatch(/deleted/)
  })
})

describe('a reply that came back', () => {
  it('is sent when a person approves it again', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    await r.store.updateTable('authors').set({ opted_out_at: new Date() }).execute()
    r.box.x.control.inject({ route: 'create_post', kind: 'status', status: 403 })
    await r.store.updateTable('authors').set({ opted_out_at: null }).execute()
    await expectReturned(r, draftId, /403|does not allow/)
    await r.store.updateTable('drafts').set({ delivery: 'api' }).execute()
    await approveAgain(r, draftId)
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
  })

  it('does not let another answer to its post through while nobody knows its fate', async () => {
    const r = await quickRig()
    const one = await prepare(r)
    await publish(r, one.draftId)
    const two = await prepare(r)
    await expectReturned(r, two.draftId, /Look at the thread/)
    await r.store.updateTable('drafts').set({ state: 'superseded' }).where('id', '=', two.draftId).execute()
    const three = await draft(r.store, two.caseId, two.postId, { answer: 'Other words.' })
    await expectReturned(r, three, /may stand in public/)
    expect(answersTo(r.box, two.externalId)).toEqual([])
  })
})

describe('a reply that has to wait', () => {
  it('for a full limit waits until it resets, and says so', async () => {
    const r = await quickRig()
    r.box.x.control.setLimits({ create_post: { user: 1 } }, 2000)
    const one = await prepare(r, { author: 'a' })
    const two = await prepare(r, { author: 'b' })
    await publish(r, one.draftId)
    const outcome = await publish(r, two.draftId)
    expect(outcome).toMatchObject({ outcome: 'later' })
    expect(outcome.outcome === 'later' && outcome.delayMs).toBeGreaterThan(500)
    expect((await draftRow(r.store, two.draftId)).decision_note).toMatch(/limit/)
    expect((await publishUntilSettled(another(r), two.draftId)).outcome).toBe('sent')
    expect(writes(r.box).map((each) => each.status)).toEqual([201, 201])
  })

  it('for a 429 that nobody saw coming is not lost', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.setLimits({ create_post: { user: 0 } }, 1500)
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'intent' })
    r.box.x.control.setLimits({ create_post: { user: 100 } }, 60_000)
    expect((await publishUntilSettled(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
  })

  it('for the daily limit waits for the day, not for a quarter of an hour', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    const now = Math.floor(Date.now() / 1000)
    const headers = {
      'x-rate-limit-limit': '100',
      'x-rate-limit-remaining': '50',
      'x-rate-limit-reset': String(now + 900),
      'x-app-limit-24hour-limit': '10000',
      'x-app-limit-24hour-remaining': '0',
      'x-app-limit-24hour-reset': String(now + 40_000),
    }
    r.box.x.control.inject({ route: 'create_post', kind: 'status', status: 429, headers })
    const outcome = await publish(r, draftId)
    expect(outcome.outcome === 'later' && outcome.delayMs).toBeGreaterThan(39_000_000)
  })

  it('for revoked keys and used-up credit is sent once they are there again', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.revoke('oauth1')
    expect(await publish(r, draftId)).toMatchObject({
      outcome: 'later',
      reason: expect.stringMatching(/401/),
    })
    expect((await draftRow(r.store, draftId)).decision_note).toMatch(/keys.*401/)
    r.box.x.control.restore()
    r.box.x.control.setCredit(0)
    expect(await publish(r, draftId)).toMatchObject({
      outcome: 'later',
      reason: expect.stringMatching(/402/),
    })
    r.box.x.control.setCredit(null)
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
  })

  it('for an X that can not tell whether the post is there is not sent blindly', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    r.box.x.control.inject({ route: 'lookup', kind: 'html-503' })
    r.box.x.control.inject({ route: 'user_posts', kind: 'garbage' })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(writes(r.box)).toEqual([])
    expect((await publish(r, draftId)).outcome).toBe('sent')
  })

  it('behind a certificate that is refused was surely not sent', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    const stranger = another(r, { ca: null })
    await expect(
      stranger.network.reply({ inReplyTo: '1', text: 'x', summoned: true, urgent: false }),
    ).rejects.toMatchObject({ kind: 'unavailable', wrote: 'no' })
    expect(await publish(stranger, draftId)).toMatchObject({ outcome: 'later' })
    expect((await publish(r, draftId)).outcome).toBe('sent')
  })
})
