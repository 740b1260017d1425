import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Cinema, startCinema } from '../../src/sandbox/index.ts'
import { freshDir, sandbox } from './support.ts'

const SEGMENT_BYTES = 30_000

/** A cinema with a film of one segment, and the registrations that it sent. */
async function open(answer = 201): Promise<{ cinema: Cinema; registered: Record<string, string>[] }> {
  const registered: Record<string, string>[] = []
  const product = createServer(async (request, response) => {
    registered.push(JSON.parse(Buffer.concat(await request.toArray()).toString()))
    response.writeHead(answer).end('{"token":"a.b"}')
  })
  await new Promise<void>((done) => product.listen(0, '127.0.0.1', done))
  onTestFinished(() => void product.close())
  const folder = freshDir()
  mkdirSync(join(folder, 'small'))
  writeFileSync(join(folder, 'master.m3u8'), '#EXTM3U\n')
  writeFileSync(join(folder, 'small', '000.m4s'), Buffer.alloc(SEGMENT_BYTES, 7))
  writeFileSync(join(folder, 'hls.js'), 'globalThis.Hls = null')
  const cinema = await startCinema({
    folder,
    playerScript: join(folder, 'hls.js'),
    shop: (await sandbox()).shop.control,
    product: { origin: `http://127.0.0.1:${(product.address() as AddressInfo).port}`, shopApiKey: 'key' },
  })
  onTestFinished(() => cinema.close())
  return { cinema, registered }
}

it('registers each viewing of an order line with the product, and shows the page with its token', async () => {
  const { cinema, registered } = await open()
  const pages = [await fetch(cinema.watchUrl('ord_5001-1')), await fetch(cinema.watchUrl('ord_5001-1'))]
  expect(pages.map(({ status }) => status)).toEqual([200, 200])
  expect(registered).toHaveLength(2)
  expect(registered[0]).toMatchObject({
    customerId: 'cus_1001',
    orderId: 'ord_5001',
    orderLineId: 'ord_5001-1',
    title: 'Casablanca',
  })
  expect(registered[0]?.sid).not.toBe(registered[1]?.sid)
  const text = (await pages[0]?.text()) ?? ''
  expect(text).toContain(`data-sid="${registered[0]?.sid}"`)
  expect(text).toContain('/v1/cmcd?token=a.b"')
  expect(text).toContain('Sandbox: no real')
})

it('sends the film as slowly as it was told to, two requests of one viewer sharing the line', async () => {
  const { cinema, registered } = await open()
  await fetch(cinema.watchUrl('ord_5001-1', 60_000))
  const segment = `${cinema.origin}/stream/${registered[0]?.sid}/small/000.m4s`
  const started = Date.now()
  const bodies = await Promise.all([fetch(segment), fetch(segment)].map(async (one) => (await one).bytes()))
  expect(bodies.map(({ length }) => length)).toEqual([SEGMENT_BYTES, SEGMENT_BYTES])
  expect(Date.now() - started).toBeGreaterThanOrEqual(950)
})

it('says what was wrong with an address, and gives out nothing but the film', async () => {
  const { cinema, registered } = await open()
  await fetch(cinema.watchUrl('ord_5001-1'))
  const sid = registered[0]?.sid
  const status = async (path: string) => (await fetch(`${cinema.origin}${path}`)).status
  expect(await status('/watch?line=ord_nothing')).toBe(404)
  expect(await status('/watch?line=ord_5001-1&speed=fast')).toBe(400)
  expect(await status(`/stream/${sid}/master.m3u8`)).toBe(200)
  expect(await status(`/stream/${sid}/hls.js`)).toBe(404)
  expect(await status(`/stream/${sid}/..%2fsmall/000.m4s`)).toBe(404)
  expect(await status('/stream/somebody/master.m3u8')).toBe(404)
  expect(registered).toHaveLength(1)
})

it('shows no film where the product refuses the session', async () => {
  const { cinema } = await open(409)
  const answer = await fetch(cinema.watchUrl('ord_5001-1'))
  expect(answer.status).toBe(502)
  expect(await answer.text()).toContain('POST /v1/sessions answered 409')
})
