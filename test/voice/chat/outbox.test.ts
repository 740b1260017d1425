import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chatChannels } from '../../../src/store/chat-outbox.ts'
import { type ChatChannel, gatherNews, sendNext, tell } from '../../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { CODES, channelsOf, chatworkAt, HOOK, openCase, optionsFor, SLACK, TEAMS } from './channels.ts'
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
beforeEach(async () => {
  chats.behave = null
  chats.heard.length = 0
  chats.asked.length = 0
  for (const table of ['chat_messages', 'chat_news', 'chat_channels', 'incidents'] as const) {
    await db.store.deleteFrom(table).execute()
  }
  await db.store
    .updateTable('cases')
    .set({ opened_at: new Date(0) })
    .execute()
})

/** Ten past ten in the morning in Tokyo. */
const TEN_PAST = new Date('2026-11-20T01:10:00Z')
const later = (minutes: number) => new Date(TEN_PAST.getTime() + minutes * 60_000)

/** Makes the channels known, so that what follows is news to them. */
const know = (...given: Record<string, unknown>[]) => {
  const channels = channelsOf(...given)
  return gatherNews(db.store, channels, CODES).then(() => channels)
}

/** What came meanwhile is taken up, as if it had come at `at`. */
async function gather(channels: ChatChannel[], at = TEN_PAST) {
  const before = await db.store.selectFrom('chat_messages').select('id').execute()
  await gatherNews(db.store, channels, CODES)
  const fresh = db.store.updateTable('chat_messages').set({ created_at: at })
  await (before.length === 0
    ? fresh
    : fresh.where(
        'id',
        'not in',
        before.map(({ id }) => id),
      )
  ).execute()
}

/** Tells every channel all that it may be told at that time. */
async function tellAll(channels: ChatChannel[], at: Date, more = {}) {
  chats.clock = () => at
  for (const channel of channels) {
    while (await sendNext(db.store, channel, optionsFor(chats, more), at));
  }
}

const review = (week: string) => ({
  key: `review:${week}`,
  kind: 'review' as const,
  codes: [],
  severity: 0,
  language: null,
  postId: null,
  body: {
    title: { en: `Week ${week}`, ja: `第${week}週` },
    lines: [{ en: 'Quiet.', ja: '落ち着いています。' }],
    table: { head: [{ en: 'Code', ja: 'コード' }], rows: [['Late delivery']] },
    path: '/reviews',
  },
})

const hookBodies = () =>
  chats.heard.filter(({ path }) => path.startsWith('/hook')).map(({ body }) => JSON.parse(body))
const titles = () => hookBodies().map(({ title }) => title)

describe('a voice', () => {
  test('comes to the channels that want its code, in each chat, once', async () => {
    const channels = await know(
      { ...SLACK, departments: ['logistics'] },
      { ...TEAMS, codes: ['item.*'] },
      { ...HOOK, departments: ['quality'], codes: ['delivery.*'] },
      { ...chatworkAt(chats), languages: ['ja'] },
    )
    const { caseId } = await openCase(db.store, { text: 'Where is my parcel?' })
    await gather(channels)
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    await tellAll(channels, later(1))
    expect(chats.heard.map(({ path }) => path)).toEqual(['/services/T1/B1/secret', '/hook?team=a'])
    expect(hookBodies()).toMatchObject([
      {
        kind: 'voice',
        title: 'Voice: Late delivery',
        quote: 'Where is my parcel?',
        url: `https://desk.example/cases/${caseId}`,
      },
    ])
  })

  test('leaves without personal data, and without the name of anybody on the network', async () => {
    const channels = await know(HOOK, chatworkAt(chats))
    await openCase(db.store, {
      text: '@taro_99 電話は090-1234-5678、メールはhanako@mail.example.jpです。荷物が届きません。＠hinata_shop 注文はord_5001-1、山本花子より',
      name: '山本花子',
      language: 'ja',
    })
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(chats.heard).toHaveLength(2)
    for (const { body } of chats.heard) {
      const text = new URLSearchParams(body).get('body') ?? body
      expect(text).toContain('荷物が届きません')
      expect(text).not.toMatch(/[[［]handle[\]］] 電話/)
      expect(text).not.toMatch(/090|1234|hanako|taro|hinata_shop|5001|山本/)
    }
  })

  test('that its author deleted meanwhile leaves without its words', async () => {
    const channels = await know(HOOK)
    const { postId } = await openCase(db.store, { text: 'Soon gone' })
    await gather(channels)
    await db.store.updateTable('posts').set({ deleted_at: new Date() }).where('id', '=', postId).execute()
    await tellAll(channels, TEN_PAST)
    expect(hookBodies()).toMatchObject([{ quote: null, lines: ['Its author has deleted the post.'] }])
    const kept = await db.store.selectFrom('chat_news').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain('Soon gone')
  })

  test('of abuse leaves without its words, which are for the desk only', async () => {
    const channels = await know(HOOK)
    await openCase(db.store, { text: 'Foul words', code: 'conduct.abuse' })
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(hookBodies()).toMatchObject([{ quote: null, lines: ['Its words are shown at the desk only.'] }])
  })

  test('from before the channel was known is not told', async () => {
    await openCase(db.store, { text: 'long ago' })
    const channels = await know(HOOK)
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(chats.heard).toEqual([])
  })

  test('told twice by those who tell, or by two processes at once, is told once', async () => {
    const channels = await know(HOOK)
    await openCase(db.store)
    await Promise.all([gatherNews(db.store, channels, CODES), gatherNews(db.store, channels, CODES)])
    await db.store.updateTable('chat_messages').set({ created_at: TEN_PAST }).execute()
    const [hook] = channels as [ChatChannel]
    chats.clock = () => TEN_PAST
    await Promise.all([1, 2, 3].map(() => sendNext(db.store, hook, optionsFor(chats), TEN_PAST)))
    await tellAll(channels, later(1))
    expect(hookBodies()).toHaveLength(1)
  })
})

