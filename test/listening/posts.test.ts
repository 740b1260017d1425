import { describe, expect, it } from 'vitest'
import { triagePosts } from '../../src/cases/index.ts'
import type { NewPost } from '../../src/store/posts.ts'
import { storePosts } from '../../src/store/posts.ts'
import { createTriage, loadTaxonomy } from '../../src/triage/index.ts'
import { TRIAGE_CACHE } from '../support/triage-cache.ts'
import { BRAND, complain, connect, mangling, pollAll, pollNow, rig, sourceOf, storedIds } from './support.ts'

const triage = createTriage(loadTaxonomy('templates/taxonomy.yaml'), { cacheDir: TRIAGE_CACHE })
const SEARCH = { searches: [{ name: 'brand', query: 'hinata OR ひなた' }] }

function storedPost(store: Awaited<ReturnType<typeof rig>>['store'], id: string) {
  return store.selectFrom('posts').selectAll().where('external_id', '=', id).executeTakeFirstOrThrow()
}

function post(externalId: string, more: Partial<NewPost> = {}): NewPost {
  return {
    externalId,
    author: { id: `author-${externalId}`, username: 'a', name: null, followers: null },
    text: 'late again',
    createdAt: new Date(),
    conversationId: null,
    replyToId: null,
    quotedId: null,
    repostOfId: null,
    editOfId: null,
    summoned: true,
    own: false,
    media: [],
    context: {},
    ...more,
  }
}

describe('what is heard on X', () => {
  it('our own posts and reposts are stored but never become cases', async () => {
    const r = await rig(SEARCH)
    const complaint = r.box.x.control.post({
      author: 'mika',
      text: 'hinata, my parcel was crushed and the book is ruined',
    })
    const own = r.box.x.control.post({
      author: BRAND,
      text: `hinata: we are sorry that parcels are late. @${BRAND}`,
    })
    const repost = r.box.x.control.repost('fan', complaint)
    await pollAll(r)
    expect(await storedIds(r.store)).toEqual([complaint, own, repost])
    expect(await storedPost(r.store, own)).toMatchObject({ own: true, summoned: false })
    expect((await storedPost(r.store, repost)).repost_of_id).toBe(complaint)
    const ids = await r.store.selectFrom('posts').select('id').execute()
    await triagePosts(
      r.store,
      triage,
      ids.map((row) => row.id),
    )
    const inCases = await r.store
      .selectFrom('posts')
      .select('external_id')
      .where('case_id', 'is not', null)
      .execute()
    expect(inCases).toEqual([{ external_id: complaint }])
  })

  it('a post found by mentions and by a search at the same time is stored once', async () => {
    const r = await rig(SEARCH)
    const ids = Array.from({ length: 120 }, (_, i) =>
      r.box.x.control.post({ author: `a${i}`, text: `@${BRAND} hinata parcel ${i} is late` }),
    )
    await pollAll(r)
    expect(await storedIds(r.store)).toEqual(ids)
    expect(await sourceOf(r.store, 'x:search:brand')).toMatchObject({ state: 'ok', since_id: ids.at(-1) })
  })

  it('summons us by a mention or by quoting a post of ours, and by nothing else', async () => {
    const r = await rig(SEARCH)
    const { control } = r.box.x
    const ours = control.post({ author: BRAND, text: 'New films to rent this week.' })
    const theirs = control.post({ author: 'paper', text: 'A day at the fair.' })
    const summoned = [
      control.post({ author: 'a', text: `@${BRAND} it is broken` }),
      control.post({ author: 'b', text: `it is broken, @${BRAND.toUpperCase()}` }),
      control.post({ author: 'c', text: 'hinata, this film stutters', quoted: ours }),
      control.post({ author: 'd', text: 'hinata, mine too', inReplyTo: ours }),
    ]
    const not = [
      control.post({ author: 'e', text: 'ひなたの箱、またつぶれてた' }),
      control.post({ author: 'f', text: 'hinata was there as well', quoted: theirs }),
      control.post({ author: 'g', text: 'hinata, hm', inReplyTo: theirs }),
    ]
    await pollAll(r)
    for (const id of summoned) expect((await storedPost(r.store, id)).summoned).toBe(true)
    for (const id of not) expect((await storedPost(r.store, id)).summoned).toBe(false)
    expect((await storedPost(r.store, summoned[2] as string)).context).toEqual({
      quotes: { id: ours, text: 'New films to rent this week.', author: BRAND },
    })
    expect((await storedPost(r.store, not[2] as string)).context).toMatchObject({
      repliesTo: { author: 'paper' },
    })
  })

  it('keeps the words as they were written, and the pictures', async () => {
    const r = await rig()
    const text = `@${BRAND} 3 < 5 & "so" &lt; 🍎 𠮷野家`
    const media = [{ file: 'bent-book.svg', alt: 'a bent book', width: 10, height: 10 }]
    const id = r.box.x.control.post({ author: 'a', text, media })
    await pollAll(r)
    const stored = await storedPost(r.store, id)
    expect(stored.text.startsWith(text)).toBe(true)
    expect(stored.media).toEqual([
      { kind: 'photo', url: expect.stringContaining('/media/bent-book.svg'), alt: 'a bent book' },
    ])
  })

  it('an edit takes the place of the older versions, in whatever order they are heard', async () => {
    const r = await rig()
    const first = r.box.x.control.post({ author: 'a', text: `@${BRAND} my parcel is late` })
    await pollAll(r)
    const second = r.box.x.control.editPost(first, `@${BRAND} my parcel is late and crushed`)
    await pollAll(r)
    const third = r.box.x.control.editPost(second, `@${BRAND} my parcel is late, crushed and wet`)
    await pollAll(r)
    const versions = async () =>
      (
        await r.store
          .selectFrom('posts')
          .select(['external_id', 'superseded_by'])
          .orderBy('external_id')
          .execute()
      ).map((row) => [row.external_id, row.superseded_by])
    expect(await versions()).toEqual([
      [first, third],
      [second, third],
      [third, null],
    ])
    await r.store.deleteFrom('posts').where('external_id', '=', second).execute()
    await r.store
      .transaction()
      .execute((trx) => storePosts(trx, 'x', 'x:mentions', [post(second, { editOfId: first })]))
    expect(await versions()).toEqual([
      [first, third],
      [second, third],
      [third, null],
    ])
  })

  it('an entry that can not be read is put aside and passed by; the rest goes on, and it is paid for', async () => {
    const r = await rig()
    const ids = complain(r.box, 5)
    const origin = await mangling(r.box, (request, reply) => {
      if (!request.url?.includes('/mentions')) return reply
      const body = JSON.parse(reply.body)
      // Newest first: the newest and the oldest are broken, so the cursor must not hang on what could be read.
      body.data[0].created_at = 'yesterday'
      delete body.data[4].author_id
      body.data[2].referenced_tweets = [{ type: 'remixed', id: '7' }]
      delete body.meta.newest_id
      return { ...reply, body: JSON.stringify(body) }
    })
    await pollNow({ store: r.store, network: connect(r.box, r.store, { origin }) })
    expect(await storedIds(r.store)).toEqual(ids.slice(1, 4))
    const aside = await r.store.selectFrom('quarantine').selectAll().orderBy('id').execute()
    expect(aside.map((row) => JSON.parse(row.payload).id)).toEqual([ids[4], ids[0]])
    expect(aside[0]?.reason).toMatch(/created_at/)
    expect(aside[1]).toMatchObject({ source: 'x:mentions', reason: expect.stringMatching(/author_id/) })
    expect(await sourceOf(r.store)).toMatchObject({ state: 'ok', since_id: ids[4] })
    const paid = await r.store
      .selectFrom('api_charges')
      .select('resource')
      .where('resource', 'like', 'post:%')
      .execute()
    expect(paid.map((row) => row.resource).sort()).toEqual(ids.map((id) => `post:${id}`))
  })

  it('an author whose name did not come along keeps the one that is known', async () => {
    const r = await rig()
    complain(r.box, 1)
    await pollAll(r)
    r.box.x.control.post({ author: 'customer0', text: `@${BRAND} still late` })
    const origin = await mangling(r.box, (_, reply) => {
      const { includes: _gone, ...body } = JSON.parse(reply.body)
      return { ...reply, body: JSON.stringify(body) }
    })
    await pollNow({ store: r.store, network: connect(r.box, r.store, { origin }) })
    expect(await r.store.selectFrom('authors').select('username').execute()).toEqual([
      { username: 'customer0' },
    ])
    expect(await storedIds(r.store)).toHaveLength(2)
  })
})

