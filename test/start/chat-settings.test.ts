import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'

test('addresses, tokens and secrets of chats are taken by the names that chat.yaml may give them', () => {
  const env = {
    CHAT_LOGISTICS_URL: ' https://hooks.example/1 ',
    CHAT_TOKEN: 'one',
    CHAT_HUB_SECRET: '',
    CHATTER_URL: 'x',
    CHAT_PRIVATE_HOSTS: 'Chat.internal.example, 10.0.0.7:8080,[::1]:9',
  }
  expect(loadConfig(env).chat).toEqual({
    secrets: { CHAT_LOGISTICS_URL: 'https://hooks.example/1', CHAT_TOKEN: 'one' },
    privateHosts: ['chat.internal.example', '10.0.0.7:8080', '[::1]:9'],
  })
  expect(loadConfig({}).chat).toEqual({ secrets: {}, privateHosts: [] })
})

test.each(['http://chat.example', 'chat.example/hook', 'a b'])('%s is no host', (hosts) => {
  expect(() => loadConfig({ CHAT_PRIVATE_HOSTS: hosts })).toThrow(/CHAT_PRIVATE_HOSTS: must be hosts/)
})
