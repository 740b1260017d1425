import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chatReason } from '../../src/desk/chat-reason.ts'
import { leaseChannel, pauseChannel, registerChannels } from '../../src/store/chat-outbox.ts'
import { bury } from '../../src/store/dead-letters.ts'
import { quarantine } from '../../src/store/posts.ts'
import { beat } from '../../src/store/sweep.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let ops: Browser
beforeAll(async () => {
  desk = await openDesk()
  ops = new Browser(desk.origin)
  await ops.signIn('ops')
})
afterAll(() => desk.close())

const auditOf = (action: string) =>
  desk.store.selectFrom('audit_log').selectAll().where('action', '=', action).orderBy('id').execute()

describe('dead letters', () => {
  test('of one queue are tried again all at once, and those of others are not', async () => {
    for (const ref of ['1', '2', '3']) await bury(desk.store, 'triage', ref, new Error('broken'), 5)
    await bury(desk.store, 'mail', '9', new Error('broken'), 5)
    await ops.get('/health')
    expect(ops.page).toContain('Retry all of Triage: 3')
    const before = desk.queued.length
    expect((await ops.post('/health/dead-letters/retry', { queue: 'triage' })).status).toBe(303)
    expect(desk.queued.slice(before)).toEqual([
      { stage: 'triage', ids: expect.arrayContaining(['1', '2', '3']) },
    ])
    const rows = await desk.store.selectFrom('dead_letters').select(['queue', 'state']).execute()
    expect(rows.filter((row) => row.state === 'dead')).toEqual([{ queue: 'mail', state: 'dead' }])
    expect((await auditOf('dead-letter.retried')).at(-1)).toMatchObject({
      subject: 'dead-letters:triage',
      detail: { count: 3 },
    })
    await ops.get('/health')
    expect((await ops.post('/health/dead-letters/retry', { queue: 'no-such' })).status).toBe(400)
  })
})

describe('what could not be read', () => {
  test('is asked to be read again, one entry or all; reports of players are not', async () => {
    await quarantine(desk.store, 'x:mentions', [
      { reason: 'no id', payload: '{}' },
      { reason: 'no text', payload: '{}' },
    ])
    await quarantine(desk.store, 'cmcd:s1', [{ reason: 'line 1', payload: 'zz' }])
    await ops.get('/health')
    expect(ops.page).toContain('Read all again: 2')
    expect(ops.page).toContain('Players&#39; reports are not read again')
    const rows = () =>
      desk.store.selectFrom('quarantine').select(['id', 'source', 'state']).orderBy('id').execute()
    const [first, , cmcd] = await rows()
    expect(ops.page).not.toContain(`/health/quarantine/${cmcd?.id}/retry`)
    await ops.post(`/health/quarantine/${first?.id}/retry`)
    await ops.get('/health')
    await ops.post(`/health/quarantine/${cmcd?.id}/retry`)
    expect((await rows()).map((row) => row.state)).toEqual(['retrying', 'kept', 'kept'])
    await ops.get('/health')
    expect(ops.page).toContain('Being read again.')
    await ops.post('/health/quarantine/retry')
    expect((await rows()).map((row) => row.state)).toEqual(['retrying', 'retrying', 'kept'])
    expect(await auditOf('quarantine.retried')).toHaveLength(2)
  })
})

describe('a warning of a source', () => {
  const warn = (warning: string) =>
    desk.store.updateTable('sources').set({ warning }).where('id', '=', 'x:mentions').execute()
  const warning = async () =>
    (await desk.store.selectFrom('sources').select('warning').executeTakeFirstOrThrow()).warning

  test('goes once somebody took note of it, and the log says who', async () => {
    await warn('800 posts came while nobody listened')
    await ops.get('/health')
    expect(ops.page).toContain('800 posts came while nobody listened')
    const form = { source: 'x:mentions', warning: '800 posts came while nobody listened' }
    expect((await ops.post('/health/sources/dismiss', form)).status).toBe(303)
    expect(await warning()).toBeNull()
    const [entry] = await auditOf('source.warning-dismissed')
    expect(entry).toMatchObject({ subject: 'source:x:mentions', actor: expect.stringMatching(/^user:\d+$/) })
  })

  test('stays where it is not the one that was read', async () => {
    await warn('a newer one')
    await ops.get('/health')
    await ops.post('/health/sources/dismiss', { source: 'x:mentions', warning: 'an older one' })
    expect(await warning()).toBe('a newer one')
  })
})

test('workers without a sign of life in any process are listed', async () => {
  await beat(desk.store, 'a:1', ['listen', 'triage', 'draft', 'publish', 'sweep'])
  await beat(desk.store, 'b:2', ['quality', 'refund', 'payout', 'replace', 'mail'])
  await ops.get('/health')
  expect(ops.page).not.toContain('No process runs these now')
  await desk.store.deleteFrom('heartbeats').where('worker', '=', 'publish').execute()
  const old = new Date(Date.now() - 10 * 60_000)
  await desk.store.updateTable('heartbeats').set({ at: old }).where('worker', '=', 'mail').execute()
  await ops.get('/health')
  const line = /No process runs these now:(.*?)<\/p>/s.exec(ops.page)?.[1] ?? ''
  expect([...line.matchAll(/>(\w+)</g)].map((match) => match[1])).toEqual(['Publishing', 'Mail'])
})

describe('chats', () => {
  test('that take nothing are on the list of what needs somebody, with the reason', async () => {
    await ops.get('/health')
    expect(ops.page).not.toContain('h-chats')
    await registerChannels(desk.store, [
      { name: 'logistics', kind: 'chatwork' },
      { name: 'quality', kind: 'slack' },
    ])
    await desk.store.insertInto('chat_messages').values({ channel: 'logistics', kind: 'voice' }).execute()
    const since = new Date(Date.now() - 3 * 3_600_000)
    await leaseChannel(desk.store, 'logistics', since)
    await pauseChannel(desk.store, 'logistics', 'our key is not taken any more (HTTP 401)', since, since)
    await desk.store
      .insertInto('chat_messages')
      .values({ channel: 'quality', kind: 'review', state: 'failed', error: 'it was refused (HTTP 400)' })
      .execute()
    await ops.get('/health')
    expect(ops.page).toMatch(/The chat logistics has taken nothing for 3 h(ours)?; 1 message waits/)
    expect(ops.page).toContain('our key is not taken any more (HTTP 401)')
    expect(ops.page).toContain('The chat quality refused 1 message for good')
    expect(ops.page).toContain('it was refused (HTTP 400)')
    expect(chatReason('ja', 'our key is not taken any more (HTTP 401)')).toBe(
      'トークンが無効になっています（HTTP 401）',
    )
    expect(chatReason('ja', 'CHAT_A_URL is not set: give it to every process')).toBe(
      '環境変数 CHAT_A_URL が設定されていません',
    )
    const viewer = new Browser(desk.origin)
    await viewer.signIn('viewer')
    expect((await viewer.get('/health')).status).toBe(403)
  })
})
