import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hash } from '@node-rs/argon2'
import express from 'express'
import { createDesk, type DeskApp, type DeskOptions } from '../../src/desk/index.ts'
import { type Gateways, loadPayouts, type RefundRule, type ShopClient } from '../../src/refunds/index.ts'
import type { FourEyesRule } from '../../src/replies/index.ts'
import { findLinks, weighText } from '../../src/replies/weigh.ts'
import type { Store } from '../../src/store/database.ts'
import type { Delivery, DraftState, Role } from '../../src/store/schema.ts'
import { ABUSE, anonymise } from '../../src/triage/index.ts'
import { type Letters, loadLetters } from '../../src/voice/index.ts'
import type { Fault } from '../../src/yaml-file.ts'
import { createTestStore } from '../support/store.ts'

export const PASSWORD = 'a handful of plain words'
export const ROLES: readonly Role[] = ['viewer', 'guest', 'agent', 'approver', 'ops', 'admin']

const CODES = [
  ['delivery.late', 'Late delivery', '配送の遅れ', 'logistics'],
  ['packaging.damage', 'Damaged in transit', '輸送中の破損', 'warehouse'],
  ['item.safety', 'Danger', '危険', 'safety'],
  ['feedback.praise', 'Praise', 'お褒め', 'kitchen'],
].map(([code = '', en = '', ja = '', department = '']) => ({
  code,
  department,
  name: { en, ja },
  description: { en, ja },
}))

/** Letters as shipped; nobody answers for the kitchen. */
export const LETTERS: Letters = {
  file: loadLetters('templates/letters.yaml'),
  codes: {
    nameOf: (code) => CODES.find((each) => each.code === code)?.name ?? { en: code, ja: code },
    ownerOf: (code) => CODES.find((each) => each.code === code)?.department ?? '',
  },
  timeZone: () => 'Asia/Tokyo',
  mask: (text, names) => anonymise(text, { names }),
  abuse: ABUSE,
  language: 'en',
}

/** A desk on its own database, reached over real HTTP. */
export interface TestDesk {
  origin: string
  store: Store
  databaseUrl: string
  app: DeskApp
  queued: { stage: string; ids: string[] }[]
  close(): Promise<void>
}

/** Checks as small as they can be: X's length and price, and one forbidden word. */
export function check(text: string, context: { summoned: boolean }) {
  const weightedLength = weighText(text)
  const link = findLinks(text).length > 0
  return {
    weightedLength,
    fits: weightedLength <= 280,
    costMicroUsd: context.summoned ? 10_000 : link ? 200_000 : 15_000,
    checks: [
      {
        rule: 'culprit',
        ok: !text.includes('your own fault'),
        why: 'Hunts for a culprit. Look for the cause ("your own fault")',
        hard: true,
      },
      { rule: 'warmth', ok: /sorry|申し訳/.test(text), why: 'no word of regret', hard: false },
    ],
  }
}

/** Starts a desk on a database of its own, with one person of each role. */
export async function openDesk(
  options: {
    sandbox?: boolean
    /** A second process on the database of a desk that runs. */
    on?: TestDesk
    /** Where the sandbox's own pages are. */
    sandboxWeb?: string
    /** How people sign in, besides with passwords. */
    signIn?: Pick<DeskOptions['config'], 'deskOidc' | 'deskPasswords'>
    trustProxy?: number
    fourEyes?: boolean
    /** Replies that two people must have seen, as in policy.yaml. */
    fourEyesRules?: FourEyesRule[]
    /** The folder of rules as edited. */
    rules?: { faults(): readonly Fault[]; load(): RefundRule[] }
    /** Other texts for drafts, and the model; none unless told. */
    writing?: DeskOptions['writing']
    /** The shop and the payment provider; none unless told. */
    outside?: { shop: ShopClient; gateways: Gateways }
  } = {},
): Promise<TestDesk> {
  const {
    store,
    url: databaseUrl,
    close: dropStore,
  } = options.on
    ? { store: options.on.store, url: options.on.databaseUrl, close: async () => {} }
    : await createTestStore()
  const sandbox = options.sandbox ?? false
  const payouts = loadPayouts('templates/payouts.yaml')
  if (!options.on) {
    const passwordHash = await hash(PASSWORD)
    await store
      .insertInto('users')
      .values(ROLES.map((role) => ({ name: `The ${role}`, login: role, password_hash: passwordHash, role })))
      .execute()
    await store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
  }
  const queued: TestDesk['queued'] = []
  const http: Server = createServer()
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const app = createDesk({
    store,
    databaseUrl,
    queues: {
      enqueue: async (stage, ids) => void queued.push({ stage, ids: ids.map(String) }),
      counts: async () => ({ waiting: 0, active: 0, delayed: 0 }),
    },
    config: { publicUrl: origin, trustProxy: options.trustProxy ?? 0, ...options.signIn },
    sandbox: {
      web: options.sandboxWeb ?? (sandbox ? 'http://127.0.0.1:9' : null),
      parts: { x: sandbox, shop: sandbox, payments: sandbox, mail: sandbox },
    },
    replies: {
      check,
      policy: { enterprise: false, fourEyes: options.fourEyesRules ?? [] },
      brand: { timeZone: 'Asia/Tokyo' },
    },
    taxonomy: { codes: CODES },
    letters: LETTERS,
    retention: { days: { posts: 400, mails: 30, contacts: null }, lookPriceMicroUsd: 5000 },
    refunds: {
      payouts: { ...payouts, activation: { fourEyes: options.fourEyes ?? false } },
      ...options.outside,
    },
    rules: options.rules ?? { faults: () => [], load: () => [] },
    writing: options.writing,
  })
  http.on('request', express().use(app.router))
  return {
    origin,
    store,
    databaseUrl,
    app,
    queued,
    async close() {
      await app.close()
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
      await dropStore()
    },
  }
}

