import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { escapeTags } from '../../../src/voice/chat/chatwork.ts'
import type { ChatMessage } from '../../../src/voice/chat/message.ts'
import { escapeMrkdwn } from '../../../src/voice/chat/slack.ts'
import { deliver } from '../../../src/voice/index.ts'
import { channelsOf, chatworkAt, HOOK, optionsFor, SLACK, TEAMS } from './channels.ts'
import { type ChatServers, startChatServers } from './chat-servers.ts'

let chats: ChatServers
beforeAll(async () => {
  chats = await startChatServers()
})
afterAll(() => chats.close())
beforeEach(() => {
  chats.behave = null
  chats.heard.length = 0
  chats.asked.length = 0
})

const NASTY =
  '<!channel> @here [toall][To:1] **bold** <https://evil.example|click> & <at>all</at> [x](https://evil.example)'
const MESSAGE: ChatMessage = {
  id: 'kikimimi-7',
  kind: 'voice',
  severity: 1,
  codes: ['delivery.late'],
  title: `Voice: ${NASTY}`,
  quote: NASTY,
  lines: [NASTY],
  table: { head: ['Code', 'This week'], rows: [['Late <!channel>', '12']] },
  link: { url: 'https://desk.example/cases/7', text: 'Open at the desk' },
  at: new Date('2026-11-20T00:00:00Z'),
}

const now = () => new Date()
const sendTo = (channel: Record<string, unknown>, more = {}, message = MESSAGE) => {
  const [only] = channelsOf(channel)
  if (!only) throw new Error('no channel')
  return deliver(only, message, optionsFor(chats, more), now())
}

describe('a message', () => {
  test('is taken by Slack, calls nobody, and hides no link', async () => {
    expect(await sendTo(SLACK)).toEqual({ outcome: 'sent' })
    const { text, blocks } = JSON.parse(chats.heard[0]?.body ?? '')
    const markup: string[] = [
      text,
      ...blocks.flatMap((block: { text?: { text: string }; type: string; elements?: { text: string }[] }) =>
        block.type === 'section'
          ? [block.text?.text]
          : block.type === 'context'
            ? [block.elements?.[0]?.text]
            : [],
      ),
    ]
    const own = '<https://desk.example/cases/7|Open at the desk>'
    for (const each of markup) {
      expect(each.replace(own, '')).not.toMatch(/[<>]|@here|\*\*/)
    }
    expect(markup.join()).toContain(own)
    const literal = blocks.filter((block: { type: string }) => block.type === 'rich_text')
    expect(literal[0].elements[0]).toEqual({
      type: 'rich_text_quote',
      elements: [{ type: 'text', text: NASTY }],
    })
    expect(text).toContain('&lt;!channel&gt;')
  })

  test('is taken by Chatwork, whose tags in it are none', async () => {
    expect(await sendTo(chatworkAt(chats))).toEqual({ outcome: 'sent' })
    const body = new URLSearchParams(chats.heard[0]?.body).get('body') ?? ''
    expect(body.match(/\[[^\]]*\]/g)).toEqual([
      '[info]',
      '[title]',
      '[/title]',
      '[code]',
      '[/code]',
      '[/info]',
    ])
    expect(body).toContain('［toall］［To:1］')
    expect(chats.heard[0]?.body).not.toContain('chatwork-token')
  })

  test('is taken by Teams as a card without Markdown and without mentions', async () => {
    expect(await sendTo(TEAMS)).toEqual({ outcome: 'sent' })
    const { content } = JSON.parse(chats.heard[0]?.body ?? '').attachments[0]
    expect(JSON.stringify(content)).not.toMatch(/"TextBlock"|"FactSet"|"msteams"/)
    expect(JSON.stringify(content.body)).toContain('**bold**')
    expect(content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open at the desk', url: 'https://desk.example/cases/7' },
    ])
  })

  test('is signed for a webhook of one’s own, and carries the id that tells a repeat', async () => {
    expect(await sendTo(HOOK)).toEqual({ outcome: 'sent' })
    expect(chats.heard[0]?.headers['idempotency-key']).toBe('kikimimi-7')
    expect(JSON.parse(chats.heard[0]?.body ?? '')).toEqual({
      id: 'kikimimi-7',
      kind: 'voice',
      severity: 1,
      codes: ['delivery.late'],
      title: MESSAGE.title,
      quote: NASTY,
      lines: [NASTY],
      table: MESSAGE.table,
      url: 'https://desk.example/cases/7',
      at: '2026-11-20T00:00:00.000Z',
    })
    const wrong = {
      secret: (name: string) => (name.endsWith('SECRET') ? 'another secret' : `${chats.origin}/hook`),
    }
    expect(await sendTo(HOOK, wrong)).toMatchObject({
      outcome: 'away',
      reason: expect.stringContaining('401'),
    })
  })

  test('stays within what Slack takes, however long it is', async () => {
    const long = '&<>'.repeat(5000)
    const message = {
      ...MESSAGE,
      title: long,
      lines: [long],
      table: { head: ['x'], rows: Array(500).fill([long]) },
    }
    expect(await sendTo(SLACK, {}, message)).toEqual({ outcome: 'sent' })
  })
})

