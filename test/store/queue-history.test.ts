import { expect, test } from 'vitest'
import { rowsDone } from '../../src/metrics.ts'
import type { Parts } from '../../workers/parts.ts'
import { startQueueHistory } from '../../workers/queue-history.ts'
import { createTestStore } from '../support/store.ts'
import { until } from '../support/until.ts'

test('what a process got done, and how the queues stand, is written down for the charts', async () => {
  const { store, close } = await createTestStore()
  const heard = new Date(Date.now() - 90_000)
  await store
    .insertInto('sources')
    .values({ id: 'x:mentions', network: 'x', kind: 'mentions', ok_at: heard })
    .execute()
  rowsDone.inc({ queue: 'mail' }, 3)
  const loop = startQueueHistory({ store, config: { sessionIdleMs: 60_000 } } as Parts, ['sweep', 'mail'])
  const rowOf = (queue: string) =>
    store.selectFrom('queue_history').selectAll().where('queue', '=', queue).executeTakeFirst()
  await until('it is written down', async () => (await rowOf('listen')) !== undefined)
  await loop.stop()
  expect(await rowOf('mail')).toMatchObject({ done: 3, waiting: 0 })
  expect((await rowOf('listen'))?.oldest_seconds).toBeGreaterThanOrEqual(90)
  await close()
})
