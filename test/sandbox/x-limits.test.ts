import { describe, expect, it } from 'vitest'
import { rejection, sandbox, xClient } from './support.ts'

describe("the limits and the bill of the sandbox's X", () => {
  it('counts requests per endpoint and caller, and answers 429 with the time to come back', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const first = await client.userMentionTimeline(box.x.userId)
    expect(first.rateLimit).toMatchObject({ limit: 300, remaining: 299 })
    expect((await xClient(box, 'bearer').userMentionTimeline(box.x.userId)).rateLimit.limit).toBe(450)
    const made = await client.post('tweets', { text: 'hi' }, { fullResponse: true })
    expect(made.rateLimit).toMatchObject({ limit: 100, remaining: 99 })

    box.x.control.setLimits({ mentions: { user: 2, app: 2 } }, 500)
    for (let i = 0; i < 2; i += 1) await client.userMentionTimeline(box.x.userId)
    const error = await rejection(client.userMentionTimeline(box.x.userId))
    expect(error).toMatchObject({ code: 429, rateLimitError: true, rateLimit: { limit: 2, remaining: 0 } })
    expect(error.data).toMatchObject({ title: 'Too Many Requests', status: 429 })
    expect(error.rateLimit.reset).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000))
    expect((await client.search('hinata')).meta.result_count).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 550))
    expect((await client.userMentionTimeline(box.x.userId)).rateLimit.remaining).toBe(1)
  })

  it('charges each post and user once a day, at the price of how it was reached', async () => {
    const box = await sandbox()
    const client = xClient(box)
    box.x.control.post({ author: 'a', text: '@hinata_shop one' })
    box.x.control.post({ author: 'b', text: 'hinata two' })
    const spent = () => box.x.control.charges().reduce((sum, charge) => sum + charge.costMicroUsd, 0)

    await client.userMentionTimeline(box.x.userId)
    expect(spent()).toBe(1_000)
    await client.userMentionTimeline(box.x.userId)
    expect(spent()).toBe(1_000)
    await client.search('hinata')
    expect(spent()).toBe(6_000)
    await client.search('hinata', { expansions: ['author_id'] })
    expect(spent()).toBe(16_000)
  })

  it('charges posts by what they are: plain, with a link, an answer to a summons', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const id = box.x.control.post({ author: 'a', text: '@hinata_shop one' })
    await client.tweet('plain')
    await client.tweet('with a link https://example.com/help')
    await client.reply('see https://example.com/help', id)
    expect(box.x.control.charges().map((charge) => charge.costMicroUsd)).toEqual([15_000, 200_000, 10_000])
  })

  it('blocks every request with 402 once the credit is used up, until it is topped up', async () => {
    const box = await sandbox()
    const client = xClient(box)
    box.x.control.setCredit(10_000)
    await client.tweet('the last one')
    for (const call of [client.userMentionTimeline(box.x.userId), client.tweet('one more')])
      expect(await rejection(call)).toMatchObject({ code: 402, data: { title: 'CreditsDepleted' } })
    box.x.control.setCredit(1_000_000)
    expect((await client.tweet('back again')).data.id).toBeTruthy()
  })
})
