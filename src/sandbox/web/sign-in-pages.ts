import type { IncomingMessage } from 'node:http'
import type { Answer } from '../faults.ts'
import { readBody } from '../request-body.ts'
import { SHOP_SIGN_IN_PATH } from '../shop/sign-in.ts'
import { type Html, html } from './html.ts'
import type { World } from './index.ts'
import { layout } from './layout.ts'
import type { PageAnswer } from './pages.ts'

const X_PATH = '/i/oauth2/authorize'
const SHOWN_USERS = 500

/** The sign-ins of X and of the shop, with a choice of who is signed in; undefined for other addresses. */
export async function answerSignIn(
  request: IncomingMessage,
  url: URL,
  world: World,
): Promise<PageAnswer | undefined> {
  if (url.pathname !== X_PATH && !url.pathname.startsWith(`${SHOP_SIGN_IN_PATH}/`)) return undefined
  const form = request.method === 'POST' ? new URLSearchParams((await readBody(request)) ?? '') : null
  if (url.pathname === X_PATH) return form ? leaveX(url, form, world) : xPage(url, world)
  switch (url.pathname.slice(SHOP_SIGN_IN_PATH.length)) {
    case '/authorize':
      return form ? leaveShop(url, form, world) : shopPage(url, world)
    case '/.well-known/openid-configuration':
      return json(world.shop.signIn.discovery())
    case '/jwks':
      return json(await world.shop.signIn.jwks())
    case '/token':
      return json(
        form
          ? await world.shop.signIn.token(request.headers.authorization, form.toString())
          : { status: 405, body: { error: 'invalid_request' } },
      )
    default:
      return undefined
  }
}

function xPage(url: URL, { x }: World): PageAnswer {
  const asked = x.oauth2.readRequest(url.searchParams)
  if (!asked) return wrong('Something went wrong', 'You weren’t able to give access to the App.')
  // Whoever wrote lately is most likely wanted.
  const names = new Map<string, string>()
  for (const { author } of x.control.posts().reverse()) {
    if (author.username !== x.username && names.size < SHOWN_USERS) {
      names.set(author.username, `@${author.username} (${author.name})`)
    }
  }
  return choice({
    title: 'Sign in to X',
    lead: `An app wants to access your X account. It asks for: ${asked.scopes.join(', ')}. Who are you?`,
    url,
    names,
    redirectUri: asked.redirectUri,
    accept: 'Authorize app',
  })
}

function leaveX(url: URL, form: URLSearchParams, world: World): PageAnswer {
  const { x } = world
  const asked = x.oauth2.readRequest(url.searchParams)
  if (!asked) return wrong('Something went wrong', 'You weren’t able to give access to the App.')
  if (form.get('answer') !== 'yes') return leave(x.oauth2.decline(asked))
  const who = form.get('who') ?? ''
  const user = x.control.posts().find((post) => post.author.username === who)?.author
  return user ? leave(x.oauth2.approve(asked, user.id)) : xPage(url, world)
}

function shopPage(url: URL, { shop }: World): PageAnswer {
  const asked = shop.signIn.readRequest(url.searchParams)
  if (!asked) return wrong('Sign-in', 'The shop does not know who sent you here.')
  return choice({
    title: 'Sign in to Hinata',
    lead: 'The shop is asked to tell who you are. Who are you?',
    url,
    names: new Map(shop.control.customers().map(({ id, name, email }) => [id, `${name} (${email})`])),
    redirectUri: asked.redirectUri,
    accept: 'Sign in',
  })
}

function leaveShop(url: URL, form: URLSearchParams, world: World): PageAnswer {
  const { shop } = world
  const asked = shop.signIn.readRequest(url.searchParams)
  if (!asked) return wrong('Sign-in', 'The shop does not know who sent you here.')
  if (form.get('answer') !== 'yes') return leave(shop.signIn.decline(asked))
  const customer = shop.control.customers().find(({ id }) => id === form.get('who'))
  return customer ? leave(shop.signIn.approve(asked, customer)) : shopPage(url, world)
}

function choice(page: {
  title: string
  lead: string
  url: URL
  names: ReadonlyMap<string, string>
  redirectUri: string
  accept: string
}): PageAnswer {
  const options = [...page.names].map(([value, name]) => html`<option value="${value}">${name}</option>`)
  return answer(
    200,
    page.title,
    html`<p>${page.lead}</p>
<form method="post" action="${page.url.pathname}${page.url.search}">
<p><label>I am <select name="who" required>${options}</select></label></p>
<p><button name="answer" value="yes">${page.accept}</button> <button name="answer" value="no" formnovalidate>Cancel</button></p>
</form>`,
    // The form's answer sends the browser back to the app, which may send it on here.
    `'self' ${new URL(page.redirectUri).origin}`,
  )
}

function wrong(title: string, text: string): PageAnswer {
  return answer(400, title, html`<p>${text} Go back and try again.</p>`, "'self'")
}

function answer(status: number, title: string, content: Html, formAction: string): PageAnswer {
  const policy = `default-src 'none'; img-src data:; style-src 'self'; form-action ${formAction}; base-uri 'none'`
  return {
    status,
    type: 'text/html; charset=utf-8',
    body: layout(title, '', content),
    headers: { 'content-security-policy': policy, 'cache-control': 'no-store' },
  }
}

function leave(location: string): PageAnswer {
  return { status: 303, type: 'text/plain; charset=utf-8', body: '', headers: { location } }
}

function json({ status, headers, body }: Answer): PageAnswer {
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: JSON.stringify(body),
    headers: headers ?? {},
  }
}
