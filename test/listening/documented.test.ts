import { createServer, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { BRAND, complain, connect, pollAll, type Rig, rig, type XMore } from './support.ts'
import { AUTHORIZATION, answerHeaders, DOCUMENTED, type Documented, PROBLEMS } from './x-documents.ts'

interface Exchange {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: string
  status: number
  answerHeaders: IncomingHttpHeaders
  answer: string
}

/** Plain HTTP in front of the sandbox that writes down both directions. */
async function recording(box: Sandbox): Promise<{ origin: string; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = []
  const { hostname, port } = new URL(box.x.origin)
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = Buffer.concat(await request.toArray())
    const forward = httpsRequest({ host: hostname, port, path, method, headers, ca: box.x.ca, agent: false })
    forward.on('response', async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString()
      exchanges.push({
        method,
        url: new URL(path, 'https://api.x.com'),
        headers,
        body: body.toString(),
        status: answer.statusCode ?? 0,
        answerHeaders: answer.headers,
        answer: text,
      })
      const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...others } = answer.headers
      response.writeHead(answer.statusCode ?? 500, others).end(text)
    })
    forward.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => server.close(() => done()))
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exchanges }
}

/** Every fault of an exchange, by X's documentation; none where it is as documented. */
function faultsOf(exchange: Exchange): string[] {
  const endpoint = DOCUMENTED.find(
    ({ method, path }) => method === exchange.method && path.test(exchange.url.pathname),
  )
  const where = `${exchange.method} ${exchange.url.pathname} → ${exchange.status}`
  if (!endpoint) return [`${where}: no endpoint that X documents`]
  return [...requestFaults(endpoint, exchange), ...answerFaults(endpoint, exchange)].map(
    (fault) => `${where}: ${fault}`,
  )
}

