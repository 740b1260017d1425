import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { RequestHandler } from 'express'

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const ours = fileURLToPath(new URL('./assets/', import.meta.url))
const htmx = dirname(createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'))

const FILES: Record<string, string> = {
  'desk.css': join(ours, 'desk.css'),
  'desk.js': join(ours, 'desk.js'),
  'listening.css': join(ours, 'listening.css'),
  'listening.js': join(ours, 'listening.js'),
  'sheet.css': join(ours, 'sheet.css'),
  'icon.svg': join(ours, 'icon.svg'),
  'htmx.js': join(htmx, 'htmx.min.js'),
  'htmx-sse.js': join(htmx, 'ext', 'hx-sse.min.js'),
}

export interface Assets {
  /** Address of a file that changes with its content, so that browsers may keep it for ever. */
  url(name: string): string
  serve: RequestHandler
}

export function loadAssets(): Assets {
  const files = new Map(
    Object.entries(FILES).map(([name, path]) => {
      const body = readFileSync(path)
      return [
        name,
        {
          // Made once, at the start. Pages themselves are sent as they are: they hold a form's token beside
          // words of strangers, and lengths of compressed pages would tell of it (BREACH).
          bodies: { br: brotliCompressSync(body), gzip: gzipSync(body, { level: 9 }), identity: body },
          type: TYPES[extname(name)] ?? 'text/plain',
          version: hash('sha256', body).slice(0, 12),
        },
      ]
    }),
  )
  return {
    url(name) {
      const file = files.get(name)
      if (!file) throw new RangeError(`there is no asset "${name}"`)
      return `/assets/${name}?v=${file.version}`
    },
    serve(request, response, next) {
      const file = files.get(String(request.params.name))
      if (!file) return next()
      const current = request.query.v === file.version
      const wished = request.acceptsEncodings('br', 'gzip', 'identity')
      const encoding = wished === 'br' || wished === 'gzip' ? wished : 'identity'
      if (encoding !== 'identity') response.set('content-encoding', encoding)
      response
        .vary('Accept-Encoding')
        .set('content-type', file.type)
        .set('cache-control', current ? 'public, max-age=31536000, immutable' : 'no-cache')
        .set('etag', `"${file.version}-${encoding}"`)
        .send(file.bodies[encoding])
    },
  }
}
