import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createReplayNetwork, type Network, pollSource } from '../../src/listening/index.ts'
import { registerSources } from '../../src/store/sources.ts'
import { freshDir } from '../sandbox/support.ts'
import { freshStore, pollAll, storedIds } from './support.ts'

function line(id: number | string, more: Record<string, unknown> = {}): string {
  const at = new Date(Date.UTC(2017, 9, 31, 22, 0, Number(id) || 0)).toISOString()
  return JSON.stringify({
    id,
    author: `a${id}`,
    text: `parcel ${id} is late`,
    created_at: at,
    inbound: true,
    ...more,
  })
}

async function replay(content: string | null, speed: number | null = null) {
  const dir = freshDir()
  const file = join(dir, 'posts.ndjson')
  const repliesFile = join(dir, 'replies.ndjson')
  if (content !== null) writeFileSync(file, content)
  const { store } = await freshStore()
  const open = () => createReplayNetwork({ file, speed, repliesFile })
  const network = open()
  const play = async (with_: Network = network) => {
    await registerSources(store, 'replay', await with_.sources())
    return pollAll({ store, network: with_ })
  }
  const source = () => store.selectFrom('sources').selectAll().executeTakeFirstOrThrow()
  return { file, repliesFile, store, network, open, play, source }
}

describe('a replay file', () => {
  it('is stored line by line, posts of the brand marked as our own', async () => {
    const r = await replay(`${[1, 2, 3].map((id) => line(id, { inbound: id !== 2 })).join('\n')}\n`)
    await r.play()
    const posts = await r.store
      .selectFrom('posts')
      .select(['external_id', 'own', 'summoned'])
      .orderBy('id')
      .execute()
    expect(posts).toEqual([
      { external_id: '1', own: false, summoned: true },
      { external_id: '2', own: true, summoned: false },
      { external_id: '3', own: false, summoned: true },
    ])
    expect((await r.source()).state).toBe('ended')
  })

  it('loses no good line to the bad ones, which are kept with their place', async () => {
    const bad = [
      '{"id": 1, "author": "a"',
      'null',
      line('', {}),
      JSON.stringify({ author: 'a', text: 'no id', created_at: '2017-10-31T22:00:00Z' }),
      line(7, { created_at: 'soon' }),
      line(8, { created_at: null }),
      line('nul\u0000id'),
      line('half\ud83d'),
      line(9, { text: 5 }),
      line(10, { author: null }),
      '\u0000\u0001',
    ]
    const good = [
      line(101),
      '',
      '   ',
      `${line(102)}\r`,
      line(103, { text: 'nul \u0000 half \ud83d', name: '\u0000' }),
    ]
    const r = await replay([good[0], ...bad, ...good.slice(1)].join('\n'))
    await r.play()
    expect(await storedIds(r.store)).toEqual(['101', '102', '103'])
    const aside = await r.store.selectFrom('quarantine').select('reason').orderBy('id').execute()
    expect(aside.map((row) => Number(/^posts\.ndjson:(\d+): /.exec(row.reason)?.[1]))).toEqual(
      bad.map((_, i) => i + 2),
    )
    expect(await r.source()).toMatchObject({ state: 'ended', failures: 0 })
    const third = await r.store
      .selectFrom('posts')
      .select('text')
      .where('external_id', '=', '103')
      .executeTakeFirst()
    expect(third?.text).toBe('nul � half �')
  })

  it.each([
    ['without a line end at its end', (text: string) => text],
    ['with one', (text: string) => `${text}\n`],
    ['with a byte order mark', (text: string) => `\uFEFF${text}\n`],
  ])('may come %s', async (_, shape) => {
    const r = await replay(shape(`${line(1)}\n${line(2)}`))
    await r.play()
    expect(await storedIds(r.store)).toEqual(['1', '2'])
  })

  it('may be empty', async () => {
    const r = await replay('')
    await r.play()
    expect(await storedIds(r.store)).toEqual([])
    expect((await r.source()).state).toBe('ended')
  })

  it('that is not there, or is a folder, is said before anything starts', async () => {
    const missing = await replay(null)
    await expect(missing.play()).rejects.toThrow(/--replay .*posts\.ndjson: there is no such file/)
    const folder = await replay(null)
    mkdirSync(folder.file)
    await expect(folder.play()).rejects.toThrow(/there is no such file/)
  })

  it('goes on in the middle after a restart: nothing is lost or stored twice', async () => {
    const ids = Array.from({ length: 1700 }, (_, i) => i + 1)
    // Lines of very different lengths, some over the reader's own chunk.
    const content = ids
      .map((id) => line(id, id % 400 === 0 ? { text: '長い'.repeat(49_000) } : {}))
      .join('\n')
    const r = await replay(content)
    await registerSources(r.store, 'replay', await r.network.sources())
    const before = await r.network.readPage(
      { id: 'x', network: 'replay', kind: 'replay', query: null },
      { sinceId: null, untilId: null },
    )
    expect(before.posts).toHaveLength(500)
    let pages = 0
    for (; (await r.source()).state !== 'ended'; pages++) {
      await r.store
        .updateTable('sources')
        .set({ next_poll_at: new Date(0) })
        .execute()
      // A new process for every page.
      await pollSource(r.store, r.open(), (await r.source()).id, 1000)
    }
    expect(pages).toBe(4)
    const stored = (await storedIds(r.store)).map(Number).sort((a, b) => a - b)
    expect(stored).toEqual(ids)
    const again = await r.store
      .selectFrom('posts')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirst()
    expect(Number(again?.n)).toBe(1700)
  })

  it('is paced by its own clock, times the speed, across a restart', async () => {
    // Eleven posts a second apart, ten times as fast.
    const r = await replay(Array.from({ length: 11 }, (_, i) => line(i + 1)).join('\n'), 10)
    const begin = Date.now()
    await r.play()
    expect((await storedIds(r.store)).length).toBeLessThanOrEqual(3)
    let network = r.network
    const seen: number[] = []
    while ((await r.source()).state !== 'ended' && Date.now() - begin < 5000) {
      await new Promise((wake) => setTimeout(wake, 100))
      if (seen.length === 4) network = r.open()
      await pollAll({ store: r.store, network })
      const count = (await storedIds(r.store)).length
      // Never ahead of its time.
      expect(count).toBeLessThanOrEqual(Math.floor((Date.now() - begin) / 100) + 1)
      seen.push(count)
    }
    const tookMs = Date.now() - begin
    expect(await storedIds(r.store)).toHaveLength(11)
    expect(tookMs).toBeGreaterThanOrEqual(950)
    expect(tookMs).toBeLessThan(2500)
    expect(new Set(seen).size).toBeGreaterThan(4)
  })
})

