import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProduct, type TestProduct } from '../support/product.ts'

let product: TestProduct
let token: string

beforeAll(async () => {
  product = await startProduct({
    env: { WORKERS: 'none', DESK: 'off', METRICS_TOKEN: 'a-long-metrics-token' },
  })
  token = await register('session-1')
})
afterAll(() => product.close())

const call = (path: string, init: RequestInit = {}) => fetch(`${product.origin}${path}`, init)

async function registration(sid: string, key: string, more: Record<string, unknown> = {}) {
  return call('/v1/sessions', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      sid,
      customerId: 'cus_1001',
      orderId: 'ord_5001',
      orderLineId: 'ord_5001-1',
      title: 'Casablanca',
      ...more,
    }),
  })
}

async function register(sid: string): Promise<string> {
  const answer = await registration(sid, product.shopApiKey)
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { token: string }).token
}

const report = (body: string, headers: Record<string, string> = {}) =>
  call('/v1/cmcd', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cmcd', ...headers },
    body,
  })

const stored = async (sid: string) =>
  (await product.db.store.selectFrom('cmcd_reports').select('cmcd').where('sid', '=', sid).execute()).length

const line = (sn: number, more = '') =>
  `e=ps,sid="session-1",sn=${sn},sta=p,ts=${1795303271689 + sn * 1000},v=2${more}`

describe('a session is registered', () => {
  test('by the shop alone', async () => {
    expect((await registration('stolen', 'not-the-key')).status).toBe(401)
    expect((await registration('stolen', '')).status).toBe(401)
  })

  test('with every field, and the answer names what is missing', async () => {
    const answer = await registration('incomplete', product.shopApiKey, { orderLineId: '' })
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { error: string }).error).toContain('orderLineId')
  })

  test('again without harm, but never for another order', async () => {
    expect((await registration('session-1', product.shopApiKey)).status).toBe(201)
    const other = await registration('session-1', product.shopApiKey, { customerId: 'cus_1002' })
    expect(other.status).toBe(409)
    const otherOrder = await registration('session-1', product.shopApiKey, { orderId: 'ord_5002' })
    expect(otherOrder.status).toBe(409)
  })
})

describe('a report', () => {
  test('is stored before it is answered, and stored once however often it comes', async () => {
    const before = await stored('session-1')
    expect((await report(`${line(1)}\n${line(2)}\n`)).status).toBe(204)
    expect((await report(line(2))).status).toBe(204)
    expect(await stored('session-1')).toBe(before + 2)
  })

  test('is taken with the token in the address, as players send it', async () => {
    const answer = await call(`/v1/cmcd?token=${token}`, { method: 'POST', body: line(3) })
    expect(answer.status).toBe(204)
  })

  test('is taken in query mode and in header mode', async () => {
    const query = encodeURIComponent('bl=21300,br=3200,sid="session-1",bs')
    expect((await call(`/v1/cmcd?token=${token}&CMCD=${query}`)).status).toBe(204)
    const header = await call('/v1/cmcd', {
      headers: { authorization: `Bearer ${token}`, 'cmcd-session': 'sid="session-1"', 'cmcd-status': 'bs' },
    })
    expect(header.status).toBe(204)
  })

  test.each([
    ['no token', undefined],
    ['a forged token', 'eyJ2IjoxfQ.AAAA'],
    ['garbage', '%%%'],
  ])('with %s is refused', async (_name, given) => {
    const headers: Record<string, string> = given ? { authorization: `Bearer ${given}` } : {}
    const answer = await call('/v1/cmcd', { method: 'POST', headers, body: line(9) })
    expect(answer.status).toBe(401)
  })

  test('that does not parse is answered with 400 and its line; the others are stored', async () => {
    const before = await stored('session-1')
    const answer = await report(`${line(21)}\n%%%not cmcd\n${line(22)}`)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { error: string }).error).toContain('line 2')
    expect(await stored('session-1')).toBe(before + 2)
    const kept = await product.db.store.selectFrom('quarantine').select('payload').execute()
    expect(kept.some((row) => row.payload.includes('%%%not cmcd'))).toBe(true)
    expect(await (await call('/metrics')).text()).toMatch(
      /kikimimi_cmcd_reports_total\{outcome="malformed"\} [1-9]/,
    )
  })

  test('of another session than the token’s is not stored', async () => {
    const answer = await report('e=ps,sid="someone-else",sn=1,sta=p,ts=1795303271689,v=2')
    expect(answer.status).toBe(400)
    expect(await stored('someone-else')).toBe(0)
  })

  test('larger than the limit is answered with 413', async () => {
    expect((await report('x'.repeat(300_000))).status).toBe(413)
  })

  test('is read compressed, in pieces without a length, or in another encoding', async () => {
    const before = await stored('session-1')
    const packed = await call('/v1/cmcd', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/cmcd',
        'content-encoding': 'gzip',
      },
      body: gzipSync(line(31)),
    })
    expect(packed.status).toBe(204)
    const pieces = await call('/v1/cmcd', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cmcd' },
      body: ReadableStream.from([Buffer.from(line(32).slice(0, 20)), Buffer.from(line(32).slice(20))]),
      duplex: 'half',
    } as RequestInit)
    expect(pieces.status).toBe(204)
    const wide = await call('/v1/cmcd', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cmcd; charset=utf-16le' },
      body: Buffer.from(line(33), 'utf16le'),
    })
    expect(wide.status).toBe(204)
    expect(await stored('session-1')).toBe(before + 3)
  })

  test('with another content type is refused', async () => {
    const answer = await report('{"sid":"session-1"}', { 'content-type': 'application/json' })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(((await answer.json()) as { error: string }).error).toContain('application/cmcd')
  })

  test('that is refused still tells the page of another origin why', async () => {
    const answer = await call('/v1/cmcd', { method: 'POST', body: line(9) })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  })

  test('may come from a page of another origin', async () => {
    const preflight = await call('/v1/cmcd', { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type')
  })

  test('that comes too often is answered with 429', async () => {
    token = await register('session-busy')
    const body = 'e=t,sid="session-busy",sta=p,ts=1795303271689,v=2'
    const statuses = await Promise.all(Array.from({ length: 120 }, async () => (await report(body)).status))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(statuses.filter((status) => status === 204).length).toBe(100)
  })
})

