import { expect, test } from 'vitest'
import { createHttpGateway, findByKey } from '../../src/refunds/gateways/index.ts'
import { sandbox } from '../sandbox/support.ts'

const key = 'refund:line-1:playback'
const request = { key, paymentId: 'pay_5001', amountMinor: 299, currency: 'USD' }

test('the http gateway and the sandbox understand each other: pending, failed later, made by others', async () => {
  const { payments } = await sandbox()
  const gateway = createHttpGateway(payments)
  payments.control.makePending(1)
  const taken = await gateway.refund(request)
  expect(taken.status).toBe('pending')
  const ours = async () => findByKey(await gateway.refundsOf('pay_5001'), key)
  expect(await ours()).toMatchObject({ id: taken.id, status: 'pending', amountMinor: 299 })
  payments.control.settlePending()
  expect((await ours())?.status).toBe('succeeded')
  payments.control.failLater(taken.id)
  expect((await ours())?.status).toBe('failed')
  payments.control.refundByOther({ paymentId: 'pay_5001', amountMinor: 100 })
  const listed = await gateway.refundsOf('pay_5001')
  expect(listed.map((refund) => refund.key).sort()).toEqual([key, null].sort())
  await expect(gateway.refund({ ...request, key: `${key}:2` })).rejects.toMatchObject({
    code: 'amount_exceeds_payment',
  })
})

test('lists of hundreds are read whole', async () => {
  const { payments } = await sandbox()
  payments.control.addPayment({ id: 'pay_big', amountMinor: 1_000, currency: 'JPY' })
  for (let i = 0; i < 250; i += 1) payments.control.refundByOther({ paymentId: 'pay_big', amountMinor: 1 })
  const gateway = createHttpGateway(payments)
  expect(await gateway.refundsOf('pay_big')).toHaveLength(250)
  const hour = 3_600_000
  const between = await gateway.refundsBetween(new Date(Date.now() - hour), new Date(Date.now() + hour))
  expect(between).toHaveLength(250)
})

test('a wrong secret is told as such', async () => {
  const { payments } = await sandbox()
  const gateway = createHttpGateway({ ...payments, signingSecret: 'not-the-secret' })
  await expect(gateway.refund(request)).rejects.toThrow(/PAYMENTS_SIGNING_SECRET/)
  expect(payments.control.refunds()).toEqual([])
})
