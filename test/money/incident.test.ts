import { afterAll, beforeAll, expect, test } from 'vitest'
import { approveIncident } from '../../src/refunds/index.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { everyComplaint, type Money, openMoney, person, roomy } from './money-at-test.ts'

let money: Money
let userId: number
beforeAll(async () => {
  money = await openMoney()
  await money.rules(everyComplaint({ approval: { always: true } }))
  userId = await person(money, 'approver')
})
afterAll(() => money.close())

/** An open incident with refunds that wait, in the order of their asking; true: the film never started. */
async function incident(...neverStarted: boolean[]) {
  const { id: incidentId } = await money.store
    .insertInto('incidents')
    .values({
      dimension: 'title',
      value: `Film ${Math.random()}`,
      began_at: new Date(),
      opened_at: new Date(),
      last_seen_at: new Date(),
      baseline: 0,
      sessions: 9,
      affected: 9,
      never_started: 1,
      customers: 9,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const ids: number[] = []
  for (const never_started of neverStarted) {
    const order = money.newOrder({ priceMinor: 1000 })
    await money.settle(await money.complain(order))
    const { id } = await money.store
      .updateTable('refunds')
      .set({ incident_id: incidentId, never_started })
      .where('order_line_id', '=', order.lineId)
      .returning('id')
      .executeTakeFirstOrThrow()
    ids.push(id)
  }
  return { incidentId, ids }
}

const budget = (USD: number) =>
  roomy(money.payouts, { budgets: { perDayMinor: { USD }, allPerDay: { currency: 'USD', minor: 1e9 } } })
const approve = (incidentId: number, by = budget(1e9)) =>
  approveIncident(money.store, by, { incidentId, userId })

test('one word pays everybody whom an incident touched, those whose film never started first', async () => {
  const { incidentId, ids } = await incident(false, true, false, true)
  const [first, second, third, fourth] = ids
  expect(await approve(incidentId)).toEqual({ approved: [second, fourth, first, third], left: 0 })
  for (const id of ids) {
    expect(await money.refund(id)).toMatchObject({ state: 'reserved', approved_by: userId })
    expect(await money.pay(id)).toMatchObject({ outcome: 'paid' })
  }
  expect(await approve(incidentId)).toEqual({ approved: [], left: 0 })
  expect(await checkLedger(money.store)).toEqual([])
})

test('the budget of the day pays as many as it can, and the others the next time', async () => {
  await money.store.updateTable('refunds').set({ reserved_on: '2020-01-01' }).execute()
  const { incidentId, ids } = await incident(false, false, true)
  expect(await approve(incidentId, budget(2_500))).toEqual({ approved: [ids[2], ids[0]], left: 1 })
  expect(await money.refund(ids[1] ?? 0)).toMatchObject({ state: 'asked', approved_by: null })
  expect(await approve(incidentId, budget(3_500))).toEqual({ approved: [ids[1]], left: 0 })
})

test('two people who press at once approve each refund once', async () => {
  const { incidentId, ids } = await incident(true, true, true)
  const [one, two] = await Promise.all([approve(incidentId), approve(incidentId)])
  expect([...one.approved, ...two.approved].sort((a, b) => a - b)).toEqual(ids)
})
