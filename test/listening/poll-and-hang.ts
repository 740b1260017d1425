import { createXNetwork, pollSource } from '../../src/listening/index.ts'
import { openStore } from '../../src/store/database.ts'

/** A poller in a process of its own, to be killed: says when it has the posts and has not stored them yet. */
const { databaseUrl, keys } = JSON.parse(process.argv[2] as string)
const store = openStore(databaseUrl)
const network = createXNetwork({
  keys,
  searches: [],
  budget: { take: async () => null, look: async () => null, record: async () => {} },
  meter: {
    async charge() {
      process.stdout.write('has them\n')
      await new Promise((wake) => setTimeout(wake, 60_000))
    },
  },
})
await pollSource(store, network, 'x:mentions', 1000)
