import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signSessionToken } from '../../src/streaming/index.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

const SECRET = 'a secret of this test, long enough'

let product: TestProduct
beforeAll(async () => {
  product = await startProduct({ env: { WORKERS: 'none', DESK: 'off', SECRET_KEY: SECRET } })
})
afterAll(() => product.close())

/** Sessions of a shop, and their tokens by their ids. */
async function register(prefix: string, count: number): Promise<[sid: string, token: string][]> {
  const sessions = Array.from({ length: count }, (_, n) => ({
    sid: `${prefix}-${n}`,
    customerId: 'cus_1001',
    orderId: 'ord_5001',
    orderLineId: 'ord_5001-1',
    title: 'Casablanca',
  }))
  await product.db.store
    .insertInto('streaming_sessions')
    .values(
      sessions.map((each) => ({
        sid: each.sid,
        customer_id: each.customerId,
        order_id: each.orderId,
        order_line_id: each.orderLineId,
        title: each.title,
      })),
    )
    .execute()
  return sessions.map((each) => [
    each.sid,
    signSessionToken(each, SECRET, { now: new Date(), ttlSeconds: 3600 }),
  ])
}

const send = (token: string, body: string) =>
  fetch(`${product.origin}/v1/cmcd`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cmcd' },
    body,
  })

const lineOf = (sid: string, sn: number, more = '') =>
  `e=t,sid="${sid}",sn=${sn},sta=p,ts=${1795303271689 + sn * 1000},v=2${more}`

async function countOf(prefix: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from cmcd_reports where sid like ${`${prefix}-%`}`.execute(product.db.store)
  return rows[0]?.count ?? 0
}

/** Keeps every write to the reports waiting until it is let go. */
async function holdWrites(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: product.db.url })
  await client.connect()
  await client.query('begin')
  await client.query('lock table cmcd_reports in exclusive mode')
  return async () => {
    await client.query('commit')
    await client.end()
  }
}

test('of many players at once each is answered after the commit that holds its report', async () => {
  const sessions = await register('crowd', 200)
  const answers = await Promise.all(
    sessions.flatMap(([sid, token]) => [1, 2, 3].map((sn) => send(token, lineOf(sid, sn)))),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
  expect(await countOf('crowd')).toBe(600)
  const { rows } = await sql<{ commits: number }>`
    select count(distinct xmin::text)::int as commits from cmcd_reports where sid like 'crowd-%'`.execute(
    product.db.store,
  )
  expect(rows[0]?.commits).toBeLessThan(300)
})

test('while the database can not write, what waits is bounded; the rest is told to come again', async () => {
  const sessions = await register('jam', 60)
  const letGo = await holdWrites()
  const statuses: number[] = []
  let retryAfter: string | null = null
  const answers = sessions.flatMap(([sid, token]) =>
    [1, 2, 3].map(async (batch) => {
      const lines = Array.from({ length: 16 }, (_, n) =>
        lineOf(sid, batch * 100 + n, `,com.example-url="${'u'.repeat(15_000)}"`),
      )
      const answer = await send(token, lines.join('\n'))
      await answer.arrayBuffer()
      if (answer.status === 503) retryAfter = answer.headers.get('retry-after')
      statuses.push(answer.status)
    }),
  )
  try {
    await until('a request is turned away', () => statuses.includes(503))
    expect(statuses).not.toContain(204)
  } finally {
    await letGo()
  }
  await Promise.all(answers)
  expect(retryAfter).toBe('5')
  expect(new Set(statuses)).toEqual(new Set([204, 503]))
  expect(await countOf('jam')).toBe(16 * statuses.filter((status) => status === 204).length)
  const [, token] = sessions[0] as [string, string]
  expect((await send(token, lineOf('jam-0', 9000))).status).toBe(204)
}, 30_000)

test('what was taken before the end is written and answered before the end', async () => {
  const sessions = await register('closing', 40)
  const letGo = await holdWrites()
  const answers = sessions.map(([sid, token]) => send(token, lineOf(sid, 1)))
  await until('a write waits', async () => {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%cmcd_reports%'`.execute(product.db.store)
    return (rows[0]?.waiting ?? 0) > 0
  })
  const restarted = product.restart()
  await letGo()
  const statuses = await Promise.all(
    answers.map((answer) =>
      answer.then(
        ({ status }) => status,
        () => null,
      ),
    ),
  )
  await restarted
  expect(statuses).toEqual(sessions.map(() => 204))
  expect(await countOf('closing')).toBe(40)
})
