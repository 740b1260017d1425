import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatChannels } from '../../../src/store/chat-outbox.ts'
import { gatherNews } from '../../../src/voice/index.ts'
import { startChat } from '../../../workers/chat.ts'
import type { Parts } from '../../../workers/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { until } from '../../support/until.ts'
import { CODES, channelsOf, HOOK, openCase, SLACK, secretsOf } from './channels.ts'
import { type ChatServers, startChatServers } from './chat-servers.ts'

let db: TestStore
let chats: ChatServers
beforeAll(async () => {
  db = await createTestStore()
  chats = await startChatServers()
})
afterAll(async () => {
  await chats.close()
  await db.close()
})

test('a channel that never answers keeps no other waiting, and the worker stops all the same', async () => {
  const channels = channelsOf(HOOK, SLACK)
  await gatherNews(db.store, channels, CODES)
  for (const text of ['first', 'second', 'third']) await openCase(db.store, { text })
  chats.behave = ({ path, ...rest }, response) => {
    if (path.startsWith('/hook')) return
    chats.heard.push({ path, ...rest })
    response.writeHead(200).end('ok')
  }
  const parts = {
    store: db.store,
    chat: { channels, codes: CODES, publicUrl: 'https://desk.example' },
    config: { chat: { secrets: secretsOf(chats), privateHosts: [chats.host] } },
    replies: { brand: { timeZone: 'Asia/Tokyo' } },
  } as unknown as Parts
  const worker = startChat(parts)
  try {
    await until(
      'Slack was told all three',
      async () =>
        (await chatChannels(db.store)).find(({ name }) => name === 'slack')?.ok_at && chats.heard[2],
      12_000,
    )
    expect(chats.asked.filter(({ path }) => path.startsWith('/hook'))).toHaveLength(1)
    expect(worker.health()).toEqual({ ok: true })
    expect((await chatChannels(db.store)).find(({ name }) => name === 'hook')).toMatchObject({ waiting: 3 })
  } finally {
    const asked = Date.now()
    await worker.stop()
    expect(Date.now() - asked).toBeLessThan(2000)
  }
  // That we did not wait for it is no problem of its own.
  expect((await chatChannels(db.store))[0]).toMatchObject({ waiting: 3, problem: null })
})
