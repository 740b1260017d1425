import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { messagesOfCords } from '../../../src/store/cord-messages.ts'
import { pullCord, sendCordMessage } from '../../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { until } from '../../support/until.ts'
import { openShop, THINGS } from './andon-at-test.ts'

let db: TestStore
let shop: Awaited<ReturnType<typeof openShop>>
beforeEach(async () => {
  shop = await openShop()
  db = await createTestStore()
})
afterEach(async () => {
  await db.close()
  await shop.close()
})

/** A process of its own that tells the shop, until it is killed. */
function startTelling() {
  const program = `
    import { openStore } from './src/store/database.ts'
    import { sendCordMessage } from './src/voice/index.ts'
    const store = openStore(process.env.TEST_DATABASE)
    const target = JSON.parse(process.env.TEST_TARGET)
    for (;;) {
      await sendCordMessage(store, target, new Date())
      await new Promise((wake) => setTimeout(wake, 20))
    }`
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    env: {
      ...process.env,
      TEST_DATABASE: db.url,
      TEST_TARGET: JSON.stringify({ ...shop.target, timeoutMs: 20_000 }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

test.each(['before the shop has heard of it', 'after the shop has done it'])(
  'a process that is killed %s leaves nothing undone and nothing done twice',
  async (moment) => {
    const before = moment.startsWith('before')
    // it hangs before the shop reads it, or gets no answer to what is done
    shop.control.inject(
      before
        ? { route: 'cords', kind: 'drop-before', delayMs: 15_000 }
        : { route: 'cords', kind: 'drop-after', times: 50 },
    )
    const { id } = await pullCord(
      db.store,
      { kind: 'product', name: 'heater-kotori', reason: 'It smokes', actor: 'user:7', signalId: null },
      THINGS,
    )
    const teller = startTelling()
    try {
      await until('it is being sent', async () =>
        before ? (await messagesOfCords(db.store, [id]))[0]?.attempts === 1 : shop.control.cords().length > 0,
      )
    } finally {
      teller.kill('SIGKILL')
      await once(teller, 'exit')
    }
    expect(shop.control.cords()).toHaveLength(before ? 0 : 1)
    expect(await messagesOfCords(db.store, [id])).toMatchObject([{ state: 'waiting' }])
    shop.control.clearFaults()
    await sql`update cord_messages set next_try_at = now()`.execute(db.store)
    await sendCordMessage(db.store, shop.target, new Date())
    expect(await messagesOfCords(db.store, [id])).toMatchObject([
      { state: 'done', answer: { ordersHeld: 1 } },
    ])
    expect(shop.control.cords()).toHaveLength(1)
    expect(shop.control.stopped()).toEqual(['heater-kotori'])
  },
  60_000,
)
