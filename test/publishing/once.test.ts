import { describe, expect, it } from 'vitest'
import { draftCases } from '../../src/cases/index.ts'
import { publishDraft } from '../../src/publishing/index.ts'
import { loadReplies } from '../../src/replies/index.ts'
import type { Fault } from '../../src/sandbox/index.ts'
import { beginSending, findDraftToPublish, markSent } from '../../src/store/replies.ts'
import { BRAND, mangling } from '../listening/support.ts'
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
  stillAllowed,
  writes,
} from './support.ts'

const wait = (ms: number) => new Promise((wake) => setTimeout(wake, ms))

describe('an approved reply', () => {
  it('is sent once, however often it is asked for, and marked', async () => {
    const r = await quickRig()
    const { draftId, caseId, externalId } = await prepare(r)
    expect(await publish(r, draftId)).toEqual({ outcome: 'sent', caseId })
    expect(await publish(r, draftId)).toEqual({ outcome: 'done' })
    expect(answersTo(r.box, externalId)).toMatchObject([
      { displayText: 'We are sorry. We are looking into it.', viaApi: true },
    ])
    expect(writes(r.box)).toHaveLength(1)
    expect((await draftRow(r.store, draftId)).state).toBe('published')
    expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'sent', attempts: 1 })
    expect((await caseRow(r.store, caseId)).state).toBe('answered')
    const audited = await r.store.selectFrom('audit_log').select(['action', 'subject']).execute()
    expect(audited).toEqual([{ action: 'reply.sent', subject: `draft:${draftId}` }])
  })

  it('of two processes at once is sent by one', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.inject({ route: 'create_post', kind: 'delay', delayMs: 200 })
    const outcomes = await Promise.all([r, another(r), another(r)].map((each) => publish(each, draftId)))
    expect(outcomes.map((each) => each.outcome).sort()).toEqual(['later', 'later', 'sent'])
    await publishUntilSettled(another(r), draftId)
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(writes(r.box)).toHaveLength(1)
  })

  it('is not sent by a process that read it before another one began, even without their lock', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    const stale = await findDraftToPublish(r.store, draftId)
    const other = await findDraftToPublish(r.store, draftId)
    if (!stale || !other) throw new Error('it is there')
    expect(await beginSending(r.store, other)).toHaveProperty('replyId')
    expect(await beginSending(r.store, stale)).toEqual({ refused: 'busy' })
  })

  it('that nobody approved is not sent', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r, { state: 'pending' })
    expect(await publish(r, draftId)).toEqual({ outcome: 'done' })
    expect(await publish(r, 4711)).toEqual({ outcome: 'done' })
    await r.store
      .updateTable('drafts')
      .set({ state: 'approved', publish_at: new Date(Date.now() + 60_000) })
      .execute()
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(r.box.x.control.requests()).toEqual([])
  })

  it('waits, and nothing fails, where its network is not connected', async () => {
    const r = await quickRig()
    const { draftId } = await prepare(r)
    expect(await publishDraft(r.store, new Map(), draftId, stillAllowed)).toMatchObject({ outcome: 'later' })
    expect((await draftRow(r.store, draftId)).state).toBe('approved')
  })

  it('costs what X charges for it, and for the looks before it', async () => {
    const r = await quickRig()
    for (const [i, text] of [
      'We are sorry.',
      'Look at https://example.com/help',
      'See example.com',
    ].entries()) {
      const { draftId } = await prepare(r, { author: `a${i}`, answer: text })
      expect((await publish(r, draftId)).outcome).toBe('sent')
    }
    r.box.x.control.setEnterprise(true)
    const unsummoned = await prepare(r, {
      author: 'u',
      unsummoned: true,
      answer: 'See https://example.com/u',
    })
    expect((await publish(r, unsummoned.draftId)).outcome).toBe('sent')
    const billed = r.box.x.control.charges().reduce((sum, charge) => sum + charge.costMicroUsd, 0)
    const charges = await r.store.selectFrom('api_charges').selectAll().execute()
    expect(charges.reduce((sum, charge) => sum + charge.micro_usd, 0)).toBe(billed)
    const created = charges.filter((charge) => charge.resource.startsWith('created:'))
    expect(created.map((charge) => charge.kind).sort()).toEqual([
      'post.create.url',
      'reply.summoned',
      'reply.summoned.url',
      'reply.summoned.url',
    ])
  })
})