describe('storing posts', () => {
  it('one that Postgres can not hold is put aside; the others of its page are stored', async () => {
    const r = await rig()
    const posts = [
      post('1'),
      post('nul\u0000'),
      post('2', { text: 'nul \u0000 and half \ud83d', createdAt: new Date() }),
      post('3', { createdAt: new Date(-8.64e15) }),
      post(
        'x'.repeat(20_000).replaceAll(/./g, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))),
      ),
      post('4', { author: { id: 'a', username: 'a', name: 'n\u0000', followers: 9e15 } }),
    ]
    const stored = await r.store.transaction().execute((trx) => storePosts(trx, 'x', 'x:mentions', posts))
    expect(stored).toHaveLength(3)
    expect(await storedIds(r.store)).toEqual(['1', '2', '4'])
    expect((await storedPost(r.store, '2')).text).toBe('nul � and half �')
    expect(await r.store.selectFrom('quarantine').select('reason').execute()).toHaveLength(3)
  })
})

describe('what listening costs', () => {
  it('is counted as X counts it: by resource, once a day', async () => {
    const r = await rig(SEARCH)
    const { control } = r.box.x
    const ours = control.post({ author: BRAND, text: 'hinata: new films this week.' })
    const theirs = control.post({ author: 'paper', text: 'A day at the fair.' })
    const one = control.post({ author: 'a', text: `@${BRAND} hinata parcel is late` })
    control.post({ author: 'b', text: `@${BRAND} same here`, quoted: one })
    control.post({ author: 'c', text: 'hinata again', quoted: ours })
    control.post({ author: 'c', text: `@${BRAND} look at that`, quoted: theirs })
    control.post({ author: 'd', text: `@${BRAND} thanks`, inReplyTo: ours })
    // One after the other, since the first to read a post that both find sets its price.
    await pollNow(r)
    await pollNow(r, 'x:search:brand')
    control.post({ author: 'a', text: `@${BRAND} still nothing` })
    await pollNow(r)
    await pollNow(r, 'x:search:brand')
    const kindOf = { ownedRead: 'mention.read', postRead: 'post.read', userRead: 'user.read' } as Record<
      string,
      string
    >
    const billed = control
      .charges()
      .map((charge) => `${kindOf[charge.kind]} ${charge.resource} ${charge.costMicroUsd}`)
    const metered = (await r.store.selectFrom('api_charges').selectAll().execute()).map(
      (charge) => `${charge.kind} ${charge.resource} ${charge.micro_usd}`,
    )
    expect(billed.length).toBeGreaterThan(10)
    expect(metered.sort()).toEqual(billed.sort())
  })
})
