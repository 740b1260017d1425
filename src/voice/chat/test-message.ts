import type { ChatChannel } from './chat-file.ts'
import type { ChatMessage } from './message.ts'

/** What `kikimimi chat test` sends. */
export function testMessage(channel: ChatChannel, now: Date): ChatMessage {
  const ja = channel.language === 'ja'
  return {
    id: `kikimimi-test-${now.getTime()}`,
    kind: 'test',
    severity: 0,
    codes: [],
    title: ja ? '接続テスト' : 'A test',
    quote: null,
    lines: [
      ja
        ? `チャンネル「${channel.name}」にお客様の声が届きます。`
        : `Customers' voices will come to this channel, "${channel.name}".`,
    ],
    table: null,
    link: null,
    at: now,
  }
}