describe('a reply whose fate is not known', () => {
  const lost: [string, Omit<Fault, 'route'>][] = [
    ['the connection dropped after the write', { kind: 'drop-after' }],
    ['half an answer came', { kind: 'garbage' }],
  ]
  for (const readbackDelayMs of [0, 400]) {
    it.each(lost)(
      `is found and not sent again: %s, readback ${readbackDelayMs} ms late`,
      async (_, fault) => {
        const r = await quickRig({ readbackMs: 1200 })
        r.box.x.control.setReadbackDelayMs(readbackDelayMs)
        const { draftId, externalId, caseId } = await prepare(r)
        r.box.x.control.inject({ route: 'create_post', ...fault })
        expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
        expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'sending' })
        expect((await draftRow(r.store, draftId)).decision_note).toMatch(/may have been sent/)
        // The next attempt is another process.
        expect(await publishUntilSettled(another(r, { readbackMs: 1200 }), draftId)).toEqual({
          outcome: 'sent',
          caseId,
        })
        expect(answersTo(r.box, externalId)).toHaveLength(1)
        expect(writes(r.box)).toHaveLength(1)
        expect((await draftRow(r.store, draftId)).decision_note).toBeNull()
      },
    )
  }

  it('because its answer never came to an end is found', async () => {
    const r = await quickRig({ readbackMs: 1200 })
    const { draftId, externalId } = await prepare(r)
    const origin = await mangling(r.box, (request, reply) => (request.method === 'POST' ? 'trickle' : reply))
    expect(await publish(another(r, { origin }), draftId)).toMatchObject({ outcome: 'later' })
    expect((await publishUntilSettled(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(writes(r.box)).toHaveLength(1)
  })

  it('because the process died between the write and the mark is found', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    const found = await findDraftToPublish(r.store, draftId)
    if (!found) throw new Error('it is there')
    await beginSending(r.store, found)
    await r.network.reply({
      inReplyTo: externalId,
      text: found.text as string,
      summoned: true,
      urgent: false,
    })
    expect((await publish(another(r), draftId)).outcome).toBe('sent')
    expect(writes(r.box)).toHaveLength(1)
  })

  it('and that was sent before the weekend is found on Monday', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    const found = await findDraftToPublish(r.store, draftId)
    if (!found) throw new Error('it is there')
    await beginSending(r.store, found)
    const threeDaysAgo = new Date(Date.now() - 3 * 24 * 3600_000)
    r.box.x.control.post({
      author: BRAND,
      text: 'We are sorry.',
      inReplyTo: externalId,
      createdAt: threeDaysAgo,
    })
    await r.store.updateTable('replies').set({ sending_at: threeDaysAgo, created_at: threeDaysAgo }).execute()
    await r.store.updateTable('posts').set({ created_at: threeDaysAgo, received_at: threeDaysAgo }).execute()
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(writes(r.box)).toHaveLength(0)
  })

  it('is sent again once it is sure that it did not arrive', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.inject({ route: 'create_post', kind: 'drop-before' })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    // Too early to be sure.
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(writes(r.box)).toHaveLength(1)
    expect((await publishUntilSettled(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(await replyRow(r.store, draftId)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('waits while X can not be asked', async () => {
    const r = await quickRig()
    const { draftId, externalId } = await prepare(r)
    r.box.x.control.inject({ route: 'create_post', kind: 'drop-after' })
    await publish(r, draftId)
    await wait(800)
    r.box.x.control.inject({ route: 'user_posts', kind: 'status', status: 503, times: 2 })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
    expect((await publish(r, draftId)).outcome).toBe('sent')
    expect(answersTo(r.box, externalId)).toHaveLength(1)
    expect(writes(r.box)).toHaveLength(1)
  })

  it('is looked for even where its draft was taken back meanwhile', async () => {
    const r = await quickRig()
    const sent = await prepare(r, { author: 'a' })
    const lost = await prepare(r, { author: 'b' })
    for (const [each, kind] of [
      [sent, 'drop-after'],
      [lost, 'drop-before'],
    ] as const) {
      r.box.x.control.inject({ route: 'create_post', kind })
      await publish(r, each.draftId)
      await r.store
        .updateTable('drafts')
        .set({ state: 'superseded' })
        .where('id', '=', each.draftId)
        .execute()
    }
    expect((await publishUntilSettled(r, sent.draftId)).outcome).toBe('sent')
    expect((await publishUntilSettled(r, lost.draftId)).outcome).toBe('done')
    expect((await replyRow(r.store, lost.draftId))?.state).toBe('cancelled')
    expect(answersTo(r.box, lost.externalId)).toEqual([])
    expect(answersTo(r.box, sent.externalId)).toHaveLength(1)
  })
})

describe('posts that come while a reply is on its way', () => {
  const replies = loadReplies('templates')

  it('wait for it, and are answered after it, in order', async () => {
    const r = await quickRig()
    const first = await prepare(r)
    r.box.x.control.inject({ route: 'create_post', kind: 'drop-after' })
    expect(await publish(r, first.draftId)).toMatchObject({ outcome: 'later' })
    // A second post joins the case.
    const second = r.box.x.control.post({ author: 'mika', text: `@${BRAND} and the box is crushed` })
    const joined = await joinPost(r, second, first.caseId)
    expect(await draftCases(r.store, replies, [first.caseId])).toMatchObject({ drafts: [], approved: [] })
    expect((await publishUntilSettled(r, first.draftId)).outcome).toBe('sent')
    // Answered, but the newer post keeps the case open.
    expect((await caseRow(r.store, first.caseId)).state).toBe('open')
    expect((await draftCases(r.store, replies, [first.caseId])).drafts).toHaveLength(1)
    const next = await r.store
      .selectFrom('drafts')
      .selectAll()
      .where('case_id', '=', first.caseId)
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow()
    expect(next.post_id).toBe(joined)
    await r.store
      .updateTable('drafts')
      .set({ state: 'approved', publish_at: new Date(), text: 'Sorry about the box, too.' })
      .where('id', '=', next.id)
      .execute()
    expect((await publish(r, next.id)).outcome).toBe('sent')
    expect(r.box.x.control.timeline().map((post) => post.inReplyTo)).toEqual([second, first.externalId])
    expect((await caseRow(r.store, first.caseId)).state).toBe('answered')
  })

  it('do not get the answer of an older draft that stands in their way', async () => {
    const r = await quickRig()
    const first = await prepare(r)
    const second = r.box.x.control.post({ author: 'mika', text: `@${BRAND} it came, thank you!` })
    await joinPost(r, second, first.caseId)
    await draftCases(r.store, replies, [first.caseId])
    expect(await publish(r, first.draftId)).toEqual({ outcome: 'done' })
    expect(writes(r.box)).toEqual([])
  })

  it('keep their case open where the mark comes after their draft', async () => {
    const r = await quickRig()
    const first = await prepare(r)
    const found = await findDraftToPublish(r.store, first.draftId)
    if (!found) throw new Error('it is there')
    await beginSending(r.store, found)
    await r.store.updateTable('drafts').set({ state: 'superseded' }).where('id', '=', first.draftId).execute()
    await draft(r.store, first.caseId, first.postId, { state: 'pending' })
    await markSent(r.store, found, '1')
    expect((await caseRow(r.store, first.caseId)).state).toBe('open')
  })

  async function joinPost(r: Awaited<ReturnType<typeof quickRig>>, externalId: string, caseId: number) {
    const post = r.box.x.control.posts().find((each) => each.id === externalId)
    const { id } = await r.store
      .insertInto('posts')
      .values({
        network: 'x',
        external_id: externalId,
        source_id: 'x:mentions',
        author_id: post?.author.id as string,
        text: post?.text as string,
        created_at: new Date(),
        summoned: true,
        state: 'triaged',
        case_id: caseId,
        media: '[]',
        context: '{}',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await r.store
      .insertInto('triages')
      .values({
        post_id: id,
        language: 'en',
        sentiment: 'negative',
        score: -0.5,
        code: 'packaging.damage',
        codes: ['packaging.damage'],
        severity: 1,
        confidence: 0.9,
        opt_out: false,
        reasons: '[]',
        taxonomy_hash: 'x',
      })
      .execute()
    await r.store
      .updateTable('cases')
      .set({ needs_draft_since: new Date() })
      .where('id', '=', caseId)
      .execute()
    return id
  }
})

describe('two answers to one post', () => {
  it('are never sent, whoever approved the second', async () => {
    const r = await quickRig()
    const { draftId, caseId, postId, externalId } = await prepare(r)
    await publish(r, draftId)
    const again = await draft(r.store, caseId, postId, { answer: 'Other words entirely.' })
    expect((await publish(r, again)).outcome).toBe('returned')
    expect((await draftRow(r.store, again)).decision_note).toMatch(/answered (this post )?already/)
    // Nor where our timeline keeps silent about the first.
    r.box.x.control.deletePost(answersTo(r.box, externalId)[0]?.id as string)
    await r.store.updateTable('drafts').set({ state: 'approved' }).where('id', '=', again).execute()
    expect((await publish(r, again)).outcome).toBe('returned')
    expect((await draftRow(r.store, again)).decision_note).toMatch(/answered already/)
    expect(writes(r.box)).toHaveLength(1)
  })

  it('of two cases of two people with the same words are both sent', async () => {
    const r = await quickRig()
    const one = await prepare(r, { author: 'a' })
    const two = await prepare(r, { author: 'b' })
    const both = [await publish(r, one.draftId), await publish(another(r), two.draftId)]
    expect(both.map((each) => each.outcome)).toEqual(['sent', 'sent'])
  })
})