describe('replies to a replay', () => {
  it('go to a file, where any process finds them; a torn one is no reply', async () => {
    const r = await replay(line(1))
    await r.network.reply({ inReplyTo: '1', text: 'Sorry.', summoned: true, urgent: false })
    const other = r.open()
    expect(await other.ownReplies(new Date(0))).toEqual([
      { externalId: 'reply-1', inReplyTo: '1', text: 'Sorry.' },
    ])
    appendFileSync(r.repliesFile, '{"id":"reply-2","in_reply_to":"2","te')
    expect(await other.ownReplies(new Date(0))).toHaveLength(1)
    await other.reply({ inReplyTo: '2', text: 'Sorry again.', summoned: true, urgent: false })
    await r.network.reply({ inReplyTo: '3', text: 'And again.', summoned: true, urgent: false })
    for (const network of [r.network, other, r.open()]) {
      const found = await network.ownReplies(new Date(0))
      expect(found.map((reply) => reply.inReplyTo)).toEqual(['1', '2', '3'])
    }
    expect(readFileSync(r.repliesFile, 'utf8').split('\n')).toHaveLength(5)
  })

  it('that can not be read are never taken for none', async () => {
    const r = await replay(line(1))
    mkdirSync(r.repliesFile)
    expect(existsSync(r.repliesFile)).toBe(true)
    await expect(r.network.ownReplies(new Date(0))).rejects.toThrow()
  })
})
