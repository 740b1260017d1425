import type { IncomingMessage } from 'node:http'
import { IMAGES } from '../feed/images.ts'
import { readBody } from '../request-body.ts'
import { html } from './html.ts'
import type { World } from './index.ts'
import { layout, STYLE } from './layout.ts'
import { inboxPage, overviewPage, paymentsPage, shopPage } from './other-pages.ts'
import { composerPage, xPage } from './x-page.ts'

export interface PageAnswer {
  status: number
  type: string
  body: string
  headers?: Record<string, string>
}

const STRICT =
  "default-src 'none'; img-src 'self' data:; style-src 'self'; form-action 'self'; base-uri 'none'"

/** The pages for people, their JSON twins, and what they need. */
export async function answerPage(request: IncomingMessage, url: URL, world: World): Promise<PageAnswer> {
  const { x, shop, payments, inbox } = world
  if (request.method === 'POST' && url.pathname === '/intent/post') return postByHand(request, world)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return page(layout('Not allowed', '', html`<p>Use GET.</p>`), 405)
  if (url.pathname.startsWith('/media/')) return image(url.pathname.slice('/media/'.length))
  switch (url.pathname) {
    case '/':
      return page(overviewPage(world, await inbox.messages()))
    case '/style.css':
      return { status: 200, type: 'text/css; charset=utf-8', body: STYLE }
    case '/x':
      return page(xPage(x.control, x.username))
    case '/x.json':
      return json({ username: x.username, posts: x.control.posts(), timeline: x.control.timeline() })
    case '/intent/post': {
      const { searchParams } = url
      return page(
        composerPage(
          x.control,
          x.username,
          searchParams.get('in_reply_to') ?? '',
          searchParams.get('text') ?? '',
        ),
      )
    }
    case '/inbox':
      return page(inboxPage(await inbox.messages()))
    case '/inbox.json':
      return json({ messages: (await inbox.messages()).map(({ file: _, ...mail }) => mail) })
    case '/payments':
      return page(paymentsPage(world))
    case '/payments.json':
      return json({ refunds: payments.control.refunds() })
    case '/shop':
      return page(shopPage(world))
    case '/shop.json':
      return json({ customers: shop.control.customers(), orders: shop.control.orders() })
    default:
      return page(layout('Not found', '', html`<p>There is no such page in the sandbox.</p>`), 404)
  }
}

async function postByHand(request: IncomingMessage, { x }: World): Promise<PageAnswer> {
  const form = new URLSearchParams((await readBody(request)) ?? '')
  const inReplyTo = form.get('in_reply_to') ?? ''
  const text = (form.get('text') ?? '').trim()
  const target = x.control.posts().find((post) => post.id === inReplyTo)
  if (!text || (inReplyTo && (!target || target.deleted)))
    return page(composerPage(x.control, x.username, inReplyTo, text), 400)
  const id = x.control.post({ author: x.username, text, inReplyTo: inReplyTo || undefined })
  return { status: 303, type: 'text/plain; charset=utf-8', body: '', headers: { location: `/x#post-${id}` } }
}

function page(body: string, status = 200): PageAnswer {
  return { status, type: 'text/html; charset=utf-8', body, headers: { 'content-security-policy': STRICT } }
}

function json(value: unknown): PageAnswer {
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(value, null, 2) }
}

function image(name: string): PageAnswer {
  const found = Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined
  if (!found) return { status: 404, type: 'text/plain; charset=utf-8', body: 'No such picture' }
  const headers = { 'content-security-policy': "default-src 'none'", 'cache-control': 'public, max-age=3600' }
  return { status: 200, type: 'image/svg+xml', body: found.svg, headers }
}
