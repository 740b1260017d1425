import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refundKey, sendReplacement, type WriteReplacementMail } from '../../src/refunds/index.ts'
import { findReplacement, insertReplacement, moveReplacement } from '../../src/store/replacements.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { type Outside, openOutside, orderOf } from './outside-at-test.ts'

let db: TestStore
let outside: Outside
let userId: number
beforeAll(async () => {
  db = await createTestStore()
  outside = await openOutside()
  const user = await db.store
    .insertInto('users')
    .values({ name: 'Mika', login: 'mika', password_hash: 'x', role: 'approver' })
    .returning('id')
    .executeTakeFirstOrThrow()
  userId = user.id
})
afterAll(async () => {
  await outside.close()
  await db.close()
})
beforeEach(() => outside.box.shop.control.clearFaults())

const writeMail: WriteReplacementMail = async (replacement) => ({
  key: `replacement-${replacement.key}`,
  message_id: `<replacement-${replacement.id}@kikimimi>`,
  replacement_id: replacement.id,
  customer_id: replacement.customer_id,
  recipient: 'ada@example.com',
  locale: 'en',
  template: 'replacement',
  subject: 'On its way',
  text: 'again',
  html: '<p>again</p>',
})
const send = (id: number) => sendReplacement(db.store, outside.shop, id, writeMail)
const rowOf = async (id: number) => (await findReplacement(db.store, id)) as NonNullable<unknown>
const made = (orderId: string) =>
  outside.box.shop.control.replacements().filter((each) => each.orderId === orderId)

