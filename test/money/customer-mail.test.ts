import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadMailTemplates } from '../../src/mail/index.ts'
import { payRefund } from '../../src/refunds/index.ts'
import { refundMails, replacementMails } from '../../workers/customer-mail.ts'
import { type Outside, openOutside, orderOf } from '../refunds/outside-at-test.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { reservedRefund, rowOf } from './reserved-refund.ts'

const mails = loadMailTemplates('templates')
const from = 'ひなた <care@hinata.example.com>'

let db: TestStore
let outside: Outside
beforeAll(async () => {
  db = await createTestStore()
  outside = await openOutside()
})
afterAll(async () => {
  await outside.close()
  await db.close()
})

const pen = () => ({ mails, shop: outside.shop, from })

async function reserved(as: { incident_id?: number; method?: 'coupon'; mail_template?: string } = {}) {
  const { customerId, orderId, lineId, paymentId } = orderOf(outside.box, { kind: 'rental', priceMinor: 299 })
  const line = { orderId, customerId, paymentId, title: 'Casablanca', priceMinor: 299, currency: 'USD' }
  const id = await reservedRefund(db, lineId, 'playback', line)
  // A coupon is given to a customer.
  const target = as.method === 'coupon' ? customerId : paymentId
  await db.store
    .updateTable('refunds')
    .set({ ...as, payment_id: target })
    .where('id', '=', id)
    .execute()
  return id
}

const mailOf = (refundId: number) =>
  db.store.selectFrom('mails').selectAll().where('refund_id', '=', refundId).executeTakeFirstOrThrow()

test('a refund of an incident says that the failure was ours and hit many; another does not', async () => {
  const incident = await db.store
    .insertInto('incidents')
    .values({
      dimension: 'title',
      value: 'Casablanca',
      began_at: new Date(),
      opened_at: new Date(),
      last_seen_at: new Date(),
      sessions: 40,
      affected: 22,
      never_started: 3,
      customers: 20,
      baseline: 0.02,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const [wide, alone] = [await reserved({ incident_id: incident.id }), await reserved()]
  for (const id of [wide, alone]) await payRefund(db.store, outside.gateways, id, refundMails(pen()))
  expect((await mailOf(wide)).text).toContain('Something failed on our side, and it hit many people')
  expect((await mailOf(alone)).text).not.toContain('on our side')
  const data = { title: 'Casablanca', amountMinor: 299, currency: 'USD', incident: 'wide' }
  expect(mails.render('refund-streaming', 'ja', data).text).toContain('当社の配信設備の障害によるもの')
})

test('a coupon’s mail tells the code that the shop made', async () => {
  const id = await reserved({ method: 'coupon', mail_template: 'coupon' })
  const paid = await payRefund(db.store, outside.gateways, id, refundMails(pen()))
  expect(paid).toMatchObject({ outcome: 'paid', mailId: expect.any(Number) })
  const [coupon] = outside.box.shop.control.coupons()
  const mail = await mailOf(id)
  expect(coupon?.code).toMatch(/^SORRY-/)
  expect(mail.text).toContain(`a coupon worth $2.99. Its code is ${coupon?.code}.`)
  expect(mail.html).toContain(coupon?.code)
})

test('a shop that is away right after it made the coupon leaves nobody untold', async () => {
  const id = await reserved({ method: 'coupon', mail_template: 'coupon' })
  const write = refundMails(pen())
  const paid = await payRefund(db.store, outside.gateways, id, async (refund) => {
    if (refund.provider_id !== null) {
      outside.box.shop.control.inject({ route: 'customer', kind: 'status', status: 503 })
    }
    return write(refund)
  })
  expect(paid).toMatchObject({ outcome: 'paid', mailId: expect.any(Number) })
  expect((await mailOf(id)).text).toContain('It is in your account')
})

test('a mail is one and the same however often it is written, and its id ends with the sender’s domain', async () => {
  const refund = await rowOf(db, await reserved())
  const [first, again] = [await refundMails(pen())(refund), await refundMails(pen())(refund)]
  expect(again).toEqual(first)
  expect(first?.message_id).toMatch(/^<refund-\d+\.[0-9a-f]{24}@hinata\.example\.com>$/)
  const other = await refundMails(pen())({ ...refund, key: 'refund:line-of-another-database:playback' })
  expect(other?.message_id).not.toBe(first?.message_id)
})

test('a customer whose language no template has gets the brand’s first one, and the mail says so', async () => {
  outside.box.shop.control.addCustomer({
    id: 'cus_fr',
    name: 'Aimée',
    email: 'aimee@example.com',
    // The sandbox's own customers speak two languages; a real shop's speak more.
    locale: 'fr-CA' as 'en',
    country: 'US',
  })
  const mail = await replacementMails(pen())({
    id: 7,
    key: 'refund:l7:item',
    decision_id: 1,
    case_id: null,
    order_id: 'o7',
    order_line_id: 'l7',
    customer_id: 'cus_fr',
    sku: null,
    title: 'Decaf',
    quantity: 1,
    locale: 'fr-CA',
    mail_template: 'replacement',
    state: 'intent',
    provider_id: null,
    approved_by: null,
    error: null,
    attempts: 0,
    created_at: new Date(),
    sent_at: null,
    round: 1,
    waiting_since: new Date(),
  })
  expect(mail).toMatchObject({ locale: 'en', recipient: 'aimee@example.com', replacement_id: 7 })
  expect(mail?.subject).toBe('A new "Decaf" is on its way')
})