describe('one token can not burden the server', () => {
  test('what can not be read is put aside twenty times a session', async () => {
    token = await register('session-garbage')
    for (let each = 0; each < 25; each += 1) expect((await report('%%%')).status).toBe(400)
    const kept = await product.db.store
      .selectFrom('quarantine')
      .select('id')
      .where('source', '=', 'cmcd:session-garbage')
      .execute()
    expect(kept).toHaveLength(20)
  })

  test('a session that says goodbye ten times is measured once', async () => {
    token = await register('session-goodbye')
    const before = await product.app.queues.counts('quality')
    for (let sn = 0; sn < 10; sn += 1) {
      const goodbye = `e=ps,sid="session-goodbye",sn=${sn},sta=e,ts=${1795303271689 + sn},v=2`
      expect((await report(goodbye)).status).toBe(204)
    }
    const after = await product.app.queues.counts('quality')
    expect(after.delayed - before.delayed).toBe(1)
  })

  test('a megabyte a minute is read, whatever is in it', async () => {
    token = await register('session-wide')
    const statuses: number[] = []
    for (let each = 0; each < 6; each += 1) statuses.push((await report('x'.repeat(240_000))).status)
    expect(statuses).toEqual([400, 400, 400, 400, 429, 429])
  })

  test('a session that is full tells its player to stop, and others go on', async () => {
    token = await register('session-full')
    await product.db.store
      .updateTable('streaming_sessions')
      .set({ report_bytes: 1_999_999 })
      .where('sid', '=', 'session-full')
      .execute()
    expect((await report('e=t,sid="session-full",sn=1,sta=p,v=2')).status).toBe(410)
    token = await register('session-other')
    expect((await report('e=t,sid="session-other",sn=1,sta=p,v=2')).status).toBe(204)
  })
})

describe('what operators call', () => {
  test('health is 200 while all is well', async () => {
    const answer = await call('/healthz')
    expect(await answer.json()).toEqual({ ok: true, reasons: [] })
    expect(answer.status).toBe(200)
  })

  test('metrics are open to this machine and ask others for a token', async () => {
    expect((await call('/metrics')).status).toBe(200)
    const proxied = { 'x-forwarded-for': '203.0.113.9' }
    expect((await call('/metrics', { headers: proxied })).status).toBe(401)
    const withToken = { ...proxied, authorization: 'Bearer a-long-metrics-token' }
    const text = await (await call('/metrics', { headers: withToken })).text()
    for (const name of ['posts', 'drafts', 'replies', 'refunds'])
      expect(text).toContain(`kikimimi_${name}_total`)
  })

  test('an unknown endpoint says so', async () => {
    expect((await call('/v1/nothing')).status).toBe(404)
  })
})
