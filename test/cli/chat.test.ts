import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leaseChannel, pauseChannel, registerChannels } from '../../src/store/chat-outbox.ts'
import { smallTemplates } from '../support/small-templates.ts'
import { createTestStore } from '../support/store.ts'
import { secretsOf } from '../voice/chat/channels.ts'
import { type ChatServers, startChatServers } from '../voice/chat/chat-servers.ts'
import { runCli } from './run-cli.ts'

const CHAT = `channels:
  - name: logistics
    kind: slack
    urlFrom: CHAT_SLACK_URL
    departments: [logistics]
  - name: datahub
    kind: webhook
    urlFrom: CHAT_HOOK_URL
    secretFrom: CHAT_HOOK_SECRET
`

let chats: ChatServers
let templates: ReturnType<typeof smallTemplates>
let env: Record<string, string>
beforeAll(async () => {
  chats = await startChatServers()
  templates = smallTemplates({ 'chat.yaml': CHAT })
  env = { TEMPLATES_DIR: templates.dir, CHAT_PRIVATE_HOSTS: chats.host, ...secretsOf(chats) }
})
afterAll(async () => {
  templates.remove()
  await chats.close()
})

describe('chat test', () => {
  test('sends a message that the chat takes', async () => {
    const { code, out, err } = await runCli(['chat', 'test', 'datahub'], { env })
    expect(err).toBe('')
    expect(out).toContain('datahub: sent')
    expect(code).toBe(0)
    expect(JSON.parse(chats.heard[0]?.body ?? '')).toMatchObject({ kind: 'test', title: 'A test' })
  })

  test('says what is wrong, and never where the secret address is', async () => {
    const without = { ...env, CHAT_PRIVATE_HOSTS: '' }
    const { code, err } = await runCli(['chat', 'test', 'logistics'], { env: without })
    expect(code).toBe(1)
    expect(err).toContain('CHAT_SLACK_URL: must be an https address')
    expect(err).not.toContain('secret')
    const gone = { ...env, CHAT_SLACK_URL: `${chats.origin}/services/old` }
    const { lines } = await runCli(['chat', 'test', 'logistics', '--json'], { env: gone })
    expect(lines()).toEqual([
      {
        channel: 'logistics',
        kind: 'slack',
        outcome: 'away',
        reason: 'it is not there any more, or never was (HTTP 404)',
      },
    ])
    const unset = await runCli(['chat', 'test', 'logistics'], { env: { TEMPLATES_DIR: templates.dir } })
    expect(unset.err).toContain('CHAT_SLACK_URL is not set')
  })

  test('names the channels that there are', async () => {
    expect((await runCli(['chat', 'test', 'nobody'], { env })).err).toContain('logistics, datahub')
    expect(await runCli(['chat', 'test'], { env })).toMatchObject({ code: 2 })
  })
})

test('templates check finds the faults of chat.yaml, each in its place', async () => {
  const file = join(templates.dir, 'chat.yaml')
  const check = async (text: string) => {
    writeFileSync(file, text)
    const { err } = await runCli(['templates', 'check', templates.dir])
    return err
  }
  const before = readFileSync(file, 'utf8')
  try {
    expect(await check(before)).toBe('')
    expect(await check(before.replace('CHAT_SLACK_URL', 'https://hooks.slack.example/T1'))).toMatch(
      /chat\.yaml:4:14: channels\.0\.urlFrom: name a variable of the environment/,
    )
    expect(
      await check(before.replace('[logistics]', '[logistic]\n    codes: [delivery.*, delivery.lost_it]')),
    ).toMatch(
      /chat\.yaml:5:19: departments: no code of taxonomy\.yaml belongs to logistic; .*\n.*chat\.yaml:6:25: codes: no code of taxonomy\.yaml is called delivery\.lost_it/,
    )
    expect(await check(before.replace('name: datahub', 'name: logistics'))).toContain(
      'two channels have the same name',
    )
  } finally {
    writeFileSync(file, before)
  }
})

test('status shows channels that take nothing, with the reason and what waits', async () => {
  const db = await createTestStore()
  try {
    await registerChannels(db.store, [{ name: 'logistics', kind: 'slack' }])
    await db.store.insertInto('chat_messages').values({ channel: 'logistics', kind: 'voice' }).execute()
    const now = new Date()
    expect(await leaseChannel(db.store, 'logistics', now)).toMatchObject({ failures: 0 })
    await pauseChannel(db.store, 'logistics', 'it was closed or archived (HTTP 410)', now, now)
    const [status] = (await runCli(['status', '--json'], { env: { DATABASE_URL: db.url } })).lines()
    expect(status.chat).toEqual([
      {
        channel: 'logistics',
        kind: 'slack',
        okAt: null,
        waiting: 1,
        oldestSeconds: expect.any(Number),
        failed: 0,
        problem: 'it was closed or archived (HTTP 410)',
        triedAgainAt: now.toISOString(),
      },
    ])
    const { out } = await runCli(['status'], { env: { DATABASE_URL: db.url } })
    expect(out).toMatch(/^logistics +slack +never +1 +\d+ s +0 +it was closed or archived \(HTTP 410\)/m)
  } finally {
    await db.close()
  }
})
