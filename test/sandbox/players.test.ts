import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CmcdV2Data, decodeCmcd, validateCmcdEvents } from '@svta/cml-cmcd'
import { describe, expect, it, onTestFinished } from 'vitest'
import { durationMs, reportsOf } from '../../src/sandbox/feed/cmcd.ts'
import { requestsOf } from '../../src/sandbox/feed/play-sessions.ts'
import { SESSIONS } from '../../src/sandbox/feed/sessions.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, sandbox, until } from './support.ts'

const session = (key: string) => {
  const found = SESSIONS.find((one) => one.key === key)
  if (!found) throw new Error(`no session ${key}`)
  return found
}
const decode = (line: string) => decodeCmcd(line) as CmcdV2Data
const NOW = Date.parse('2026-11-21T20:00:00Z')

describe('the players of the sandbox', () => {
  it('report what the CMCD library takes for valid version 2 events', () => {
    for (const one of SESSIONS.filter((each) => each.version === 2)) {
      const lines = reportsOf(one, 'sid-1', NOW)
      const result = validateCmcdEvents(lines.join('\n'))
      expect(result.valid, `${one.key}: ${JSON.stringify(result.issues?.slice(0, 2))}`).toBe(true)
      const timestamps = lines.map((line) => Number(decode(line).ts))
      expect(timestamps).toEqual([...timestamps].sort((a, b) => a - b))
      expect(timestamps.at(-1)).toBe(NOW + durationMs(one))
    }
  })

  it('tell of Casablanca stalling well over two in a hundred seconds, of seeks that are no stalls, of a clean evening', () => {
    const casablanca = toldBy('casablanca')
    expect(casablanca.playedS).toBeGreaterThan(120)
    expect(casablanca.stalledS / (casablanca.playedS + casablanca.stalledS)).toBeGreaterThan(0.035)
    const scrubbing = toldBy('scrubbing')
    expect(scrubbing).toMatchObject({ stalls: 0, seeks: 10 })
    expect(toldBy('good')).toMatchObject({ stalls: 0, seeks: 0 })
    const tokyo = toldBy('tokyo-story')
    expect(tokyo.stalledS / (tokyo.playedS + tokyo.stalledS)).toBeGreaterThan(0.1)
    expect(toldBy('fatal').playedS).toBe(0)
  })

  it('send some reports twice and out of order, and garbage from one of them', () => {
    const one = session('casablanca')
    const lines = reportsOf(one, 'sid-1', NOW)
    const sent = requestsOf(one, lines)
    expect(new Set(sent).size).toBe(lines.length)
    expect(sent.length).toBeGreaterThan(lines.length)
    const numbers = sent.map((line) => Number(decode(line).sn))
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b))
    const garbled = session('garbled')
    expect(
      requestsOf(garbled, reportsOf(garbled, 'x', NOW)).some((body) => body.includes('not cmcd at all')),
    ).toBe(true)
    const old = reportsOf(session('old-player'), 'x', NOW)
    expect(old.every((line) => !/\b(ts|v|e|sta)=/.test(line))).toBe(true)
    expect(old.filter((line) => /(^|,)bs(,|$)/.test(line))).toHaveLength(2)
  })

  it('are registered by the shop, report with their token, try again after trouble, and play once', async () => {
    const product = await fakeProduct()
    const dir = freshDir()
    const box = await startSandbox({
      dir,
      speed: 40,
      product: { origin: product.origin, shopApiKey: 'shop-key' },
    })
    await until(
      () => product.finished(),
      (count) => count === SESSIONS.length,
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    await box.close()

    expect(product.registrations).toHaveLength(SESSIONS.length)
    expect(product.registrations).toContainEqual(
      expect.objectContaining({
        customerId: 'cus_1001',
        orderId: 'ord_5001',
        orderLineId: 'ord_5001-1',
        title: 'Casablanca',
      }),
    )
    const laura = product.registrations.find((one) => one.orderId === 'ord_5001')
    expect(product.lines(laura?.sid ?? '')).toHaveLength(reportsOf(session('casablanca'), '', NOW).length)

    const requests = product.requests()
    const again = await sandbox({ dir, speed: 40 })
    again.startPlayers({ origin: product.origin, shopApiKey: 'shop-key' })
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(product.registrations).toHaveLength(SESSIONS.length)
    expect(product.requests()).toBe(requests)
  })
})

/** Adds up a session from its reports, the plain way: an `r` straight after a `k` belongs to the seek. */
function toldBy(key: string) {
  const changes = reportsOf(session(key), 'sid', NOW)
    .map(decode)
    .filter((report) => report.e === 'ps')
  const sum = { playedS: 0, stalledS: 0, stalls: 0, seeks: 0 }
  changes.forEach((report, i) => {
    const seconds = (Number(changes[i + 1]?.ts ?? report.ts) - Number(report.ts)) / 1000
    if (report.sta === 'p') sum.playedS += seconds
    if (report.sta === 'k') sum.seeks += 1
    if (report.sta !== 'r' || changes[i - 1]?.sta === 'k') return
    sum.stalls += 1
    sum.stalledS += seconds
  })
  return sum
}

/** Takes registrations and reports as the product's HTTP side would; its first answer to each route is 503. */
async function fakeProduct() {
  const registrations: Record<string, string>[] = []
  const reports = new Map<string, Set<string>>()
  const stumbled = new Set<string>()
  let requests = 0
  const server = createServer(async (request, response) => {
    requests += 1
    let body = ''
    for await (const chunk of request) body += chunk
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (!stumbled.has(url.pathname)) {
      stumbled.add(url.pathname)
      response.writeHead(503).end()
    } else if (url.pathname === '/v1/sessions' && request.headers.authorization === 'Bearer shop-key') {
      const registration = JSON.parse(body)
      registrations.push(registration)
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ token: `token/${registration.sid}`, expiresAt: '2030-01-01T00:00:00Z' }))
    } else if (url.pathname === '/v1/cmcd' && request.headers['content-type'] === 'application/cmcd') {
      const sid = (url.searchParams.get('token') ?? '').replace('token/', '')
      const known = reports.get(sid) ?? new Set()
      for (const line of body.split('\n')) known.add(line)
      reports.set(sid, known)
      response.writeHead(204).end()
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const expected = new Map(SESSIONS.map((one) => [one.orderId, reportsOf(one, '', NOW).length]))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    registrations,
    requests: () => requests,
    lines: (sid: string) => [...(reports.get(sid) ?? [])],
    finished: () =>
      registrations.filter((one) => {
        const lines = [...(reports.get(one.sid ?? '') ?? [])].filter((line) => line.includes(one.sid ?? '?'))
        const all = one.orderId === 'ord_5006' ? 3 : (expected.get(one.orderId ?? '') ?? 0)
        return lines.length >= all
      }).length,
  }
}
