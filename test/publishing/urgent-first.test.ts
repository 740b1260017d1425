import { expect, it } from 'vitest'
import { recordRateLimit } from '../../src/store/meters.ts'
import { answersTo, prepare, publish, quickRig, writes } from './support.ts'

it('what is left of the limit for replies is kept for people who were harmed', async () => {
  const r = await quickRig()
  const resetAt = new Date(Date.now() + 600_000)
  await recordRateLimit(r.store, 'x', 'tweets', { limit: 5, remaining: 1, resetAt })
  const annoyed = await prepare(r, { author: 'mika', severity: 1 })
  const harmed = await prepare(r, { author: 'ken', severity: 2 })
  const later = await publish(r, annoyed.draftId)
  expect(later).toMatchObject({ outcome: 'later', reason: expect.stringMatching(/limit for replies/) })
  expect(later.outcome === 'later' && later.delayMs).toBeGreaterThan(590_000)
  expect(await publish(r, harmed.draftId)).toMatchObject({ outcome: 'sent' })
  expect(answersTo(r.box, harmed.externalId)).toHaveLength(1)
  expect(writes(r.box)).toHaveLength(1)
})

it('a reply that must wait for the limit looks nothing up', async () => {
  const r = await quickRig()
  const { draftId } = await prepare(r)
  await recordRateLimit(r.store, 'x', 'tweets', {
    limit: 5,
    remaining: 0,
    resetAt: new Date(Date.now() + 600_000),
  })
  expect(await publish(r, draftId)).toMatchObject({ outcome: 'later' })
  expect(await r.store.selectFrom('api_charges').select('resource').execute()).toEqual([])
})

it('the last replies of a window go to the most severe, then to who has waited longest', async () => {
  const r = await quickRig()
  // Later than X's own: what its answers say of the same window does not raise what is left.
  const resetAt = new Date(Date.now() + 950_000)
  await recordRateLimit(r.store, 'x', 'tweets', { limit: 10, remaining: 4, resetAt })
  const first = await prepare(r, { author: 'mika', severity: 1 })
  const second = await prepare(r, { author: 'jun', severity: 1 })
  const third = await prepare(r, { author: 'aoi', severity: 1 })
  const harmed = await prepare(r, { author: 'ken', severity: 3 })
  // Two of the four are kept for urgent ones; one of the other two is for Ken, who wrote last.
  expect(await publish(r, third.draftId)).toMatchObject({ outcome: 'later' })
  expect(await publish(r, second.draftId)).toMatchObject({
    outcome: 'later',
    reason: expect.stringMatching(/more urgent/),
  })
  expect(await publish(r, first.draftId)).toMatchObject({ outcome: 'sent' })
  expect(await publish(r, harmed.draftId)).toMatchObject({ outcome: 'sent' })
  expect(await publish(r, third.draftId)).toMatchObject({ outcome: 'later' })
})
