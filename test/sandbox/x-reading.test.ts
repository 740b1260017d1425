import { describe, expect, it } from 'vitest'
import { rejection, sandbox, xClient } from './support.ts'

const ALL_FIELDS = {
  expansions: ['author_id', 'referenced_tweets.id', 'attachments.media_keys'] as const,
  'tweet.fields': ['created_at', 'lang', 'entities', 'conversation_id', 'public_metrics'] as const,
  'media.fields': ['url', 'alt_text'] as const,
}

describe("reading from the sandbox's X", () => {
  it('gives ids that a JavaScript number cannot hold and that grow in time', async () => {
    const { x } = await sandbox()
    const ids = Array.from({ length: 50 }, (_, i) => x.control.post({ author: 'a', text: `post ${i}` }))
    expect(Number.isSafeInteger(Number(ids[0]))).toBe(false)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(50)
  })

  it('returns only the default fields until others are asked for', async () => {
    const box = await sandbox()
    const image = { file: 'bent-book.svg', alt: 'a book', width: 10, height: 10 }
    const id = box.x.control.post({
      author: 'kumi',
      text: '@hinata_shop 箱が😭つぶれてた & 悲しい',
      media: [image],
    })

    const bare = await xClient(box).userMentionTimeline(box.x.userId)
    expect(Object.keys(bare.tweets[0] ?? {}).sort()).toEqual(['edit_history_tweet_ids', 'id', 'text'])
    expect(bare.includes.users).toEqual([])

    const full = await xClient(box).userMentionTimeline(box.x.userId, ALL_FIELDS as never)
    const [post] = full.tweets
    expect(post).toMatchObject({ id, lang: 'ja', conversation_id: id, public_metrics: { reply_count: 0 } })
    expect(post?.text).toContain('つぶれてた &amp; 悲しい https://t.co/')
    expect(post?.entities?.mentions[0]).toMatchObject({
      start: 0,
      end: 12,
      username: 'hinata_shop',
      id: box.x.userId,
    })
    expect(full.includes.author(post as never)?.username).toBe('kumi')
    const url = full.includes.media[0]?.url ?? ''
    expect((await fetch(url)).headers.get('content-type')).toBe('image/svg+xml')
  })

  it('pages through mentions newest first, and since_id brings only what is new', async () => {
    const box = await sandbox()
    const ids = Array.from({ length: 12 }, (_, i) =>
      box.x.control.post({ author: 'a', text: `@hinata_shop ${i}` }),
    )
    box.x.control.post({ author: 'a', text: 'not about anybody' })

    const client = xClient(box)
    const page = await client.userMentionTimeline(box.x.userId, { max_results: 5 })
    expect(page.tweets.map((post) => post.id)).toEqual(ids.slice(7).reverse())
    expect(page.meta).toMatchObject({ result_count: 5, newest_id: ids[11], oldest_id: ids[7] })
    await page.fetchNext()
    await page.fetchNext()
    expect(page.tweets.map((post) => post.id)).toEqual([...ids].reverse())
    expect(page.done).toBe(true)

    const later = await client.userMentionTimeline(box.x.userId, { since_id: ids[9], max_results: 5 })
    expect(later.tweets.map((post) => post.id)).toEqual([ids[11], ids[10]])
    const until = await client.userMentionTimeline(box.x.userId, { until_id: ids[2] })
    expect(until.tweets.map((post) => post.id)).toEqual([ids[1], ids[0]])
    const none = await client.userMentionTimeline(box.x.userId, { since_id: ids[11] })
    expect(none.tweets).toEqual([])
    expect(none.meta.result_count).toBe(0)
  })

  it('reaches back 800 mentions and not one more', async () => {
    const box = await sandbox({ limits: 'raised' })
    const first = box.x.control.post({ author: 'a', text: '@hinata_shop the oldest' })
    for (let i = 0; i < 800; i += 1) box.x.control.post({ author: 'a', text: `@hinata_shop ${i}` })
    const all = await xClient(box).userMentionTimeline(box.x.userId, { max_results: 100 })
    await all.fetchLast(5000)
    expect(all.tweets).toHaveLength(800)
    expect(all.tweets.map((post) => post.id)).not.toContain(first)
  })

  it('refuses max_results out of range, unknown fields and unknown parameters with 400', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const wrong = [
      [client.userMentionTimeline(box.x.userId, { max_results: 4 }), '[4] is not between 5 and 100'],
      [client.userMentionTimeline(box.x.userId, { max_results: 101 }), '[101] is not between 5 and 100'],
      [client.search('a', { max_results: 5 }), '[5] is not between 10 and 100'],
      [
        client.userMentionTimeline(box.x.userId, { 'tweet.fields': 'colour' as never }),
        '[colour] is not one of',
      ],
      [client.get(`users/${box.x.userId}/mentions`, { page: 2 }), '[page] is not one of'],
      [client.userMentionTimeline(box.x.userId, { pagination_token: 'xyz' }), '[xyz] is not valid'],
    ] as const
    for (const [call, message] of wrong) {
      const error = await rejection(call)
      expect(error).toMatchObject({ code: 400, data: { title: 'Invalid Request' } })
      expect(error.data.errors[0]?.message).toContain(message)
    }
  })

  it('searches words, phrases, alternatives and what to leave out', async () => {
    const box = await sandbox()
    const post = (text: string) => box.x.control.post({ author: 'a', text })
    const muttered = post('ひなたの箱がへこんでた')
    const english = post('My Hinata order is late')
    const mention = post('@hinata_shop hello')
    box.x.control.repost('b', english)

    const client = xClient(box)
    const found = async (query: string) => (await client.search(query)).tweets.map((tweet) => tweet.id)
    expect(await found('(ひなた OR hinata) -is:retweet')).toEqual([english, muttered])
    expect(await found('@hinata_shop')).toEqual([mention])
    expect(await found('"order is" hinata -is:retweet')).toEqual([english])
    expect(await found('from:a -hinata lang:ja')).toEqual([muttered])
    expect(await found('hinata is:retweet')).toHaveLength(1)
    for (const query of ['-is:retweet', 'weather:cold hinata', '(hinata'])
      expect(await rejection(client.search(query))).toMatchObject({ code: 400 })
  })

  it('finds nothing older than seven days, and refuses a since_id from before that', async () => {
    const box = await sandbox()
    const old = box.x.control.post({
      author: 'a',
      text: 'hinata long ago',
      createdAt: Date.now() - 8 * 86_400_000,
    })
    const recent = box.x.control.post({ author: 'a', text: 'hinata today' })
    const client = xClient(box)
    expect((await client.search('hinata')).tweets.map((post) => post.id)).toEqual([recent])
    const error = await rejection(client.search('hinata', { since_id: old }))
    expect(error.code).toBe(400)
    expect(error.data.errors[0]?.message).toContain("'since_id' must be a tweet id created after")
  })

  it('shows an edit under a new id, and its history under every id', async () => {
    const box = await sandbox()
    const first = box.x.control.post({ author: 'a', text: '@hinata_shop orderd 2, got 1' })
    const second = box.x.control.editPost(first, '@hinata_shop ordered 2, got 1')
    const client = xClient(box)

    const mentions = await client.userMentionTimeline(box.x.userId)
    expect(mentions.tweets.map((post) => post.id)).toEqual([second])
    const old = await client.singleTweet(first)
    expect(old.data).toMatchObject({
      text: '@hinata_shop orderd 2, got 1',
      edit_history_tweet_ids: [first, second],
    })
  })

  it('names deleted posts in errors, whichever version was deleted', async () => {
    const box = await sandbox()
    const stays = box.x.control.post({ author: 'a', text: 'one' })
    const goes = box.x.control.post({ author: 'a', text: 'two' })
    const edited = box.x.control.editPost(goes, 'two!')
    box.x.control.deletePost(goes)

    const answer = await xClient(box).tweets([stays, goes, edited])
    expect(answer.data.map((post) => post.id)).toEqual([stays])
    expect(answer.errors?.map((error) => (error as { resource_id?: string }).resource_id)).toEqual([
      goes,
      edited,
    ])
    expect(answer.errors?.[0]).toMatchObject({ title: 'Not Found Error', resource_type: 'tweet' })
  })

  it('brings quoted posts and their authors along, and says so where one is gone', async () => {
    const box = await sandbox()
    const ours = box.x.control.post({ author: 'hinata_shop', text: 'Snow delays parcels.' })
    const quote = box.x.control.post({ author: 'kt', text: 'Eight days?!', quoted: ours })
    const client = xClient(box)
    const fields = { expansions: ['referenced_tweets.id', 'referenced_tweets.id.author_id'] as never }
    const before = await client.singleTweet(quote, fields)
    expect(before.data.referenced_tweets).toEqual([{ type: 'quoted', id: ours }])
    expect(before.includes?.tweets?.[0]?.text).toBe('Snow delays parcels.')
    expect(before.includes?.users?.[0]?.username).toBe('hinata_shop')
    box.x.control.deletePost(ours)
    const after = await client.singleTweet(quote, fields)
    expect(after.errors?.[0]).toMatchObject({ resource_id: ours, parameter: 'referenced_tweets.id' })
  })
})
