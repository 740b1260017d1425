import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refundProblem, stopReason } from '../../src/desk/refund-words.ts'
import { startStop } from '../../src/store/payout-stops.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'
import { addDecided, FILM } from './money-at-test.ts'

let desk: TestDesk
let approver: Browser
let viewer: Browser
beforeAll(async () => {
  desk = await openDesk()
  approver = new Browser(desk.origin)
  viewer = new Browser(desk.origin)
  await approver.signIn('approver')
  await viewer.signIn('viewer')
})
afterAll(() => desk.close())

const words = (page: string) => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&gt;', '>')

async function read(browser: Browser, path: string, language: 'en' | 'ja' = 'en'): Promise<string> {
  await desk.store.updateTable('users').set({ language }).execute()
  expect((await browser.get(path)).status).toBe(200)
  return unescaped(words(browser.page))
}

describe('the page of refunds', () => {
  test('before the first refund says so, and has all budgets whole', async () => {
    const page = await read(viewer, '/refunds')
    expect(page).toContain('No refunds yet')
    expect(page).toContain('No day has closed since the first refund.')
    expect(page).toContain('$0.00 of $1,000.00 $1,000.00 left')
    expect(page).not.toContain('Disputed payments')
  })

  test('shows what today’s budgets have left, in each currency and in all', async () => {
    await addDecided(desk.store, { amountMinor: 65_000 })
    await addDecided(desk.store, { amountMinor: 1_000, currency: 'JPY' })
    await addDecided(desk.store, { amountMinor: 500, state: 'failed', error: 'x' })
    const page = await read(viewer, '/refunds')
    expect(page).toContain('USD $650.00 of $1,000.00 $350.00 left')
    expect(page).toContain('JPY ¥1,000 of ¥15,000,000')
    expect(page).toContain('All together $656.60 of $2,500.00')
    expect(await read(viewer, '/refunds', 'ja')).toContain('$1,000.00 のうち $650.00 残り $350.00')
  })

  test('has one word for an incident in all its currencies, and its refunds one by one', async () => {
    const { id } = await desk.store
      .insertInto('incidents')
      .values({
        dimension: 'title',
        value: 'Casablanca',
        began_at: new Date(),
        opened_at: new Date(),
        last_seen_at: new Date(),
        sessions: 40,
        affected: 22,
        never_started: 1,
        customers: 20,
        baseline: 0.02,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const asked = { state: 'asked', incidentId: id } as const
    const first = await addDecided(desk.store, { ...asked, amountMinor: 440, currency: 'JPY' })
    await addDecided(desk.store, { ...asked, neverStarted: true })
    await addDecided(desk.store, asked)
    const page = await read(approver, '/refunds')
    expect(page).toContain('¥440 + $5.98 3 customers · 1 whose film never started')
    expect(approver.page.match(new RegExp(`action="/refunds/incidents/${id}/approve"`, 'g'))).toHaveLength(1)
    expect(page).toContain('Refund all 3')
    expect(page).not.toContain('Waiting for a person')
    const denied = await approver.post(`/refunds/${first.refundId}/deny`)
    expect(denied.headers.get('location')).toBe('/refunds?notice=refundDenied')
    expect(await read(approver, '/refunds')).toContain('Refund all 2')
    await approver.post(`/refunds/incidents/${id}/approve`)
    expect(await read(approver, '/refunds')).not.toContain('Incidents to agree to at once')
  })

  test('tells disputes, and days on which the books and the provider differ, in the reader’s language', async () => {
    await desk.store
      .insertInto('disputes')
      .values({
        provider: 'stripe',
        id: 'dp_1',
        payment_id: 'pi_77',
        amount_minor: 1499,
        currency: 'USD',
        status: 'open',
        at: new Date(),
      })
      .execute()
    const fault = {
      en: 'refund 7 is paid there and "denied" here',
      ja: '返金7は決済会社では支払い済みですが、帳簿では「denied」です',
    }
    const other = { id: 're_x', paymentId: 'pi_9', amountMinor: 500, currency: 'USD' }
    await desk.store
      .insertInto('reconciliations')
      .values([
        {
          day: '2026-11-20',
          provider: 'stripe',
          matched: 12,
          faults: JSON.stringify([fault]),
          others: JSON.stringify([other]),
        },
        { day: '2026-11-21', provider: 'stripe', matched: 1, faults: '[]', others: '[]' },
      ])
      .execute()
    const page = await read(viewer, '/refunds')
    expect(page).toContain('$14.99 pi_77 stripe dp_1 Open')
    expect(page).toContain('2026-11-21 stripe They agree. 1 refund compared')
    expect(page).toContain(
      '2026-11-20 stripe 1 difference 12 refunds compared refund 7 is paid there and "Denied" here',
    )
    expect(page).toContain('1 refund that others made there $5.00 re_x')
    const japanese = await read(viewer, '/refunds', 'ja')
    expect(japanese).toContain('差異1件')
    expect(japanese).toContain('帳簿では「返金なし」です')
    expect(japanese).toContain('審査中')
  })

  test('says which provider is left alone and how many wait for it', async () => {
    const left =
      'the gateway stripe is left alone, circuit open until 2026-11-22T06:00:00.000Z: no answer of Stripe in time'
    const { refundId } = await addDecided(desk.store, { state: 'reserved', error: left })
    expect(await read(viewer, '/refunds')).toMatch(
      /1 refund waits for it and goes on by itself\. No answer of Stripe/,
    )
    expect(await read(viewer, '/refunds', 'ja')).toContain(
      '待機中の返金1件は自動で再開します。 Stripe から時間内に',
    )
    await desk.store
      .updateTable('refunds')
      .set({ state: 'paid', error: null })
      .where('id', '=', refundId)
      .execute()
    expect(await read(viewer, '/refunds')).not.toContain('keeps failing')
  })

  test('says in Japanese what stopped payouts', async () => {
    const reason =
      '2026-11-20, stripe: refund 7 is paid at the provider (re_1) and "failed" in our books; something new'
    await desk.store
      .transaction()
      .execute((trx) => startStop(trx, { kind: 'reconciliation', reason, actor: 'worker:sweep' }))
    expect(await read(viewer, '/refunds', 'ja')).toContain(
      '2026-11-20, stripe: 返金7は決済会社（re_1）では支払い済みですが、帳簿では「失敗」です。something new',
    )
    expect(await read(viewer, '/refunds')).toContain(reason)
  })
})

describe('the journal', () => {
  test('comes as a file with every line of the days', async () => {
    const { line } = await addDecided(desk.store, { amountMinor: 1234 })
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
    const cookie = [...approver.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(`${desk.origin}/refunds/journal.csv?from=${today}&to=${today}`, {
      headers: { cookie },
    })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toContain(`refunds-${today}-${today}.csv`)
    const rows = (await answer.text()).trim().split('\r\n')
    expect(rows[0]).toMatch(/^line,day,at,refund,/)
    const own = rows.filter((row) => row.includes(`,${line},`))
    expect(own).toHaveLength(2)
    expect(own[0]).toMatch(/reserved,refunds:reserved,12\.34,,USD/)
    expect(own[1]).toMatch(/reserved,customer:owed,,12\.34,USD/)
  })

  test.each(['from=2026-02-30&to=2026-03-01', 'from=2026-03-02&to=2026-03-01', 'from=yesterday'])(
    'of %s is refused',
    async (query) => {
      expect((await approver.get(`/refunds/journal.csv?${query}`)).status).toBe(400)
      expect(approver.page).toContain('These are no two days')
    },
  )

  test('is not for everybody', async () => {
    expect((await viewer.get('/refunds/journal.csv')).status).toBe(403)
    expect(await read(viewer, '/refunds')).not.toContain('Journal for bookkeeping')
  })
})

describe('a decision', () => {
  test('is reached from its refund, and shows what it asked, what it saw and what came of it', async () => {
    const { decisionId, refundId, line } = await addDecided(desk.store, {
      limit: 'maxMinor',
      providerId: 're_5',
    })
    const event = await desk.store
      .selectFrom('refund_decisions')
      .select('event_id')
      .where('id', '=', decisionId)
      .executeTakeFirstOrThrow()
    await desk.store
      .insertInto('shadow_decisions')
      .values({
        event_id: event.event_id as number,
        rule_id: 'streaming-half',
        hash: 'ef'.repeat(32),
        outcome: 'pay',
        action: 'refund',
        amount_minor: 150,
        currency: 'USD',
        limit_hit: null,
      })
      .execute()
    await desk.store
      .insertInto('mails')
      .values({
        key: `refund-refund:${line}:playback`,
        message_id: `<${line}@x>`,
        refund_id: refundId,
        customer_id: 'c',
        recipient: 'laura@example.com',
        locale: 'en',
        template: 'refund-streaming',
        subject: 'We have refunded <b>Casablanca</b>',
        text: 'Hello Laura',
        html: '',
        state: 'sent',
      })
      .execute()
    await desk.store
      .insertInto('audit_log')
      .values({ actor: 'worker:payout', action: 'refund.paid', subject: `refund:${refundId}`, detail: '{}' })
      .execute()
    await read(approver, '/refunds')
    expect(approver.page).toContain(`href="/refunds/decisions/${decisionId}"`)
    const page = await read(approver, `/refunds/decisions/${decisionId}`)
    expect(approver.page).toContain('href="/rules#rule-streaming-rental"')
    expect(page).toContain('ab12cd34ab12')
    expect(page).toContain('Cut to the maximum')
    expect(page).toContain('session.rebufferRatio > 0.02 held It saw: rebuffer ratio 8.3 %')
    expect(page).toContain('order.kind == "rental" did not hold It saw: kind of order rental')
    expect(page).toContain('Played 30.0 min')
    expect(page).toContain('Given today, by the rule streaming-rental 40 times, $119.60')
    expect(page).toContain('streaming-half efefefefefef Gives it $1.50')
    expect(page).toMatch(/Set aside Reserved for refunds \$2\.99/)
    expect(page).toContain('Paid by the provider payout')
    expect(page).toContain('Hello Laura')
    expect(approver.page).not.toContain('<b>Casablanca</b>')
    expect(approver.page).not.toContain('{&#34;')
    const japanese = await read(viewer, `/refunds/decisions/${decisionId}`, 'ja')
    expect(japanese).toContain('session.rebufferRatio > 0.02 満たした 判定時の値： 停止時間の割合 8.3%')
    expect(japanese).toContain('引当 返金引当 $2.99')
    // What was written to a customer is for those who write to customers.
    expect(japanese).not.toContain('Hello Laura')
  })

  test('about repeated complaints says how many there were', async () => {
    const complaint = {
      code: 'item.wrong',
      codes: ['item.wrong'],
      severity: 1,
      confidence: 0.93,
      language: 'en',
      network: 'x',
      earlierByCustomerDays: [3.4],
      earlierByProductDays: [3.4, 12],
    }
    const { session, incident, ...rest } = FILM
    expect([session, incident]).toHaveLength(2)
    const { decisionId } = await addDecided(desk.store, {
      inputs: { ...rest, kind: 'complaint.coded', complaint },
      reasons: [
        {
          ruleId: 'r',
          condition: 'item.wrong, item.defective',
          held: true,
          value: 'item.wrong',
          of: 'codes',
        },
        {
          ruleId: 'r',
          condition: '{"perCustomer":2,"perProduct":5,"withinDays":90}',
          held: true,
          value: { byCustomer: 2, byProduct: 3 },
          of: 'repeat',
        },
      ],
    })
    const page = await read(viewer, `/refunds/decisions/${decisionId}`)
    expect(page).toContain('wrap-up code is one of item.wrong, item.defective held It saw: item.wrong')
    expect(page).toContain(
      '2 complaints of this customer, or 5 complaints about the product within 90 days, this one included',
    )
    expect(page).toContain('It saw: 2 by this customer, 3 about the product')
    expect(page).toContain('Earlier complaints about this product 2: 3, 12 days ago')
    const japanese = await read(viewer, `/refunds/decisions/${decisionId}`, 'ja')
    expect(japanese).toContain('90日以内に同じお客様から2件、またはこの商品について5件（今回を含む）')
  })

  test('without a rule, a refund or facts is still a page; one that is not there is not', async () => {
    const { id } = await desk.store
      .insertInto('refund_decisions')
      .values({
        order_line_id: 'line-x',
        customer_id: 'c9',
        outcome: 'deny',
        limit_hit: 'order',
        amount_minor: 0,
        currency: 'XXX',
        reasons: '[]',
        inputs: '{}',
        sentence: JSON.stringify({ en: 'The shop does not know it.', ja: '該当がありません。' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const page = await read(viewer, `/refunds/decisions/${id}`)
    expect(page).toContain('No rule held')
    expect(page).toContain('No such order line')
    expect((await viewer.get('/refunds/decisions/999999')).status).toBe(404)
    expect((await viewer.get('/refunds/decisions/x')).status).toBe(404)
  })

  test('keeps facts that can not be as they were', async () => {
    const order = { ...FILM.order, priceMinor: 2.5, currency: 'nope', gift: { wrapped: true } }
    const { decisionId } = await addDecided(desk.store, { inputs: { ...FILM, order } })
    const page = await read(viewer, `/refunds/decisions/${decisionId}`)
    expect(page).toContain('Price 2.5')
    expect(page).toContain('order.gift.wrapped yes')
  })
})

test.each([
  ['payouts are stopped (unusual-rate)', '支払いを止めているため待機しています（普段より大幅に多い返金）。'],
  [
    "the customer's bank disputes the payment; a refund on top of that would pay twice",
    'カード会社などを通じた異議申し立てがあり、返金すると二重払いになるおそれがあります。',
  ],
  ['the provider had paid it and took it back later', /返金が取り消されました/],
  ['somebody else refunded this payment at the provider in the meantime', /決済会社で直接行われました/],
  [
    'the gateway stripe is left alone, circuit half-open: Stripe asks us to slow down; send it again later',
    /接続を控えています。最後の原因：Stripe から送信の頻度を下げるよう/,
  ],
  [
    'the payment provider refused: Stripe can not pay 5123 minor units of KWD; 5120 it could (amount_not_payable)',
    /^Stripe では.*5\.123.*（支払えるのは.*5\.120.*）。$/,
  ],
  [
    'POST https://pay.example/refunds: no answer within 10000 ms; ask for refund:l:playback before it is sent again',
    '10秒以内に回答がありませんでした。',
  ],
  [
    'the mail server refused <refund-1.ab@x>: 550 no such user',
    'メールサーバーに拒否されました：550 no such user',
  ],
  ["the mail's recipient is not one mail address: it is not sent", /宛先のメールアドレス/],
])('%s can be read in Japanese', (english, japanese) => {
  expect(refundProblem('ja', english)).toMatch(japanese)
  expect(refundProblem('ja', english)).not.toMatch(/the provider|refund\b/)
})

test('what stopped payouts by itself can be read in Japanese, a person’s note stays as it is', () => {
  expect(
    stopReason('ja', '31 automatic refunds within an hour; this hour of the day usually brings 2.0'),
  ).toBe('1時間に自動の返金が31件ありました。この時間帯は普段2.0件です。')
  expect(
    stopReason(
      'ja',
      'ledger: what was paid is 5 USD (minor units), the refunds say 4; order line l1 is refunded beyond its charge',
    ),
  ).toBe(
    '帳簿：支払済みの返金が5（USDの最小単位）ですが、返金の記録では4です。注文明細 l1 の返金が請求額を超えています。',
  )
  expect(stopReason('ja', 'Bank calls; wait for Aiko')).toBe('Bank calls; wait for Aiko')
})
