import { describe, expect, it } from 'vitest'
import { type ApiBudget, allowanceFor, NetworkError } from '../../src/listening/index.ts'
import { spentBy } from '../../src/store/spend.ts'
import { BRAND, pollNow, rig } from './support.ts'

const USD = 1_000_000
const NOW = new Date('2026-11-30T21:00:00+09:00')
const budget: ApiBudget = {
  dailyMicroUsd: 10 * USD,
  monthlyMicroUsd: 100 * USD,
  mentionsReserve: 0.4,
  repliesReserve: 0.2,
}
const asked = (use: 'search' | 'mentions' | 'reply', dayUsd: number, monthUsd = dayUsd) =>
  allowanceFor(use, budget, { dayMicroUsd: dayUsd * USD, monthMicroUsd: monthUsd * USD }, NOW)

describe('the budget for X', () => {
  it('narrows searches first, then stops them, then mentions, and replies at the last cent', () => {
    expect(asked('search', 2.9)).toEqual({ allowed: 'full' })
    expect(asked('search', 3)).toEqual({ allowed: 'narrow' })
    expect(asked('search', 6)).toMatchObject({ allowed: 'no' })
    expect(asked('mentions', 7.9)).toEqual({ allowed: 'full' })
    expect(asked('mentions', 8)).toMatchObject({ allowed: 'no' })
    expect(asked('reply', 9.9)).toEqual({ allowed: 'full' })
    expect(asked('reply', 10)).toMatchObject({ allowed: 'no' })
  })

  it('goes on when the span that is used up ends, by the calendar of UTC', () => {
    expect(asked('search', 7)).toMatchObject({ until: new Date('2026-12-01T00:00:00Z') })
    expect(asked('search', 7, 70)).toMatchObject({
      until: new Date('2026-12-01T00:00:00Z'),
      reason: expect.stringMatching(/month's budget .*\$70\.00 of \$100\.00/),
    })
    const early = allowanceFor(
      'reply',
      budget,
      { dayMicroUsd: 10 * USD, monthMicroUsd: 10 * USD },
      new Date('2026-11-03T23:59:59Z'),
    )
    expect(early).toMatchObject({
      until: new Date('2026-11-04T00:00:00Z'),
      reason: expect.stringMatching(/day's/),
    })
  })

  it('has no end where none is set', () => {
    const none: ApiBudget = { ...budget, dailyMicroUsd: null, monthlyMicroUsd: null }
    expect(allowanceFor('search', none, { dayMicroUsd: 1e12, monthMicroUsd: 1e12 }, NOW)).toEqual({
      allowed: 'full',
    })
  })
})

describe('a search', () => {
  const searches = [{ name: 'brand', query: 'hinata', narrowQuery: 'hinata broken' }]

  it('reads its narrow query while the budget is tight', async () => {
    const r = await rig({ searches, allowance: async () => ({ allowed: 'narrow' }) })
    r.box.x.control.post({ author: 'mika', text: 'hinata is nice' })
    r.box.x.control.post({ author: 'mika', text: 'my hinata lamp came broken' })
    await pollNow(r, 'x:search:brand')
    const stored = await r.store.selectFrom('posts').select('text').execute()
    expect(stored.map((row) => row.text)).toEqual(['my hinata lamp came broken'])
  })

  it('stops with the reason where the money is used up, while mentions are heard; nothing of theirs is lost', async () => {
    let spent = true
    const until = new Date(Date.now() + 3_600_000)
    const r = await rig({
      searches,
      allowance: async (use) =>
        spent && use === 'search'
          ? { allowed: 'no', until, reason: 'the day is used up' }
          : { allowed: 'full' },
    })
    r.box.x.control.post({ author: 'mika', text: 'hinata parcel late' })
    r.box.x.control.post({ author: 'ken', text: `@${BRAND} where is it` })
    await pollNow(r, 'x:search:brand')
    await pollNow(r)
    const source = await r.store
      .selectFrom('sources')
      .selectAll()
      .where('id', '=', 'x:search:brand')
      .executeTakeFirstOrThrow()
    expect(source).toMatchObject({ state: 'limited', problem: 'the day is used up', next_poll_at: until })
    expect(await r.store.selectFrom('posts').select('text').execute()).toHaveLength(1)
    expect((await spentBy(r.store, 'x', new Date())).dayMicroUsd).toBeGreaterThan(0)
    spent = false
    await pollNow(r, 'x:search:brand')
    expect(await r.store.selectFrom('posts').select('text').execute()).toHaveLength(2)
  })

  it('leaves a reply unsent where not even that fits any more', async () => {
    const r = await rig({
      allowance: async () => ({
        allowed: 'no',
        until: new Date(Date.now() + 60_000),
        reason: 'the month is used up',
      }),
    })
    await expect(r.network.lookUp('1')).rejects.toThrowError(NetworkError)
  })
})
