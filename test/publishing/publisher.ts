import { createXNetwork } from '../../src/listening/index.ts'
import { publishDraft } from '../../src/publishing/index.ts'
import { openStore } from '../../src/store/database.ts'
import { callRoom, recordRateLimit, takeCall } from '../../src/store/meters.ts'

/** A publisher in a process of its own, to be killed at any moment: works on its drafts until each is settled. */
const { databaseUrl, keys, draftIds, readbackMs, timeoutMs } = JSON.parse(process.argv[2] as string)
const store = openStore(databaseUrl)
const network = createXNetwork({
  keys,
  searches: [],
  budget: {
    take: (endpoint, keepFree) => takeCall(store, 'x', endpoint, keepFree),
    look: (endpoint, keepFree) => callRoom(store, 'x', endpoint, keepFree),
    record: (endpoint, limit) => recordRateLimit(store, 'x', endpoint, limit),
  },
  meter: { async charge() {} },
  readbackMs,
  timeoutMs,
})
process.stdout.write('up\n')

async function settle(id: number): Promise<void> {
  for (;;) {
    const result = await publishDraft(store, new Map([['x', network]]), id, async () => ({
      outcome: 'auto',
      reason: '',
    }))
    if (result.outcome !== 'later') return
    await new Promise((wake) => setTimeout(wake, Math.min(result.delayMs, 100)))
  }
}

const waiting: number[] = draftIds
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await settle(id)
  }),
)
await network.close()
await store.destroy()
