import { expect, it } from 'vitest'
import { pollSource } from '../../src/listening/index.ts'
import { nextPauseMs } from '../../src/listening/pace.ts'
import { BRAND, complain, makeDue, pollNow, rig, sourceOf } from './support.ts'

it('looks less often while nothing comes, up to four times the usual pause, and at once as usual when something does', () => {
  const pauses = [5000]
  for (let turn = 0; turn < 12; turn += 1) pauses.push(nextPauseMs(5000, pauses.at(-1) as number, 0))
  expect(pauses.slice(0, 4)).toEqual([5000, 6250, 7813, 9766])
  expect(pauses.at(-1)).toBe(20_000)
  expect(nextPauseMs(5000, 20_000, 1)).toBe(5000)
  expect(nextPauseMs(5000, 5000, 60)).toBe(2500)
})

it('keeps the pace with the source, whichever process polls it', async () => {
  const r = await rig()
  const pause = async () =>
    (
      await r.store
        .selectFrom('sources')
        .select('interval_ms')
        .where('id', '=', 'x:mentions')
        .executeTakeFirstOrThrow()
    ).interval_ms
  await pollNow(r)
  await pollNow(r)
  expect(await pause()).toBe(93_750)
  r.box.x.control.post({ author: 'mika', text: `@${BRAND} hello?` })
  await pollNow(r)
  expect(await pause()).toBe(60_000)
})

it('asks no more often than what is left of the limit lasts, however much comes', async () => {
  const r = await rig()
  r.box.x.control.setLimits({ mentions: { user: 21 } }, 600_000)
  complain(r.box, 30)
  await makeDue(r.store)
  // A second between two looks, and half of it while it burns: 21 calls would be gone in no time.
  expect((await pollSource(r.store, r.network, 'x:mentions', 1000))?.posts).toHaveLength(30)
  const { next_poll_at } = await sourceOf(r.store)
  const pauseMs = next_poll_at.getTime() - Date.now()
  expect(pauseMs).toBeGreaterThan(27_000)
  expect(pauseMs).toBeLessThan(31_000)
})
