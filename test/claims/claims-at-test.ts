import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createClaims } from '../../src/claims/index.ts'
import { callbackUrls, createLinking, type Linking } from '../../src/linking/index.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Store } from '../../src/store/database.ts'
import { createTestStore } from '../support/store.ts'

export const SECRET = 'a secret of the installation, long enough'

export interface TestClaims {
  origin: string
  store: Store
  linking: Linking
  linked: [network: string, authorId: string, customerId: string][]
  reads: string[]
  close(): Promise<void>
}

export interface TestClaimsOptions {
  limits?: { look: number; step: number }
  onLinked?: () => Promise<void>
  /** Where the shop's sign-in is said to be. */
  issuer?: string
  timeoutMs?: number
}

/** The claim pages on a database of their own, between the sandbox's X and its shop. */
export async function openClaims(box: Sandbox, options: TestClaimsOptions = {}): Promise<TestClaims> {
  const { store, close: dropStore } = await createTestStore()
  const http = createServer()
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const linked: TestClaims['linked'] = []
  const reads: string[] = []
  const { timeoutMs } = options
  const linking = createLinking({
    publicUrl: origin,
    secrets: [SECRET],
    x: {
      ...box.signIn.x,
      apiOrigin: box.x.origin,
      ca: box.x.ca,
      onRead: (id) => void reads.push(id),
      ...(timeoutMs ? { timeoutMs } : {}),
    },
    shop: { ...box.signIn.shop, ...(options.issuer ? { issuer: options.issuer } : {}) },
  })
  box.signIn.setRedirectUris(callbackUrls(origin))
  const router = createClaims({
    store,
    linking,
    publicUrl: origin,
    brandName: { en: 'Hinata', ja: 'ひなた' },
    onLinked: async (...link) => {
      await options.onLinked?.()
      linked.push(link)
    },
    limits: options.limits ?? { look: 10_000, step: 10_000 },
  })
  http.on('request', express().use(router))
  return {
    origin,
    store,
    linking,
    linked,
    reads,
    async close() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
      await dropStore()
    },
  }
}

/** A browser without JavaScript that goes where it is sent, with a cookie jar for each host. */
export class Wanderer {
  readonly jars = new Map<string, Map<string, string>>()
  language = 'en'
  url = ''
  status = 0
  page = ''
  /** Every address it was at, in order. */
  trail: string[] = []

  open(url: string): Promise<void> {
    return this.go('GET', url)
  }

  /** Sends the form of the page it is on; `fields` are filled in, or the button that is pressed. */
  async submit(fields: Record<string, string> = {}, action?: string): Promise<void> {
    const form = /<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/.exec(this.page)
    if (!form && !action) throw new Error(`no form on ${this.url}: ${this.page}`)
    const body = new URLSearchParams()
    for (const [, name = '', value = ''] of (form?.[2] ?? '').matchAll(
      /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
    )) {
      body.set(name, value)
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    await this.go('POST', new URL(action ?? readable(form?.[1] ?? ''), this.url || undefined).href, body)
  }

  cookie(name: string): string | undefined {
    return this.jars.get(new URL(this.url).host)?.get(name)
  }

  private async go(method: string, url: string, body?: URLSearchParams): Promise<void> {
    for (let hops = 0; hops < 10; hops += 1) {
      this.trail.push(url)
      const jar = this.jars.get(new URL(url).host) ?? new Map<string, string>()
      this.jars.set(new URL(url).host, jar)
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          cookie: [...jar].map((pair) => pair.join('=')).join('; '),
          'accept-language': this.language,
        },
        ...(body ? { body } : {}),
      })
      for (const line of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      this.url = url
      this.status = response.status
      // Where Japanese may break is no part of what a page says.
      this.page = (await response.text()).replaceAll('<wbr>', '')
      const next =
        response.headers.get('location') ??
        readable(/http-equiv="refresh" content="0;url=([^"]+)"/.exec(this.page)?.[1] ?? '')
      if (!next) return
      url = new URL(next, url).href
      method = 'GET'
      body = undefined
    }
    throw new Error(`sent round in circles: ${this.trail.join(' ')}`)
  }
}

function readable(html: string): string {
  return html.replaceAll('&amp;', '&').replaceAll('&#34;', '"').replaceAll('&#39;', "'")
}
