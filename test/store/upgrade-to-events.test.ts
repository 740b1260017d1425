import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { loadPayouts, payRefund, retryRefund } from '../../src/refunds/index.ts'
import { migrate } from '../../src/store/database.ts'
import { checkLedger } from '../../src/store/ledger-check.ts'
import { raisePlaybackEvent } from '../../src/store/playback-events.ts'
import { findWaiting } from '../../src/store/sweep.ts'
import { startProvider } from '../money/provider.ts'
import { mailOf } from '../money/reserved-refund.ts'
import { databaseOf } from '../support/database-of.ts'

test('an installation of the release before keeps its refunds payable, its books and its decisions', async () => {
  const store = await databaseOf('0004')
  const session = (sid: string, line: string, state: string) =>
    sql`
    insert into streaming_sessions (sid, customer_id, order_id, order_line_id, title, state, last_report_at, measured_at)
    values (${sid}, 'c1', 'o1', ${line}, 'Casablanca', ${state}, now(), now() - interval '1 minute')`.execute(
      store,
    )
  await session('s1', 'line-1', 'decided')
  await session('s2', 'line-1', 'decided')
  await session('s3', 'line-2', 'decided')
  await session('s4', 'line-3', 'ended')
  const decision = async (sid: string, line: string, outcome: string) => {
    const { rows } = await sql<{ id: number }>`
      insert into refund_decisions (sid, order_line_id, customer_id, rule_id, outcome, amount_minor, currency, reasons, inputs, sentence)
      values (${sid}, ${line}, 'c1', 'streaming-rental', ${outcome}, 299, 'USD', '[]', '{}', '{"en":"","ja":""}')
      returning id`.execute(store)
    return rows[0]?.id as number
  }
  await decision('s1', 'line-1', 'no-rule')
  const paying = await decision('s2', 'line-1', 'pay')
  const failing = await decision('s3', 'line-2', 'pay')
  const refund = async (line: string, decisionId: number, state: string) => {
    const { rows } = await sql<{ id: number }>`
      insert into refunds (key, decision_id, order_id, order_line_id, customer_id, payment_id, title, locale, amount_minor, currency, charged_minor, state)
      values (${`refund:${line}:playback`}, ${decisionId}, 'o1', ${line}, 'c1', ${`pay-${line}`}, 'Casablanca', 'en', 299, 'USD', 299, ${state})
      returning id`.execute(store)
    const id = rows[0]?.id as number
    const entry = (event: string, sign: number) =>
      sql`
      insert into ledger_entries (refund_id, event, account, amount_minor, currency) values
        (${id}, ${event}, 'refunds:reserved', ${299 * sign}, 'USD'),
        (${id}, ${event}, 'customer:owed', ${-299 * sign}, 'USD')`.execute(store)
    await entry('reserved', 1)
    if (state === 'failed') await entry('failed', -1)
    return id
  }
  const reserved = await refund('line-1', paying, 'reserved')
  const failed = await refund('line-2', failing, 'failed')

  await migrate(store)

  const events = await store.selectFrom('refund_events').select(['key', 'state']).orderBy('key').execute()
  expect(events).toEqual([
    { key: 'playback:line-1', state: 'decided' },
    { key: 'playback:line-2', state: 'decided' },
  ])
  const decisions = await store
    .selectFrom('refund_decisions')
    .select(['sid', 'event_id', 'kind'])
    .orderBy('id')
    .execute()
  expect(decisions.map(({ sid, event_id }) => [sid, event_id !== null])).toEqual([
    ['s1', false],
    ['s2', true],
    ['s3', true],
  ])
  expect(await checkLedger(store)).toEqual([])
  expect((await findWaiting(store, 'payout')).map(({ id }) => id)).toEqual([String(reserved)])
  // What was decided stays so; what was not is raised.
  expect(await raisePlaybackEvent(store, 'line-1', 0)).toBeNull()
  expect(await raisePlaybackEvent(store, 'line-3', 0)).toEqual(expect.any(Number))
  const { gateways } = await startProvider()
  expect(await payRefund(store, gateways, reserved, mailOf)).toMatchObject({ outcome: 'paid' })
  const payouts = loadPayouts('templates/payouts.yaml')
  expect(await retryRefund(store, payouts, { refundId: failed, userId: 1 })).toEqual({ outcome: 'reserved' })
  const row = await store.selectFrom('refunds').selectAll().where('id', '=', failed).executeTakeFirstOrThrow()
  expect(row).toMatchObject({ rule_id: 'streaming-rental', method: 'payment', round: 2, base_minor: 299 })
  expect(await checkLedger(store)).toEqual([])
})
