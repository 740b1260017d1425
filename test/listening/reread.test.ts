import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createReplayNetwork, rereadQuarantined } from '../../src/listening/index.ts'
import type { Store } from '../../src/store/database.ts'
import { quarantine } from '../../src/store/posts.ts'
import { retryQuarantined } from '../../src/store/quarantine.ts'
import { registerSources } from '../../src/store/sources.ts'
import { startListen } from '../../workers/listen.ts'
import type { Parts } from '../../workers/parts.ts'
import { freshDir } from '../sandbox/support.ts'
import { until } from '../support/until.ts'
import { BRAND, freshStore, pollAll, rig } from './support.ts'

const kept = (store: Store) =>
  store.selectFrom('quarantine').select(['reason', 'state', 'retried_at']).orderBy('id').execute()
const texts = async (store: Store) =>
  (await store.selectFrom('posts').select('text').orderBy('id').execute()).map((row) => row.text)

async function replay(lines: string[]) {
  const dir = freshDir()
  const file = join(dir, 'posts.ndjson')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { store } = await freshStore()
  const network = createReplayNetwork({ file, speed: null, repliesFile: join(dir, 'replies.ndjson') })
  await registerSources(store, 'replay', await network.sources())
  await pollAll({ store, network })
  return { store, network }
}

const LINE = { id: '7', author: 'a7', text: 'the parcel is late', created_at: '2026-11-21T09:30:00Z' }

describe('what was put aside', () => {
  it('is left alone until somebody asks for it', async () => {
    const { store, network } = await replay(['{"id":'])
    expect(await rereadQuarantined(store, network)).toEqual([])
    expect(await kept(store)).toMatchObject([{ state: 'kept', retried_at: null }])
  })

  it('is kept with the new reason where it still can not be read', async () => {
    const { store, network } = await replay(['{"id":'])
    await retryQuarantined(store, null, 'user:1')
    expect(await rereadQuarantined(store, network)).toEqual([])
    expect(await kept(store)).toMatchObject([
      { state: 'kept', retried_at: expect.any(Date), reason: expect.stringMatching(/^read again: not JSON/) },
    ])
  })

  it('becomes a post once it can be read, and is told of once', async () => {
    const { store, network } = await replay(['{"id":'])
    // As a reader of yesterday left it, which did not know this form yet.
    await store
      .updateTable('quarantine')
      .set({ payload: JSON.stringify(LINE) })
      .execute()
    await retryQuarantined(store, null, 'user:1')
    const [post, ...others] = await rereadQuarantined(store, network)
    expect(post).toMatchObject({ id: expect.any(Number), own: false })
    expect(others).toEqual([])
    expect(await texts(store)).toEqual(['the parcel is late'])
    expect(await kept(store)).toMatchObject([{ state: 'resolved' }])
    expect(await rereadQuarantined(store, network)).toEqual([])
  })

  it('makes no second post of one that is there already', async () => {
    const { store, network } = await replay([JSON.stringify(LINE), '{"id":'])
    await store
      .updateTable('quarantine')
      .set({ payload: JSON.stringify(LINE) })
      .execute()
    await retryQuarantined(store, null, 'user:1')
    expect(await rereadQuarantined(store, network)).toEqual([])
    expect(await texts(store)).toHaveLength(1)
    expect(await kept(store)).toMatchObject([{ state: 'resolved' }])
  })

  it('and could be read but not stored is put aside anew while Postgres still refuses it', async () => {
    const { store, network } = await replay([JSON.stringify(LINE)])
    const heard = {
      externalId: randomBytes(20_000).toString('hex'),
      author: { id: 'a1', username: 'a1', name: null, followers: null },
      text: 'too long an id',
      createdAt: '2026-11-21T09:30:00.000Z',
      conversationId: null,
      replyToId: null,
      quotedId: null,
      repostOfId: null,
      editOfId: null,
      summoned: true,
      own: false,
      media: [],
      context: {},
    }
    const [source] = await network.sources()
    const payload = JSON.stringify(heard)
    await quarantine(store, source?.id ?? '', [{ reason: 'can not be stored: index row', payload }])
    await retryQuarantined(store, null, 'user:1')
    expect(await rereadQuarantined(store, network)).toEqual([])
    expect(await kept(store)).toMatchObject([
      { state: 'resolved' },
      { state: 'kept', reason: expect.stringContaining('can not be stored') },
    ])
  })

  it('on X is read without what came along with it: the author is known by the id', async () => {
    const { store, network } = await rig()
    const entry = {
      id: '1990000000000000001',
      text: `@${BRAND} the book lies open &amp; bent`,
      author_id: '4242',
      created_at: '2026-11-21T09:30:00.000Z',
      entities: { mentions: [{ username: BRAND }] },
    }
    await quarantine(store, 'x:mentions', [
      { reason: 'text: too long', payload: JSON.stringify(entry) },
      { reason: 'no author', payload: JSON.stringify({ ...entry, author_id: undefined }) },
    ])
    await retryQuarantined(store, null, 'user:1')
    expect(await rereadQuarantined(store, network)).toHaveLength(1)
    const post = await store.selectFrom('posts').selectAll().executeTakeFirstOrThrow()
    expect(post).toMatchObject({
      source_id: 'x:mentions',
      author_id: '4242',
      text: `@${BRAND} the book lies open & bent`,
      summoned: true,
      state: 'new',
    })
    expect((await kept(store)).map((row) => row.state)).toEqual(['resolved', 'kept'])
  })

  it('is read by the worker that listens, and goes on to triage', async () => {
    const { store, network } = await replay(['{"id":'])
    await store
      .updateTable('quarantine')
      .set({ payload: JSON.stringify(LINE) })
      .execute()
    const queued: { stage: string; ids: readonly unknown[] }[] = []
    const worker = startListen({
      store,
      networks: new Map([['replay', network]]),
      queues: {
        enqueue: async (stage: string, ids: readonly unknown[]) => {
          if (ids.length > 0) queued.push({ stage, ids })
        },
      },
      config: { xPollMs: 60_000 },
    } as unknown as Parts)
    try {
      await retryQuarantined(store, null, 'user:1')
      await until('triage is asked for', () => queued.length > 0)
      const post = await store.selectFrom('posts').select('id').executeTakeFirstOrThrow()
      expect(queued).toEqual([{ stage: 'triage', ids: [post.id] }])
    } finally {
      await worker.stop()
    }
  })
})
