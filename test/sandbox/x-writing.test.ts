import { describe, expect, it } from 'vitest'
import { rejection, sandbox, xClient } from './support.ts'

describe("posting on the sandbox's X", () => {
  it('puts a summoned reply under the post it answers', async () => {
    const box = await sandbox()
    const id = box.x.control.post({ author: 'kumi', text: '@hinata_shop まだ届きません' })
    const { data } = await xClient(box).reply('ご迷惑をおかけしております。', id)
    expect(data.text).toBe('@kumi ご迷惑をおかけしております。')
    expect(box.x.control.timeline()).toMatchObject([
      {
        id: data.id,
        displayText: 'ご迷惑をおかけしております。',
        inReplyTo: id,
        inReplyToAuthor: 'kumi',
        viaApi: true,
      },
    ])
    const own = await xClient(box).userTimeline(box.x.userId, {
      'tweet.fields': ['referenced_tweets', 'conversation_id'],
    })
    expect(own.tweets[0]).toMatchObject({
      conversation_id: id,
      referenced_tweets: [{ type: 'replied_to', id }],
    })
  })

  it('lets itself be summoned by a quote and by an answer to a post of ours', async () => {
    const box = await sandbox()
    const ours = box.x.control.post({ author: 'hinata_shop', text: 'Film week!' })
    const quote = box.x.control.post({ author: 'kt', text: 'Mine stalls', quoted: ours })
    const answer = box.x.control.post({ author: 'gus', text: 'mine too', inReplyTo: ours })
    const client = xClient(box)
    for (const id of [quote, answer])
      expect((await client.reply('Sorry to hear that.', id)).data.id).toBeTruthy()
  })

  it('refuses to answer somebody who did not summon us, unless the app is an enterprise one', async () => {
    const box = await sandbox()
    const id = box.x.control.post({ author: 'nagare', text: 'ひなたの箱あけたら本が…' })
    const error = await rejection(xClient(box).reply('申し訳ございません。', id))
    expect(error).toMatchObject({ code: 403, data: { title: 'Forbidden', status: 403 } })
    expect(error.data.detail).toContain('have not been mentioned')
    expect(box.x.control.timeline()).toEqual([])

    box.x.control.setEnterprise(true)
    expect((await xClient(box).reply('申し訳ございません。', id)).data.id).toBeTruthy()
  })

  it('refuses the same words twice to one person, not to two', async () => {
    const box = await sandbox()
    const ask = (author: string) => box.x.control.post({ author, text: `@hinata_shop late ${Math.random()}` })
    const client = xClient(box)
    await client.reply('We are looking into it.', ask('a'))
    await client.reply('We are looking into it.', ask('b'))
    const error = await rejection(client.reply('We are looking into it.', ask('a')))
    expect(error).toMatchObject({ code: 403 })
    expect(error.data.detail).toBe('You are not allowed to create a Tweet with duplicate content.')
  })

  it('counts 280 weighted characters: 140 Japanese ones', async () => {
    const box = await sandbox()
    const client = xClient(box)
    expect((await client.tweet('あ'.repeat(140))).data.id).toBeTruthy()
    expect(await rejection(client.tweet('い'.repeat(141)))).toMatchObject({ code: 403 })
  })

  it('refuses a deleted target, two cashtags and malformed bodies', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const id = box.x.control.post({ author: 'a', text: '@hinata_shop hm' })
    box.x.control.deletePost(id)
    const gone = await rejection(client.reply('Sorry', id))
    expect(gone.code).toBe(403)
    expect(gone.data.detail).toContain('deleted or not visible')
    expect(await rejection(client.tweet('$AAPL and $MSFT'))).toMatchObject({ code: 403 })
    const bodies = [
      {},
      { text: 5 },
      { text: 'x', colour: 'red' },
      { text: 'x', reply: {} },
      { text: 'x', reply: { in_reply_to_tweet_id: 'abc' } },
    ]
    for (const body of bodies)
      expect(await rejection(client.post('tweets', body))).toMatchObject({ code: 400 })
    expect(box.x.control.timeline()).toEqual([])
  })

  it('deletes our own posts and nobody else’s', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const { data } = await client.tweet('oops')
    expect((await client.deleteTweet(data.id)).data.deleted).toBe(true)
    expect(box.x.control.timeline()).toEqual([])
    const other = box.x.control.post({ author: 'a', text: 'mine' })
    expect(await rejection(client.deleteTweet(other))).toMatchObject({ code: 403 })
  })

  it('shows own new posts late where it is told to', async () => {
    const box = await sandbox()
    box.x.control.setReadbackDelayMs(400)
    const client = xClient(box)
    await client.tweet('slow news')
    expect((await client.userTimeline(box.x.userId)).tweets).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 450))
    expect((await client.userTimeline(box.x.userId)).tweets).toHaveLength(1)
  })
})
