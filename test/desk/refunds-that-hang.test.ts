import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refundProblem } from '../../src/desk/refund-words.ts'
import { loadPayouts, reserve } from '../../src/refunds/index.ts'
import type { RefundState } from '../../src/store/schema.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let approver: Browser
beforeAll(async () => {
  desk = await openDesk()
  approver = new Browser(desk.origin)
  await approver.signIn('approver')
})
afterAll(() => desk.close())

let lines = 0

async function addRefund(state: RefundState, error: string): Promise<number> {
  const line = `line-${++lines}`
  return desk.store.transaction().execute(async (trx) => {
    const { id: decisionId } = await trx
      .insertInto('refund_decisions')
      .values({
        order_line_id: line,
        customer_id: 'c1',
        outcome: 'pay',
        amount_minor: 299,
        currency: 'USD',
        reasons: '[]',
        inputs: '{}',
        sentence: JSON.stringify({ en: 'It stalled.', ja: '再生が途切れました。' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const { id } = await trx
      .insertInto('refunds')
      .values({
        key: `refund:${line}:playback`,
        decision_id: decisionId,
        order_id: `order-${lines}`,
        order_line_id: line,
        customer_id: 'c1',
        payment_id: 'p1',
        title: 'Casablanca',
        locale: 'en',
        mail_template: 'refund-streaming',
        amount_minor: 299,
        currency: 'USD',
        charged_minor: 299,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const money = { refundId: id, round: 1, orderLineId: line, chargedMinor: 299, amountMinor: 299 }
    await reserve(trx, loadPayouts('templates/payouts.yaml'), { ...money, currency: 'USD' }, new Date())
    await trx.updateTable('refunds').set({ state, error }).where('id', '=', id).execute()
    return id
  })
}

const refundOf = (id: number) =>
  desk.store.selectFrom('refunds').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const LOST =
  'its answer was lost and the provider does not list it. Look it up at the provider (refund:line-9:playback) and say here whether it was paid.'

describe('a refund that failed', () => {
  test('says why, and is sent again only after a second look', async () => {
    const id = await addRefund('failed', 'the payment provider refused: card expired (expired_card)')
    await approver.get('/refunds')
    expect(approver.page).toContain('card expired (expired_card)')
    const details = new RegExp(`<details[^>]*>(?:(?!</details>)[^])*?/refunds/${id}/retry`)
    expect(approver.page).toMatch(details)
    const sent = await approver.post(`/refunds/${id}/retry`)
    expect(sent.headers.get('location')).toBe('/refunds?notice=refundRetried')
    expect(await refundOf(id)).toMatchObject({ state: 'reserved', round: 2, error: null })
    expect(desk.queued).toContainEqual({ stage: 'payout', ids: [String(id)] })
    const before = desk.queued.length
    await approver.get('/refunds')
    const again = await approver.post(`/refunds/${id}/retry`)
    expect(again.headers.get('location')).toBe('/refunds?notice=refundSettled')
    expect(desk.queued).toHaveLength(before)
  })

  test('is shown without buttons to those who may not let money out', async () => {
    const id = await addRefund('failed', 'the provider took the refund and it came to nothing')
    const viewer = new Browser(desk.origin)
    await viewer.signIn('viewer')
    await viewer.get('/refunds')
    expect(viewer.page).toContain('it came to nothing')
    expect(viewer.page).not.toContain(`/refunds/${id}/retry`)
  })
})

describe('a refund that nobody can tell about', () => {
  test('is booked once a person saw it at the provider, and its mail is asked for', async () => {
    const id = await addRefund('unknown', LOST)
    await approver.get('/refunds')
    expect(approver.page).toContain('Look it up at the provider')
    const done = await approver.post(`/refunds/${id}/settle`, { paid: 'yes', providerId: ' re_77 ' })
    expect(done.headers.get('location')).toBe('/refunds?notice=refundFoundPaid')
    expect(await refundOf(id)).toMatchObject({ state: 'paid', provider_id: 're_77', untold: true })
    expect(desk.queued).toContainEqual({ stage: 'payout', ids: [String(id)] })
  })

  test('fails, and moves no money, once a person found that it was not paid', async () => {
    const id = await addRefund('unknown', LOST)
    await approver.get('/refunds')
    const done = await approver.post(`/refunds/${id}/settle`, { paid: 'no' })
    expect(done.headers.get('location')).toBe('/refunds?notice=refundFoundUnpaid')
    expect(await refundOf(id)).toMatchObject({ state: 'failed' })
    expect(desk.queued).not.toContainEqual({ stage: 'payout', ids: [String(id)] })
    await approver.get('/refunds')
    expect(approver.page).toContain(`/refunds/${id}/retry`)
  })

  test('needs an answer to yes or no', async () => {
    const id = await addRefund('unknown', LOST)
    await approver.get('/refunds')
    expect((await approver.post(`/refunds/${id}/settle`)).status).toBe(400)
    expect(await refundOf(id)).toMatchObject({ state: 'unknown' })
  })

  test('counts in the navigation as work for a person', async () => {
    await desk.store.updateTable('refunds').set({ state: 'paid' }).execute()
    await addRefund('unknown', LOST)
    await approver.get('/')
    expect(approver.page).toMatch(/<a href="\/refunds">Refunds <span class="count">1<\/span>/)
  })
})

test('mails that were refused for good are shown with the reason', async () => {
  await desk.store
    .insertInto('mails')
    .values({
      key: 'm1',
      message_id: '<m1@kikimimi>',
      customer_id: 'c7',
      recipient: 'laura@example.com',
      locale: 'en',
      template: 'refund-streaming',
      subject: 'We have refunded Casablanca',
      text: 't',
      html: 'h',
      state: 'rejected',
      error: '550 no such mailbox',
    })
    .execute()
  await approver.get('/refunds')
  expect(approver.page).toContain('We have refunded Casablanca')
  expect(approver.page).toContain('550 no such mailbox')
})

test('why a refund hangs can be read in Japanese, one reason inside the other', () => {
  expect(refundProblem('ja', LOST)).toBe(
    '回答が届かず、決済会社の一覧にもありません。決済会社の画面で refund:line-9:playback を探し、支払われたかどうかをここに記録してください。',
  )
  expect(
    refundProblem(
      'ja',
      'it was sent before and its answer was lost; sent again, the payment provider refused: done (charge_already_refunded)',
    ),
  ).toBe(
    '一度送金しましたが回答が届かず、もう一度送りました。結果：決済会社に断られました：done（charge_already_refunded）。',
  )
  expect(refundProblem('ja', 'something new')).toBe('something new')
  expect(refundProblem('en', LOST)).toBe(LOST.replace('its', 'Its'))
})