describe('a channel that', () => {
  const away = (reason: string, afterMs: number | null = null) => ({
    outcome: 'away',
    reason: expect.stringContaining(reason),
    afterMs,
  })

  test('was revoked, archived or never was is away, and says how', async () => {
    const gone = { secret: () => `${chats.origin}/services/T1/B1/old` }
    expect(await sendTo(SLACK, gone)).toEqual(away('not there any more'))
    expect(await sendTo({ ...chatworkAt(chats), room: '1' })).toEqual(away('not there any more'))
    expect(await sendTo(chatworkAt(chats), { secret: () => 'old' })).toEqual(away('our key is not taken'))
    chats.behave = (_, response) => response.writeHead(410).end('channel_is_archived')
    expect(await sendTo(SLACK)).toEqual(away('closed or archived'))
  })

  test('is too busy is left alone as long as it asks for', async () => {
    chats.behave = (_, response) => response.writeHead(429, { 'retry-after': '30' }).end('rate_limited')
    expect(await sendTo(SLACK)).toEqual(away('slow down', 30_000))
    const date = new Date(Date.now() + 90_000).toUTCString()
    chats.behave = (_, response) => response.writeHead(429, { 'retry-after': date }).end()
    const { afterMs } = (await sendTo(TEAMS)) as { afterMs: number }
    expect(afterMs).toBeGreaterThan(80_000)
    expect(afterMs).toBeLessThanOrEqual(90_000)
    const reset = String(Math.ceil(Date.now() / 1000) + 120)
    chats.behave = (_, response) =>
      response
        .writeHead(429, {
          'x-ratelimit-limit': '300',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': reset,
        })
        .end(JSON.stringify({ errors: ['Rate limit exceeded'] }))
    const chatwork = (await sendTo(chatworkAt(chats))) as { afterMs: number }
    expect(chatwork.afterMs).toBeGreaterThan(110_000)
    chats.behave = (_, response) => response.writeHead(429, { 'retry-after': '999999' }).end()
    expect(await sendTo(SLACK)).toMatchObject({ afterMs: 3_600_000 })
  })

  test('does not take one message may take others', async () => {
    chats.behave = (_, response) => response.writeHead(400).end('invalid_blocks')
    expect(await sendTo(SLACK)).toEqual({ outcome: 'refused', reason: 'it was refused (HTTP 400)' })
  })

  test('does not answer, answers without end, or hangs up is not waited for', async () => {
    chats.behave = () => {}
    expect(await sendTo(SLACK, { timeoutMs: 100 })).toEqual(away('no answer in time'))
    chats.behave = (_, response) => void response.writeHead(200).write('and so on')
    const started = Date.now()
    expect(await sendTo(SLACK)).toEqual({ outcome: 'sent' })
    expect(Date.now() - started).toBeLessThan(1500)
    chats.behave = (_, response) => void response.destroy()
    expect(await sendTo(SLACK)).toEqual(away('can not be reached'))
  })

  test('sends us elsewhere is not followed', async () => {
    chats.behave = (_, response) => response.writeHead(302, { location: `${chats.origin}/hook` }).end()
    expect(await sendTo(SLACK)).toEqual(away('elsewhere'))
    expect(chats.asked).toHaveLength(1)
  })

  test.each([
    ['https://127.0.0.1/x', 'not a public one'],
    ['https://169.254.169.254/latest/meta-data', 'not a public one'],
    ['https://[::1]/x', 'not a public one'],
    ['http://hooks.example/x', 'must be an https address'],
    ['https://user:pass@hooks.example/x', 'no user and password'],
    ['file:///etc/passwd', 'must be an https address'],
    ['not an address', 'holds no address'],
  ])('stands at %s is never asked', async (url, why) => {
    const delivery = await sendTo(SLACK, { secret: () => url })
    expect(delivery).toEqual(away(why))
    expect(JSON.stringify(delivery)).not.toContain('meta-data')
  })

  test('is private only for a name is not asked either, and the name is looked up once', async () => {
    let times = 0
    const resolve = async () => {
      times += 1
      return [{ address: times === 1 ? '10.0.0.7' : '93.184.215.14', family: 4 }]
    }
    const secret = () => 'https://rebinding.example/x'
    expect(await sendTo(SLACK, { secret, resolve })).toEqual(away('CHAT_PRIVATE_HOSTS'))
    expect(times).toBe(1)
  })

  test('has no secret in the environment says which', async () => {
    expect(await sendTo(SLACK, { secret: () => undefined })).toEqual(away('CHAT_SLACK_URL is not set'))
  })
})

test('what customers write is no markup of any chat', () => {
  expect(escapeMrkdwn('<!everyone> & <@U1>')).toBe('&lt;!everyone&gt; &amp; &lt;@\u2060U1&gt;')
  expect(escapeTags('[toall] [rp aid=1]')).toBe('［toall］ ［rp aid=1］')
})