describe('so that a channel stays readable', () => {
  test('only so many voices an hour come one by one, the rest is one line when the hour is over', async () => {
    const channels = await know({ ...HOOK, voicesPerHour: 3 }, { ...chatworkAt(chats), voicesPerHour: 0 })
    for (let i = 0; i < 17; i++) {
      const code = i < 14 ? 'delivery.late' : 'site.bug'
      await openCase(db.store, { text: `Voice number ${i}`, code })
    }
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    await tellAll(channels, later(49))
    expect(titles()).toEqual(Array(3).fill('Voice: Late delivery'))
    await tellAll(channels, later(50))
    await tellAll(channels, later(55))
    expect(titles().slice(3)).toEqual(['… and 14 more voices, 10:10–11:00: Late delivery 11, site.bug 3'])
    const chatwork = chats.heard.filter(({ path }) => path.startsWith('/v2/'))
    expect(chatwork.map(({ body }) => new URLSearchParams(body).get('body')).join()).toContain(
      'ほかに17件の声（10:10～11:00）：配送の遅れ 14、site.bug 3',
    )
    expect(chatwork).toHaveLength(1)
  })

  test('the same words are not told again, but are counted', async () => {
    const channels = await know(HOOK)
    for (const text of ['Late again!', 'late  again!', 'LATE AGAIN!', 'Something else']) {
      await openCase(db.store, { text })
    }
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(hookBodies().map(({ quote }) => quote)).toEqual(['Late again!', 'Something else'])
    await tellAll(channels, later(60))
    expect(titles().at(-1)).toBe('… and 2 more voices, 10:10–11:00: Late delivery 2')
  })

  test('danger comes first, one by one, whatever the limit and however often it is said', async () => {
    const channels = await know({ ...HOOK, voicesPerHour: 1 })
    await openCase(db.store, { text: 'late' })
    await openCase(db.store, { text: 'late, too' })
    for (const text of ['It caught fire', 'My son got hurt', 'It caught fire']) {
      await openCase(db.store, { text, code: 'item.safety', severity: 3 })
    }
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(titles()).toEqual([...Array(3).fill('Danger: Danger to health'), 'Voice: Late delivery'])
  })

  test('nothing but danger comes in quiet hours, and what came meanwhile is summed up after them', async () => {
    const quietHours = { timeZone: 'Asia/Tokyo', from: '22:00', to: '10:30', exceptSeverity: 3 }
    const channels = await know({ ...HOOK, quietHours })
    await openCase(db.store, { text: 'late' })
    await openCase(db.store, { text: 'smoke', code: 'item.safety', severity: 3 })
    await gather(channels, later(-300))
    await tellAll(channels, TEN_PAST)
    expect(titles()).toEqual(['Danger: Danger to health'])
    await tellAll(channels, later(20))
    expect(titles().slice(1)).toEqual(['… and 1 more voice, 05:10–10:00: Late delivery 1'])
  })
})