async function decisionFor(lineId: string, customerId: string): Promise<number> {
  const { id } = await db.store
    .insertInto('refund_decisions')
    .values({
      order_line_id: lineId,
      customer_id: customerId,
      action: 'replace',
      outcome: 'pay',
      amount_minor: 0,
      currency: 'USD',
      reasons: '[]',
      inputs: '{}',
      sentence: JSON.stringify({ en: 'Sent again.', ja: '再送します。' }),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function replacement(state: 'asked' | 'intent' = 'intent', sku?: string) {
  const order = orderOf(outside.box, sku ? { sku } : {})
  const decisionId = await decisionFor(order.lineId, order.customerId)
  const values = {
    key: refundKey(order.lineId, 'item'),
    decision_id: decisionId,
    order_id: order.orderId,
    order_line_id: order.lineId,
    customer_id: order.customerId,
    title: 'Decaf coffee beans',
    quantity: 1,
    locale: 'en',
    mail_template: 'replacement',
    state,
  }
  const id = await db.store.transaction().execute((trx) => insertReplacement(trx, values))
  return { ...order, id: id as number, values }
}

const addRefund = (given: Awaited<ReturnType<typeof replacement>>) =>
  db.store
    .insertInto('refunds')
    .values({
      key: given.values.key,
      decision_id: given.values.decision_id,
      order_id: given.orderId,
      order_line_id: given.lineId,
      customer_id: given.customerId,
      payment_id: given.paymentId,
      title: 'Decaf coffee beans',
      locale: 'en',
      amount_minor: 2000,
      currency: 'USD',
      charged_minor: 2000,
      state: 'reserved',
    })
    .execute()

describe('a replacement', () => {
  test('is asked of the shop once, and its mail is written with the mark', async () => {
    const { id, orderId } = await replacement()
    const sent = await send(id)
    expect(sent).toMatchObject({ outcome: 'sent', mailId: expect.any(Number) })
    expect(await rowOf(id)).toMatchObject({ state: 'sent', provider_id: made(orderId)[0]?.id })
    expect(await send(id)).toEqual({ outcome: 'done' })
    expect(made(orderId)).toHaveLength(1)
  })

  test('whose answer was lost is looked up before anything is sent again', async () => {
    const { id, orderId } = await replacement()
    outside.box.shop.control.inject({ route: /POST .*replacements/, kind: 'drop-after' })
    expect(await send(id)).toMatchObject({ outcome: 'later' })
    expect(await rowOf(id)).toMatchObject({ state: 'intent', attempts: 1 })
    expect(made(orderId)).toHaveLength(1)
    expect(await send(id)).toMatchObject({ outcome: 'sent' })
    // Found by its key, so nothing was sent a second time.
    expect(await rowOf(id)).toMatchObject({ attempts: 1, provider_id: made(orderId)[0]?.id })
    expect(made(orderId)).toHaveLength(1)
  })

  test('waits for a shop that is away', async () => {
    const { id, orderId } = await replacement()
    outside.box.shop.control.inject({ route: /replacements/, kind: 'html-503' })
    expect(await send(id)).toMatchObject({ outcome: 'later' })
    expect(made(orderId)).toHaveLength(0)
    expect(await send(id)).toMatchObject({ outcome: 'sent' })
  })

  test('that the shop refuses waits for a person, who may have it sent again under another key', async () => {
    const { id } = await replacement('intent', 'rare')
    outside.box.shop.control.sellOut('rare')
    expect(await send(id)).toEqual({ outcome: 'failed' })
    expect(await rowOf(id)).toMatchObject({ state: 'failed', error: expect.stringContaining('out_of_stock') })
    expect(await send(id)).toEqual({ outcome: 'done' })
    expect(await moveReplacement(db.store, { id, move: 'retried', userId })).toEqual({ outcome: 'moved' })
    expect(await rowOf(id)).toMatchObject({ state: 'intent', round: 2, error: null })
    expect(await send(id)).toEqual({ outcome: 'failed' })
    expect(await moveReplacement(db.store, { id, move: 'given-up', userId })).toEqual({ outcome: 'moved' })
    expect(await moveReplacement(db.store, { id, move: 'retried', userId })).toEqual({
      outcome: 'conflict',
      state: 'denied',
    })
  })

  test('without an answer for a day goes to a person, and a retry finds what was sent after all', async () => {
    const { id, orderId } = await replacement()
    outside.box.shop.control.inject({ route: /POST .*replacements/, kind: 'drop-after' })
    await send(id)
    const yesterday = new Date(Date.now() - 25 * 3_600_000)
    await db.store
      .updateTable('replacements')
      .set({ waiting_since: yesterday })
      .where('id', '=', id)
      .execute()
    outside.box.shop.control.inject({ route: /replacements/, kind: 'html-503' })
    expect(await send(id)).toEqual({ outcome: 'failed' })
    await moveReplacement(db.store, { id, move: 'retried', userId })
    expect(await send(id)).toMatchObject({ outcome: 'sent' })
    expect(made(orderId)).toHaveLength(1)
  })

  test('that a rule left to a person is sent after they agree, and never after they do not', async () => {
    const [yes, no] = [await replacement('asked'), await replacement('asked')]
    expect(await send(yes.id)).toEqual({ outcome: 'done' })
    expect(await moveReplacement(db.store, { id: yes.id, move: 'approved', userId })).toEqual({
      outcome: 'moved',
    })
    await moveReplacement(db.store, { id: no.id, move: 'denied', userId })
    expect(await moveReplacement(db.store, { id: no.id, move: 'approved', userId })).toMatchObject({
      outcome: 'conflict',
    })
    expect(await send(yes.id)).toMatchObject({ outcome: 'sent' })
    expect(await send(no.id)).toEqual({ outcome: 'done' })
  })

  test('is not written down twice, nor beside a refund of the same order line and cause', async () => {
    const first = await replacement()
    const insert = (values: typeof first.values) =>
      db.store.transaction().execute((trx) => insertReplacement(trx, values))
    expect(await insert(first.values)).toBeNull()
    const other = await replacement('asked')
    await db.store.deleteFrom('replacements').where('id', '=', other.id).execute()
    await addRefund(other)
    expect(await insert(other.values)).toBeNull()
  })

  test('is not sent any more where the money went back instead', async () => {
    const asked = await replacement('asked')
    await addRefund(asked)
    expect(await moveReplacement(db.store, { id: asked.id, move: 'approved', userId })).toEqual({
      outcome: 'refunded',
    })
    expect(await send(asked.id)).toEqual({ outcome: 'done' })
    expect(made(asked.orderId)).toHaveLength(0)
  })
})