function requestFaults(endpoint: Documented, { url, headers, body }: Exchange): string[] {
  const names = [...url.searchParams.keys()]
  const authorization = Object.fromEntries(
    [...(headers.authorization ?? '').matchAll(/([\w]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
  return [
    ...(new Set(names).size < names.length ? ['a query parameter twice'] : []),
    ...faults('query', endpoint.query, Object.fromEntries(url.searchParams)),
    ...faults('authorization', AUTHORIZATION, authorization),
    ...faults('host', z.literal('api.x.com'), headers.host),
    ...(endpoint.body === null
      ? faults('body', z.literal(''), body)
      : [
          ...faults('body', endpoint.body, JSON.parse(body)),
          ...faults(
            'content-type',
            z.string().regex(/^application\/json(; ?charset=utf-8)?$/i),
            headers['content-type'],
          ),
        ]),
  ]
}

function answerFaults(endpoint: Documented, { status, answerHeaders: headers, answer }: Exchange): string[] {
  const document = status === endpoint.status ? endpoint.answer : PROBLEMS[status]
  if (!document) return ['no status that X documents here']
  const { date: _, connection: __, 'keep-alive': ___, 'transfer-encoding': ____, ...telling } = headers
  return [
    ...faults('answer', document, JSON.parse(answer)),
    ...faults('headers', answerHeaders(endpoint, status), telling),
    ...(status !== 401 && status !== 404
      ? faults('limit', z.literal(String(endpoint.perWindow)), headers['x-rate-limit-limit'])
      : []),
  ]
}

function faults(what: string, schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : [`${what}: ${z.prettifyError(parsed.error)}`]
}

async function recorded(more: XMore = {}): Promise<Rig & { exchanges: Exchange[] }> {
  const plain = await rig({ searches: [{ name: 'brand', query: '(ひなた OR hinata) -is:retweet' }], ...more })
  const { origin, exchanges } = await recording(plain.box)
  const network = connect(plain.box, plain.store, {
    searches: [{ name: 'brand', query: '(ひなた OR hinata) -is:retweet' }],
    origin,
    ca: null,
    ...more,
  })
  return { ...plain, network, exchanges }
}

it('what we ask of X, and what the sandbox answers, is what X documents: listening and answering', async () => {
  const r = await recorded()
  const { control } = r.box.x
  const photo = { file: 'box.jpg', alt: 'a crushed box', width: 1200, height: 900 }
  const first = control.post({
    author: 'mika',
    text: `@${BRAND} 箱が潰れてた <怒> https://example.com/a #最悪`,
    media: [photo],
  })
  control.post({ author: 'ken', text: 'hinata is late again &amp; again' })
  control.post({ author: 'aoi', text: 'see this', quoted: first })
  control.repost('jun', first)
  control.post({ author: 'ren', text: `@${BRAND} same here`, inReplyTo: first })
  complain(r.box, 230)
  await pollAll(r)
  await r.network.reply({ inReplyTo: first, text: 'ごめんなさい。', summoned: true, urgent: false })
  control.post({
    author: 'mika',
    text: `@${BRAND} 返事ありがとう`,
    inReplyTo: control.timeline()[0]?.id as string,
  })
  const gone = control.post({ author: 'sora', text: `@${BRAND} never mind` })
  await pollAll(r)
  control.deletePost(gone)
  const edited = control.post({ author: 'yui', text: `@${BRAND} late` })
  control.editPost(edited, `@${BRAND} very late`)
  expect(await r.network.lookUp(first)).toMatchObject({ state: 'present', edited: null })
  expect(await r.network.lookUp(gone)).toEqual({ state: 'deleted' })
  expect(await r.network.lookUp(edited)).toMatchObject({
    state: 'present',
    edited: { text: `@${BRAND} very late` },
  })
  expect(await r.network.ownReplies(new Date(Date.now() - 60_000))).toHaveLength(1)
  await pollAll(r)

  const asked = new Set(
    r.exchanges.map(
      ({ method, url }) =>
        DOCUMENTED.find((each) => each.method === method && each.path.test(url.pathname))?.name,
    ),
  )
  expect([...asked].toSorted()).toEqual(DOCUMENTED.map(({ name }) => name).toSorted())
  expect(r.exchanges.flatMap(faultsOf)).toEqual([])
  // Walks, includes and errors beside data were among them.
  const answers = r.exchanges.map(({ answer }) => JSON.parse(answer))
  expect(answers.some(({ meta }) => meta?.next_token)).toBe(true)
  expect(answers.some(({ includes }) => includes?.media && includes?.tweets)).toBe(true)
  expect(answers.some(({ data, errors }) => !data && errors)).toBe(true)
})

it('what the sandbox refuses, it refuses in the documents and with the headers that X documents', async () => {
  const r = await recorded()
  const { control } = r.box.x
  const mine = control.post({ author: 'mika', text: `@${BRAND} late` })
  const notMine = control.post({ author: 'ken', text: 'hinata late' })
  const gone = control.post({ author: 'sora', text: `@${BRAND} gone` })
  control.deletePost(gone)
  const reply = (inReplyTo: string, text: string) =>
    r.network.reply({ inReplyTo, text, summoned: true, urgent: true }).then(
      () => 'sent',
      (error) => error.kind,
    )
  expect(await reply(mine, 'Sorry.')).toBe('sent')
  expect(await reply(mine, 'Sorry.')).toBe('duplicate')
  expect(await reply(notMine, 'Sorry, Ken.')).toBe('forbidden')
  expect(await reply(gone, 'Sorry, Sora.')).toBe('gone')
  expect(await reply(mine, 'x'.repeat(281))).toBe('forbidden')
  expect(await reply(mine, '')).toBe('invalid')
  control.setCredit(0)
  expect(await reply(mine, 'No money.')).toBe('blocked')
  control.setCredit(null)
  control.revoke('all')
  expect(await reply(mine, 'No key.')).toBe('unauthorized')
  control.restore()
  control.setLimits({ create_post: { user: 1 } })
  expect(await reply(mine, 'One.')).toBe('sent')
  // Another process, which was not told of the limit.
  await r.store.deleteFrom('rate_limits').execute()
  expect(await reply(mine, 'Two.')).toBe('rate-limited')

  const statuses = r.exchanges.map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([201, 403, 400, 402, 401, 429]))
  // The empty text is what our own door never lets through: only the answer to it is looked at.
  const faultsFound = r.exchanges
    .flatMap(faultsOf)
    .filter((fault) => !/limit: /.test(fault) && !/→ 400: body/.test(fault))
  expect(faultsFound).toEqual([])
})

it('a name, a type, a status or a header that X does not document would be found', () => {
  const good: Exchange = {
    method: 'GET',
    url: new URL('https://api.x.com/2/tweets/20?tweet.fields=lang'),
    headers: {
      host: 'api.x.com',
      authorization:
        'OAuth oauth_consumer_key="a", oauth_nonce="b", oauth_signature="c", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1700000000", oauth_token="d", oauth_version="1.0"',
    },
    body: '',
    status: 200,
    answerHeaders: {
      'content-type': 'application/json; charset=utf-8',
      'x-rate-limit-limit': '900',
      'x-rate-limit-remaining': '899',
      'x-rate-limit-reset': '1700000900',
    },
    answer: JSON.stringify({ data: { id: '20', text: 'just', edit_history_tweet_ids: ['20'], lang: 'en' } }),
  }
  expect(faultsOf(good)).toEqual([])
  const answer = (changes: object) =>
    JSON.stringify({ data: { id: '20', text: 'a', edit_history_tweet_ids: ['20'], ...changes } })
  const bad: Partial<Exchange>[] = [
    { url: new URL('https://api.x.com/2/tweets/20?tweet.fields=languages') },
    { url: new URL('https://api.x.com/2/tweets/20?fields=lang') },
    { url: new URL('https://api.x.com/1.1/statuses/show.json') },
    { status: 201 },
    { status: 500 },
    { answer: answer({ author: 'mika' }) },
    { answer: answer({ id: 20 }) },
    { answer: answer({ created_at: 'yesterday' }) },
    { answer: '{}' },
    { answerHeaders: { ...good.answerHeaders, 'x-ratelimit-limit': '900' } },
    { answerHeaders: { ...good.answerHeaders, 'x-rate-limit-limit': '450' } },
    { answerHeaders: { 'content-type': 'application/json; charset=utf-8' } },
    { headers: { ...good.headers, authorization: 'Bearer a' } },
    {
      status: 429,
      answer: JSON.stringify({ title: 'Too many', type: 'about:blank', status: 429, detail: 'x' }),
    },
  ]
  for (const change of bad) expect(faultsOf({ ...good, ...change })).not.toEqual([])
})
