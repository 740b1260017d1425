import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fetchPicture, MAX_BYTES } from '../../src/desk/fetch-picture.ts'
import { noPicture } from '../../src/desk/no-picture.ts'
import { isPublicAddress } from '../../src/public-address.ts'
import { keepImage, readImage } from '../../src/store/image-cache.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let pictures: Server
let origin: string
let asked: string[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void
let desk: TestDesk
let reader: Browser

beforeAll(async () => {
  pictures = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((done) => pictures.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`
  desk = await openDesk({ sandbox: true, sandboxWeb: origin })
  reader = new Browser(desk.origin)
  await reader.signIn('viewer')
})
afterAll(async () => {
  await desk?.close()
  pictures?.closeAllConnections()
  pictures?.close()
})
beforeEach(() => {
  asked = []
  answer = (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PNG)
})

async function addPictures(...media: { url: string; alt?: string }[]) {
  const { postId, caseId } = await addCase(desk.store)
  await desk.store
    .updateTable('posts')
    .set({ media: JSON.stringify(media.map((each) => ({ kind: 'photo', ...each }))) })
    .where('id', '=', postId)
    .execute()
  return { postId, caseId }
}

/** A picture as the reader's browser asks for it. */
async function show(path: string) {
  const cookie = [...reader.cookies].map((pair) => pair.join('=')).join('; ')
  const response = await fetch(desk.origin + path, { headers: { cookie } })
  return { response, body: Buffer.from(await response.arrayBuffer()) }
}

describe('a picture of a post', () => {
  test('comes from us, as what its bytes are, and can do nothing when opened by itself', async () => {
    const { postId } = await addPictures({ url: `${origin}/a.png` })
    const { response, body } = await show(`/media/${postId}/0`)
    expect(response.status).toBe(200)
    expect(body.equals(PNG)).toBe(true)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
    expect(response.headers.get('content-disposition')).toBe('inline; filename="picture.png"')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('is loaded once, however many look', async () => {
    const { postId } = await addPictures({ url: `${origin}/once.png` })
    await Promise.all([1, 2, 3, 4].map(() => show(`/media/${postId}/0`)))
    await show(`/media/${postId}/0`)
    expect(asked).toEqual(['/once.png'])
  })

  test('that can not be had is a card with its description, and is not asked for again and again', async () => {
    answer = (_request, response) => response.writeHead(404).end()
    const { postId } = await addPictures({ url: `${origin}/gone.png`, alt: 'A <b>bent</b> book' })
    const { response, body } = await show(`/media/${postId}/0`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('image/svg+xml')
    expect(String(body)).toContain('A &#60;b&#62;bent&#60;/b&#62; book')
    await show(`/media/${postId}/0`)
    expect(asked).toHaveLength(1)
  })

  test('is gone when its post is, and is nothing for strangers', async () => {
    const { postId } = await addPictures({ url: `${origin}/b.png` })
    expect((await fetch(`${desk.origin}/media/${postId}/0`, { redirect: 'manual' })).status).toBe(303)
    await show(`/media/${postId}/0`)
    await desk.store.updateTable('posts').set({ deleted_at: new Date() }).where('id', '=', postId).execute()
    expect((await show(`/media/${postId}/0`)).response.status).toBe(404)
    expect((await show('/media/999999/0')).response.status).toBe(404)
  })

  test('at an address of this machine or a private network is never asked for', async () => {
    const { port } = new URL(origin)
    const urls = [
      `https://127.0.0.1:${port}/x.png`,
      `http://localhost:${port}/x.png`,
      'https://localhost/x.png',
      'https://169.254.169.254/latest/meta-data',
      'https://[::1]/x.png',
      'file:///etc/passwd',
    ]
    const { postId } = await addPictures(...urls.map((url) => ({ url })))
    for (const place of urls.keys())
      expect((await show(`/media/${postId}/${place}`)).response.status).toBe(404)
    expect(asked).toEqual([])
  })
})

describe('loading', () => {
  const trusted = (path: string, timeoutMs?: number) =>
    fetchPicture(origin + path, { trustedOrigin: origin, timeoutMs })

  test.each([
    ['a page', Buffer.from('<html><script>alert(1)</script>')],
    ['an SVG from elsewhere', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s that says it is a PNG', async (_, bytes) => {
    answer = (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes)
    await expect(trusted('/lie.png')).rejects.toThrow('no JPEG')
  })

  test('stops at the size limit, whether the length is told or not', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-length': String(MAX_BYTES + 1) }).end(Buffer.alloc(MAX_BYTES + 1))
    await expect(trusted('/told.png')).rejects.toThrow('larger')
    answer = (_request, response) => {
      response.writeHead(200)
      response.write(PNG)
      response.end(Buffer.alloc(MAX_BYTES))
    }
    await expect(trusted('/untold.png')).rejects.toThrow('larger')
  })

  test('gives up on a server that is slow to answer, or stops in the middle', async () => {
    answer = () => {}
    await expect(trusted('/never.png', 100)).rejects.toThrow()
    answer = (_request, response) => void response.writeHead(200).write(PNG)
    await expect(trusted('/half.png', 100)).rejects.toThrow()
  })

  test('follows no redirect of the sandbox', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/x' }).end()
    await expect(trusted('/away.png')).rejects.toThrow('nobody elsewhere')
  })

  test('resolves a name once, and stays away if one of its addresses is private', async () => {
    let times = 0
    const resolve = async () => {
      times++
      return [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]
    }
    const url = 'https://rebinding.example/x.png'
    await expect(fetchPicture(url, { trustedOrigin: origin, resolve })).rejects.toThrow('not a public one')
    expect(times).toBe(1)
  })

  test('asks for no other port, and sends no user and password', async () => {
    for (const url of [
      'https://hinata.example:8443/x',
      'https://a:b@hinata.example/x',
      'http://hinata.example/x',
    ])
      await expect(fetchPicture(url, { trustedOrigin: origin })).rejects.toThrow('usual port')
  })
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:0:1::',
  'localhost',
])('%s is no public address', (address) => expect(isPublicAddress(address)).toBe(false))

test.each(['8.8.8.8', '104.244.42.1', '2606:4700::6810:84e5'])('%s is a public address', (address) =>
  expect(isPublicAddress(address)).toBe(true),
)

test('pictures that were not looked at for longest make room', async () => {
  const image = (size: number) => ({ type: 'image/png', bytes: Buffer.alloc(size) })
  await keepImage(desk.store, 'first', image(400), 1000)
  await keepImage(desk.store, 'second', image(400), 1000)
  await keepImage(desk.store, 'third', image(400), 1000)
  expect(await readImage(desk.store, 'first')).toBeNull()
  expect((await readImage(desk.store, 'third'))?.bytes.length).toBe(400)
})

test('a long description is cut to a few lines, in Japanese as well', () => {
  const card = noPicture(
    'ja',
    '配達された本の表紙が大きく折れ曲がっていて、箱の中に缶詰が散らばっています。'.repeat(9),
  )
  expect(card.match(/class="alt"/g)).toHaveLength(3)
  expect(card).toContain('…')
})
