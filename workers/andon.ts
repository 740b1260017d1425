import { caseLog } from '../src/log.ts'
import { redraftStopped } from '../src/store/stopped-cases.ts'
import { createAndonWatch, selfPull, sendCordMessage } from '../src/voice/index.ts'
import { startLoop } from './loop.ts'
import type { Parts, RunningWorker } from './parts.ts'

const WATCH_EVERY_MS = 1_000
const ALIGN_EVERY_MS = 5_000
const TELL_EVERY_MS = 1_000

/** Watches the contacts for what is out of the ordinary, tells the shop of cords, and keeps old words from going out. */
export function startAndon({ store, queues, replies, things, cordTarget }: Parts): RunningWorker {
  const watch = createAndonWatch(store, { timeZone: replies.brand.timeZone, things })
  const loops = [
    startLoop('andon', WATCH_EVERY_MS, async (signal) => {
      const { raised, more } = await watch.turn(new Date())
      if (raised.length > 0) caseLog.info({ signals: raised }, 'signals raised')
      return more && !signal.aborted
    }),
    startLoop('andon:align', ALIGN_EVERY_MS, async () => {
      const cords = await selfPull(store, replies.policy.andon.selfPull, things)
      // New posts, and drafts that were being written when a cord was pulled.
      const caseIds = [...cords.flatMap((cord) => cord.caseIds), ...(await redraftStopped(store))]
      await queues.enqueue('draft', caseIds)
      return false
    }),
    startLoop('andon:shop', TELL_EVERY_MS, async () =>
      cordTarget ? sendCordMessage(store, cordTarget, new Date()) : false,
    ),
  ]
  return {
    name: 'andon',
    health: () => loops.map((loop) => loop.health()).find(({ ok }) => !ok) ?? { ok: true },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}
