import { anonymise } from '../src/triage/index.ts'
import { forgetChat, gatherNews, sendNext, wakeChannels } from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const GATHER_EVERY_MS = 3_000
/** Slack takes one message a second, Chatwork ten in ten seconds. */
const SEND_EVERY_MS = 1_200
const FORGET_EVERY_MS = 60 * 60_000
/** A whole day is looked through once in a while, the last minutes every time. */
const THOROUGH_EVERY_MS = 10 * 60_000
const LAST_MINUTES_MS = 20 * 60_000

/** Tells departments what they want to hear. Each channel has a loop of its own: none waits for another. */
export function startChat({ store, chat, config, replies }: Parts): RunningWorker {
  const options = {
    codes: chat.codes,
    mask: (text: string, names: readonly string[]) => anonymise(text, { names }),
    publicUrl: chat.publicUrl,
    timeZone: replies.brand.timeZone,
    secret: (name: string) => config.chat.secrets[name],
    privateHosts: config.chat.privateHosts,
  }
  let awake = false
  let forgotAt = 0
  let thoroughAt = 0
  const gathering = startLoop('chat', GATHER_EVERY_MS, async () => {
    if (!awake) await wakeChannels(store)
    awake = true
    const thorough = Date.now() - thoroughAt > THOROUGH_EVERY_MS
    await gatherNews(store, chat.channels, chat.codes, thorough ? undefined : LAST_MINUTES_MS)
    if (thorough) thoroughAt = Date.now()
    if (Date.now() - forgotAt > FORGET_EVERY_MS) {
      await forgetChat(store)
      forgotAt = Date.now()
    }
    return false
  })
  const sending = chat.channels.map((channel) =>
    startLoop(`chat:${channel.name}`, SEND_EVERY_MS, async (signal) => {
      await sendNext(store, channel, { ...options, signal }, new Date())
      return false
    }),
  )
  const loops = [gathering, ...sending]
  return {
    name: 'chat',
    health: () => loops.map((loop) => loop.health()).find(({ ok }) => !ok) ?? { ok: true },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}
