import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { lookAgain } from '../../src/listening/index.ts'
import { listLooks } from '../../src/store/looks-again.ts'
import { complain, pollAll, type Rig, rig } from '../listening/support.ts'

const PRICE = 5000
const options = () => ({
  afterMs: 20 * 3600_000,
  dailyMicroUsd: null as number | null,
  priceMicroUsd: PRICE,
  suspects: new Set<number>(),
})
/** As if everything had been heard two days ago. */
const twoDaysLater = ({ store }: Rig) =>
  sql`update posts set received_at = received_at - interval '2 days', looked_at = looked_at - interval '2 days'`.execute(
    store,
  )
async function texts({ store }: Rig) {
  const rows = await store.selectFrom('posts').select(['text', 'deleted_at']).orderBy('external_id').execute()
  return rows.map(({ text, deleted_at }) => (deleted_at ? 'gone' : text))
}

test('words that were deleted on the network are gone here within a day, in every place', async () => {
  const r = await rig()
  const [first = '', second = ''] = complain(r.box, 2)
  const answer = r.box.x.control.post({
    author: 'neighbour',
    text: '@hinata_shop same here',
    inReplyTo: first,
  })
  await pollAll(r)
  expect(await texts(r)).toHaveLength(3)
  const before = await sql<{
    n: number
  }>`select count(*)::int as n from posts where context ? 'repliesTo'`.execute(r.store)
  expect(before.rows[0]?.n).toBe(1)

  // Heard a moment ago: nobody asks yet.
  expect(await lookAgain(r.store, r.network, options())).toEqual({ looked: 0, gone: 0 })
  r.box.x.control.deletePost(first)
  await twoDaysLater(r)
  expect(await lookAgain(r.store, r.network, options())).toEqual({ looked: 3, gone: 1 })
  const found = await texts(r)
  expect(found.filter((text) => text === 'gone')).toHaveLength(1)
  const { rows } = await sql<{ external_id: string; text: string; context: object; erased: boolean }>`
    select external_id, text, context, erased_at is not null as erased from posts order by id`.execute(
    r.store,
  )
  expect(rows.find(({ external_id }) => external_id === first)).toMatchObject({
    text: '',
    context: {},
    erased: true,
  })
  expect(rows.find(({ external_id }) => external_id === second)?.text).toContain('parcel')
  expect(rows.find(({ external_id }) => external_id === answer)).toMatchObject({ context: {}, erased: false })

  // Looked at today: nobody asks, and pays, again.
  expect(await lookAgain(r.store, r.network, options())).toEqual({ looked: 0, gone: 0 })
  const [looks] = await listLooks(r.store)
  expect(looks).toMatchObject({ network: 'x', looked: 3, gone: 1, microUsd: 2 * PRICE, waiting: 0 })
})

test('it costs no more than it may, and says how many posts wait', async () => {
  const r = await rig()
  complain(r.box, 7)
  await pollAll(r)
  await twoDaysLater(r)
  const careful = { ...options(), dailyMicroUsd: 4 * PRICE }
  expect(await lookAgain(r.store, r.network, careful)).toEqual({ looked: 4, gone: 0 })
  expect(await lookAgain(r.store, r.network, careful)).toEqual({ looked: 0, gone: 0 })
  expect((await listLooks(r.store))[0]).toMatchObject({ looked: 4, microUsd: 4 * PRICE, waiting: 3 })
  // Those that waited come first on the next day.
  await sql`update looks_again set day = day - 1`.execute(r.store)
  expect(await lookAgain(r.store, r.network, careful)).toEqual({ looked: 3, gone: 0 })
})

test('a crowd that is gone at once is asked for a second time before its words go', async () => {
  const r = await rig()
  const ids = complain(r.box, 12)
  await pollAll(r)
  await twoDaysLater(r)
  for (const id of ids.slice(0, 11)) r.box.x.control.deletePost(id)
  const same = options()
  expect(await lookAgain(r.store, r.network, same)).toEqual({ looked: 12, gone: 0 })
  expect((await texts(r)).filter((text) => text === 'gone')).toEqual([])
  expect(await lookAgain(r.store, r.network, same)).toEqual({ looked: 11, gone: 11 })
  expect((await texts(r)).filter((text) => text === 'gone')).toHaveLength(11)
})

test('a network that does not answer loses nobody a word', async () => {
  const r = await rig()
  complain(r.box, 2)
  await pollAll(r)
  await twoDaysLater(r)
  await r.box.close()
  await expect(lookAgain(r.store, r.network, options())).rejects.toThrow('X can not be reached')
  expect((await texts(r)).every((text) => text.includes('parcel'))).toBe(true)
  expect((await listLooks(r.store))[0]).toMatchObject({ waiting: 2 })
})