let posts = 0

/** A case with one post and one draft. */
export async function addCase(
  store: Store,
  given: {
    text?: string
    draft?: string | null
    state?: DraftState
    delivery?: Delivery
    severity?: number
    summoned?: boolean
    language?: string
    username?: string
    name?: string
    dueInMinutes?: number
  } = {},
) {
  const n = ++posts
  const due = new Date(Date.now() + (given.dueInMinutes ?? 8) * 60_000)
  const draft = given.draft === undefined ? 'We are sorry. We look into it.' : given.draft
  const username = given.username ?? `person${n}`
  await store
    .insertInto('authors')
    .values({ network: 'x', external_id: `author-${n}`, username, name: given.name ?? `Person ${n}` })
    .execute()
  const { id: caseId } = await store
    .insertInto('cases')
    .values({
      network: 'x',
      author_id: `author-${n}`,
      matter: 'delivery',
      language: given.language ?? 'en',
      code: 'delivery.late',
      codes: ['delivery.late'],
      severity: given.severity ?? 1,
      confidence: 0.8,
      sentiment: 'negative',
      due_at: due,
      last_post_at: new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: postId } = await store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: String(1_000_000 + n),
      source_id: 'x:mentions',
      author_id: `author-${n}`,
      text: given.text ?? `Where is my parcel ${n}?`,
      created_at: new Date(),
      summoned: given.summoned ?? true,
      media: '[]',
      context: '{}',
      state: 'triaged',
      case_id: caseId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await store
    .insertInto('triages')
    .values({
      post_id: postId,
      language: given.language ?? 'en',
      sentiment: 'negative',
      score: -0.6,
      code: 'delivery.late',
      codes: ['delivery.late'],
      severity: given.severity ?? 1,
      confidence: 0.8,
      opt_out: false,
      reasons: '[]',
      taxonomy_hash: 'shipped',
    })
    .execute()
  const { id: draftId } = await store
    .insertInto('drafts')
    .values({
      case_id: caseId,
      post_id: postId,
      state: given.state ?? 'pending',
      delivery: given.delivery ?? 'api',
      locale: given.language ?? 'en',
      text: draft,
      checks: '[]',
      weighted_length: 30,
      cost_micro_usd: 10_000,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { caseId, postId, draftId }
}

/** A browser without JavaScript: it keeps cookies, follows no redirect by itself and reads forms from pages. */
export class Browser {
  readonly origin: string
  readonly cookies = new Map<string, string>()
  language = 'en'
  page = ''
  /** Where it says it comes from; the desk believes it behind a proxy only. */
  address: string | null = null

  constructor(origin: string) {
    this.origin = origin
  }

  async get(path: string): Promise<Response> {
    return this.keep(await fetch(this.origin + path, { redirect: 'manual', headers: this.headers() }))
  }

  /** Sends a form with the token of the last page that was read. */
  async post(path: string, fields: Record<string, string | number> = {}, extra: Record<string, string> = {}) {
    const body = new URLSearchParams({ csrf: this.csrf() })
    for (const [name, value] of Object.entries(fields)) body.set(name, String(value))
    const headers = { ...this.headers(), ...extra }
    return this.keep(await fetch(this.origin + path, { method: 'POST', redirect: 'manual', headers, body }))
  }

  csrf(): string {
    return /name="csrf" value="([^"]+)"/.exec(this.page)?.[1] ?? ''
  }

  async signIn(login: string, password = PASSWORD): Promise<Response> {
    await this.get('/sign-in')
    const answer = await this.post('/sign-in', { login, password })
    if (answer.status === 303) await this.get('/')
    return answer
  }

  private headers() {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const from = this.address === null ? {} : { 'x-forwarded-for': this.address }
    return { cookie, accept: 'text/html', 'accept-language': this.language, ...from }
  }

  private async keep(response: Response): Promise<Response> {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const value = pair.slice(at + 1)
      if (value === '') this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), value)
    }
    const redirected = response.status >= 300 && response.status < 400
    if (!redirected && response.headers.get('content-type')?.startsWith('text/html')) {
      // Where Japanese may break is no part of what a page says.
      this.page = (await response.text()).replaceAll('<wbr>', '')
    } else if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await response.arrayBuffer()
    }
    return response
  }
}
