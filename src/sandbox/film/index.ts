import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { ProductAddress } from '../feed/play-sessions.ts'
import { listen, stopListening } from '../listen.ts'
import type { ShopControl } from '../shop/index.ts'
import { type Line, openLine } from './line.ts'
import { watchPage } from './page.ts'
import { registerViewing } from './register.ts'

export interface CinemaOptions {
  /** A folder with an HLS stream: `master.m3u8`, its variants in folders of their own. */
  folder: string
  /** The file of hls.js 1.7 or newer that defines `Hls`, such as `hls.js/dist/hls.min.js`. */
  playerScript: string
  /** Whose orders are watched. */
  shop: ShopControl
  /** Where sessions are registered and players report. */
  product: ProductAddress
  /** 0 (the default): any free port. */
  port?: number
}

export interface Cinema {
  origin: string
  /**
   * The page on which the customer of this order line watches; each load is a session.
   * @param bytesPerSecond the speed of the line over which the film comes (reports are not slowed); as fast as it
   * goes unless told
   */
  watchUrl(orderLineId: string, bytesPerSecond?: number): string
  close(): Promise<void>
}

const TYPES: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mp4: 'video/mp4',
  m4s: 'video/iso.segment',
  ts: 'video/mp2t',
}
const STREAM_FILE = /^\/stream\/([\w-]+)\/((?:\w+\/)?\w[\w-]*\.(m3u8|mp4|m4s|ts))$/

/** Shows one film to real players, over lines as slow as wished: the page of the shop and its stream. */
export async function startCinema(options: CinemaOptions): Promise<Cinema> {
  const { folder, shop, product } = options
  const scripts: Record<string, string> = {
    '/hls.js': readFileSync(options.playerScript, 'utf8'),
    '/watch.js': readFileSync(join(import.meta.dirname, 'watch.js'), 'utf8'),
  }
  const lines = new Map<string, Line>()
  const policy =
    `default-src 'none'; script-src 'self'; connect-src 'self' ${product.origin}; media-src blob:; ` +
    "worker-src blob:; img-src data:; base-uri 'none'"

  async function answer(url: URL, response: ServerResponse): Promise<void> {
    const script = scripts[url.pathname]
    const [, sid, file, extension] = STREAM_FILE.exec(url.pathname) ?? []
    const line = lines.get(sid ?? '')
    if (script !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script)
    } else if (url.pathname === '/watch') await openPage(url.searchParams, response)
    else if (line && file && extension) {
      const bytes = await readFile(join(folder, file)).catch(() => null)
      if (!bytes) return notFound(response, `The film has no ${file}`)
      response.writeHead(200, {
        'content-type': TYPES[extension],
        'content-length': bytes.length,
        // Watched again it comes over the line again.
        'cache-control': 'no-store',
      })
      await line.send(response, bytes)
    } else notFound(response, 'There is no such address; open /watch?line=ORDER-LINE-ID')
  }

  async function openPage(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const speed = query.get('speed')
    const bytesPerSecond = speed === null ? null : Number(speed)
    if (bytesPerSecond !== null && !(bytesPerSecond >= 1000)) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
      response.end('speed takes bytes a second, 1000 or more')
      return
    }
    const viewing = await registerViewing(shop, product, query.get('line') ?? '')
    if (!viewing) return notFound(response, 'The shop has no such order line; /shop.json lists them')
    lines.set(viewing.sid, openLine(bytesPerSecond))
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    })
    response.end(watchPage(viewing, bytesPerSecond === null ? 'good' : `${bytesPerSecond} bytes a second`))
  }

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1') ?? new URL('http://127.0.0.1/')
    answer(url, response).catch((error) => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`The sandbox failed: ${error}`)
    })
  })
  const origin = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`
  return {
    origin,
    watchUrl(orderLineId, bytesPerSecond) {
      const query = new URLSearchParams({ line: orderLineId })
      if (bytesPerSecond !== undefined) query.set('speed', String(bytesPerSecond))
      return `${origin}/watch?${query}`
    },
    close: () => stopListening(server),
  }
}

function notFound(response: ServerResponse, message: string): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(message)
}
