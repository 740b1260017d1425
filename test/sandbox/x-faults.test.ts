import { describe, expect, it } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, rejection, sandbox, xClient } from './support.ts'

describe("faults on the wire of the sandbox's X", () => {
  it('a connection dropped before the write leaves nothing behind', async () => {
    const box = await sandbox()
    box.x.control.inject({ route: 'create_post', kind: 'drop-before' })
    expect(await rejection(xClient(box).tweet('hello'))).toMatchObject({ type: 'request' })
    expect(box.x.control.timeline()).toEqual([])
    expect((await xClient(box).tweet('hello')).data.id).toBeTruthy()
  })

  it('a connection dropped after the write leaves the post standing', async () => {
    const box = await sandbox()
    box.x.control.inject({ route: /^POST \/2\/tweets$/, kind: 'drop-after' })
    expect(await rejection(xClient(box).tweet('hello'))).toMatchObject({ type: 'request' })
    expect(box.x.control.timeline().map((post) => post.displayText)).toEqual(['hello'])
    expect(box.x.control.requests().map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['create_post', 0],
    ])
  })

  it('a status, an HTML page, half an answer and a delay strike as often as told', async () => {
    const box = await sandbox()
    const client = xClient(box)
    const read = () => client.userMentionTimeline(box.x.userId)
    const { inject } = box.x.control
    inject({ route: 'mentions', kind: 'status', status: 500, times: 2 })
    expect(await rejection(read())).toMatchObject({ code: 500 })
    expect(await rejection(read())).toMatchObject({ code: 500 })
    inject({ route: 'mentions', kind: 'html-503' })
    const overloaded = await rejection(read())
    expect(overloaded.code).toBe(503)
    expect(typeof overloaded.data).toBe('string')
    inject({ route: 'mentions', kind: 'garbage' })
    expect(await rejection(read())).toBeInstanceOf(Error)
    inject({ route: 'mentions', kind: 'delay', delayMs: 150 })
    const before = Date.now()
    expect((await read()).tweets).toEqual([])
    expect(Date.now() - before).toBeGreaterThanOrEqual(145)
  })
})

describe('the sandbox after a restart', () => {
  it('still has its posts, edits, deletions, bill, credentials and addresses', async () => {
    const dir = freshDir()
    const before = await startSandbox({ dir })
    const kept = before.x.control.post({ author: 'a', text: '@hinata_shop one' })
    const edited = before.x.control.editPost(kept, '@hinata_shop one!')
    const gone = before.x.control.post({ author: 'a', text: '@hinata_shop two' })
    before.x.control.deletePost(gone)
    await xClient(before).reply('Hello.', edited)
    const charges = before.x.control.charges()
    await before.close()

    const after = await sandbox({ dir })
    expect(after.x.apiKey).toBe(before.x.apiKey)
    expect(after.x.ca).toBe(before.x.ca)
    expect(after.x.origin).toBe(before.x.origin)
    expect(after.web.origin).toBe(before.web.origin)
    expect((await xClient(after).userMentionTimeline(after.x.userId)).tweets.map((post) => post.id)).toEqual([
      edited,
    ])
    expect(after.x.control.timeline()).toMatchObject([{ displayText: 'Hello.', inReplyTo: edited }])
    expect(after.x.control.charges().slice(0, charges.length)).toEqual(charges)
    expect(BigInt(after.x.control.post({ author: 'a', text: 'new' }))).toBeGreaterThan(BigInt(edited))
  })
})