describe('a channel that is down', () => {
  test('holds up no other, loses nothing, and is told by itself when it is back', async () => {
    const channels = await know(HOOK, SLACK)
    await openCase(db.store, { text: 'one' })
    await gather(channels)
    chats.behave = (heard, response) => {
      if (heard.path.startsWith('/services/')) chats.heard.push(heard)
      response.writeHead(heard.path.startsWith('/services/') ? 200 : 500).end()
    }
    await tellAll(channels, TEN_PAST)
    expect(chats.heard.map(({ path }) => path)).toEqual(['/services/T1/B1/secret'])
    const [hook, slack] = await chatChannels(db.store)
    expect(hook).toMatchObject({
      name: 'hook',
      waiting: 1,
      problem: 'it is out of order (HTTP 500)',
      ok_at: null,
    })
    expect(slack).toMatchObject({ name: 'slack', waiting: 0, problem: null, ok_at: TEN_PAST })
    // It rests, longer and longer.
    chats.asked.length = 0
    await tellAll(channels, new Date(TEN_PAST.getTime() + 4000))
    expect(chats.asked).toEqual([])
    await tellAll(channels, later(0.2))
    await tellAll(channels, later(0.3))
    expect(chats.asked).toHaveLength(1)
    chats.behave = null
    await tellAll(channels, later(10))
    expect(hookBodies()).toMatchObject([{ quote: 'one' }])
    expect((await chatChannels(db.store))[0]).toMatchObject({ problem: null, waiting: 0 })
  })

  test('sends the same id again where nobody knows whether it came', async () => {
    const channels = await know(HOOK)
    await openCase(db.store)
    await gather(channels)
    // Taken, but the answer is lost.
    chats.behave = (heard, response) => {
      chats.heard.push(heard)
      response.destroy()
    }
    await tellAll(channels, TEN_PAST)
    chats.behave = null
    await tellAll(channels, later(1))
    const [first, second] = chats.heard
    expect(chats.heard).toHaveLength(2)
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
    expect(second?.headers['kikimimi-signature']).toBeDefined()
  })

  test('is asked again when it said, and not before', async () => {
    const channels = await know(SLACK)
    await openCase(db.store)
    await gather(channels)
    chats.behave = (_, response) => response.writeHead(429, { 'retry-after': '600' }).end()
    await tellAll(channels, TEN_PAST)
    chats.behave = null
    await tellAll(channels, later(9.9))
    expect(chats.heard).toEqual([])
    await tellAll(channels, later(10.1))
    expect(chats.heard).toHaveLength(1)
  })

  test('refuses one message: the others go on, and it is given up after more than a day', async () => {
    const channels = await know(HOOK)
    await db.store.transaction().execute((trx) => tell(trx, review('poison')))
    await openCase(db.store, { text: 'fine' })
    await gather(channels)
    chats.behave = (heard, response) => {
      const bad = heard.body.includes('poison')
      if (!bad) chats.heard.push(heard)
      response.writeHead(bad ? 422 : 200).end()
    }
    for (const minute of [0, 1, 3, 20, 120, 600]) await tellAll(channels, later(minute))
    expect((await chatChannels(db.store))[0]).toMatchObject({
      waiting: 1,
      problem: 'it was refused (HTTP 422)',
    })
    await tellAll(channels, later(2200))
    expect(hookBodies()).toMatchObject([{ quote: 'fine' }])
    expect(chats.asked).toHaveLength(8)
    expect((await chatChannels(db.store))[0]).toMatchObject({
      waiting: 0,
      error: 'it was refused (HTTP 422)',
    })
    const failed = await db.store
      .selectFrom('chat_messages')
      .selectAll()
      .where('state', '=', 'failed')
      .execute()
    expect(failed).toMatchObject([{ attempts: 7 }])
  })

  test('is taken out of the file: nothing is shown of it any more', async () => {
    await know(HOOK, SLACK)
    await know(SLACK)
    expect((await chatChannels(db.store)).map(({ name }) => name)).toEqual(['slack'])
    await know()
    expect(await chatChannels(db.store)).toEqual([])
  })
})

describe('news', () => {
  test('of a failure of ours come when it begins and when it is over', async () => {
    const channels = await know(
      { ...HOOK, departments: ['engineering'], language: 'ja' },
      { ...SLACK, tells: ['voice'] },
    )
    const owner = { ...CODES, ownerOf: (code: string) => (code.startsWith('streaming') ? 'engineering' : '') }
    const incident = {
      dimension: 'title' as const,
      value: '夜の海',
      began_at: new Date(),
      opened_at: new Date(),
      last_seen_at: new Date(),
      baseline: 0.01,
      sessions: 40,
      affected: 30,
      never_started: 3,
      customers: 25,
    }
    const { id } = await db.store
      .insertInto('incidents')
      .values(incident)
      .returning('id')
      .executeTakeFirstOrThrow()
    await gatherNews(db.store, channels, owner)
    await tellAll(channels, TEN_PAST)
    await db.store.updateTable('incidents').set({ closed_at: new Date() }).where('id', '=', id).execute()
    await gatherNews(db.store, channels, owner)
    await gatherNews(db.store, channels, owner)
    await tellAll(channels, later(1))
    expect(titles()).toEqual([
      '配信障害が発生しています：作品「夜の海」',
      '配信障害は解消しました：作品「夜の海」',
    ])
    expect(hookBodies()[0]).toMatchObject({ url: `https://desk.example/streaming/incidents/${id}` })
    expect(chats.heard).toHaveLength(2)
  })

  test('go out with the transaction that tells them, and not without it', async () => {
    const channels = await know({ ...HOOK, minSeverity: 2 })
    await expect(
      db.store.transaction().execute(async (trx) => {
        await tell(trx, review('46'))
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    const told = await db.store
      .transaction()
      .execute(async (trx) => [await tell(trx, review('47')), await tell(trx, review('47'))])
    expect(told).toEqual([true, false])
    await gather(channels)
    await tellAll(channels, TEN_PAST)
    expect(hookBodies()).toMatchObject([
      { title: 'Week 47', table: { head: ['Code'], rows: [['Late delivery']] } },
    ])
  })
})
