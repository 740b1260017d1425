import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeContactCodes } from '../../src/store/contacts.ts'
import { endCord, insertCord } from '../../src/store/cords.ts'
import { ABUSE } from '../../src/triage/index.ts'
import { groupSuggestions } from '../../src/voice/index.ts'
import { addPost, keepAll } from '../voice/contacts-at-test.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const DAY_MS = 86_400_000
const ago = (days: number) => new Date(Date.now() - days * DAY_MS)
let desk: TestDesk
let agent: Browser
let viewer: Browser

beforeAll(async () => {
  desk = await openDesk()
  const { store } = desk
  await storeContactCodes(store, [
    {
      code: 'packaging.damage',
      name: { en: 'Damaged in transit', ja: '輸送中の破損' },
      department: 'warehouse',
    },
    { code: 'feedback.suggestion', name: { en: 'Suggestion', ja: '要望・提案' }, department: 'product' },
  ])
  const crushed = ['The box was crushed on one side', 'Box crushed again, the corner of the box is gone']
  for (let n = 0; n < 12; n++) await addPost(store, { text: crushed[n % 2] as string, at: ago(50 - n) })
  await addPost(store, { text: 'The foil inside was torn, call me on 090-1234-5678', at: ago(4) })
  await addPost(store, { text: '箱がつぶれていました', language: 'ja', at: ago(3) })
  await addPost(store, { text: 'You are scum and I hope you all rot', code: ABUSE, at: ago(2) })
  for (let n = 0; n < 40; n++)
    await addPost(store, {
      code: 'feedback.suggestion',
      text: n % 2 ? 'Please make the notes field longer' : 'The notes field is far too short',
      at: ago(5),
    })
  await keepAll(store)
  await groupSuggestions(store)
  await store.transaction().execute(async (trx) => {
    const cord = {
      kind: 'code' as const,
      name: 'packaging.damage',
      reason: 'Boxes arrive crushed',
      actor: 'user:3',
    }
    const { id } = await insertCord(trx, { ...cord, signalId: null })
    await endCord(trx, {
      id,
      actor: 'user:3',
      cause: 'A soft batch',
      fix: 'New corrugated boxes',
      vouchedBy: 'Aiko',
    })
  })
  await sql`alter table cords disable trigger all`.execute(store)
  await sql`update cords set pulled_at = now() - interval '42 days', resumed_at = now() - interval '30 days'`.execute(
    store,
  )
  await sql`alter table cords enable trigger all`.execute(store)
  await store
    .insertInto('listing_cases')
    .values({ sku: 'BOOK-1', code: 'packaging.damage', title: 'The bent book', owner: 'warehouse' })
    .execute()
  await store
    .insertInto('refund_rule_versions')
    .values({
      rule_id: 'packaging-damage',
      hash: 'h1',
      content: JSON.stringify({ codes: ['packaging.*'], action: 'ask' }),
      state: 'active',
      activated_by: 'user:6',
      activated_at: ago(20),
    })
    .execute()
  const paid = {
    kind: 'refund' as const,
    network: 'shop',
    code: 'packaging.damage',
    codes: ['packaging.damage'],
  }
  for (const [ref, currency, minor] of [
    ['r1', 'EUR', 1250],
    ['r2', 'EUR', 250],
    ['r3', 'JPY', 3000],
  ] as const)
    await store
      .insertInto('contacts')
      .values({
        ...paid,
        ref,
        at: ago(6),
        product_id: 'BOOK-1',
        product_name: 'The bent book',
        outcome: 'refunded',
        refund_currency: currency,
        refund_minor: minor,
        cost_micro_usd: 5000,
      })
      .execute()
  const letter = { department: 'warehouse', codes: ['packaging.damage'], title: 'Boxes from one supplier' }
  await store
    .insertInto('letters')
    .values({ ...letter, source: 'person', language: 'en', sent_by: 3, hours: 8, due_at: new Date() })
    .execute()
  agent = new Browser(desk.origin)
  await agent.signIn('agent')
  viewer = new Browser(desk.origin)
  await viewer.signIn('viewer')
})
afterAll(() => desk.close())

const wordsOf = (page: string) => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

describe('a dossier of a code', () => {
  const path = '/voice/dossier?code=packaging.damage'

  test('shows voices by what they say, masked, with what was tried and how many came before and since', async () => {
    expect((await viewer.get(path)).status).toBe(200)
    const words = wordsOf(viewer.page)
    expect(words).toContain('Damaged in transit')
    expect(words).toContain('12 say the same')
    expect(words).toContain('2 more, each in their own way')
    expect(words).not.toContain('090-1234-5678')
    expect(words).toContain('Boxes arrive crushed')
    expect(words).toContain('New corrugated boxes')
    // Resumed thirty days ago: 12 voices fell into the days 50 to 39 before today.
    expect(words).toContain('12 voices in the 28 days before, 2 in the 28 days since.')
    expect(words).toContain('The bent book')
    expect(words).toMatch(/Week from/)
  })

  test('shows what it cost, and the letters and refund rules that are about it', async () => {
    await viewer.get(path)
    const words = wordsOf(viewer.page)
    expect(words).toMatch(/€15\.00\s+2 refunds/)
    expect(words).toMatch(/¥3,000\s+1 refund/)
    expect(words).toContain('$0.015')
    expect(words).toMatch(/Refund rule packaging-damage/)
    expect(viewer.page).toContain('href="/rules#rule-packaging-damage"')
    expect(words).toMatch(/Letter Boxes from one supplier/)
  })

  test('has a sister for each product, with its refunds and root causes', async () => {
    expect((await viewer.get('/voice/dossier?product=BOOK-1&span=month')).status).toBe(200)
    const words = wordsOf(viewer.page)
    expect(words).toMatch(/€15\.00/)
    expect(words).toMatch(/Root cause The bent book/)
    expect(words).not.toContain('Refund rule')
  })

  test('of the code for abuse shows figures, not insults', async () => {
    await storeContactCodes(desk.store, [
      {
        code: 'packaging.damage',
        name: { en: 'Damaged in transit', ja: '輸送中の破損' },
        department: 'warehouse',
      },
      { code: 'feedback.suggestion', name: { en: 'Suggestion', ja: '要望・提案' }, department: 'product' },
      { code: ABUSE, name: { en: 'Abuse', ja: '誹謗中傷' }, department: 'support' },
    ])
    expect((await viewer.get(`/voice/dossier?code=${ABUSE}`)).status).toBe(200)
    expect(viewer.page).not.toContain('scum')
  })

  test('keeps what people tried, and what came of it, once', async () => {
    await agent.get(path)
    const on = new Date(Date.now() - 2 * DAY_MS).toISOString().slice(0, 10)
    const tried = {
      kind: 'code',
      name: 'packaging.damage',
      tried: 'Told the carrier, call 090-1234-5678',
      on,
    }
    expect((await agent.post('/voice/dossier/tries', tried)).status).toBe(303)
    await agent.get(path)
    expect(wordsOf(agent.page)).toContain('Told the carrier')
    expect(agent.page).not.toContain('090-1234-5678')
    const action = /\/voice\/dossier\/tries\/\d+\/result/.exec(agent.page)?.[0] ?? ''
    await agent.post(action, { result: 'They stack less high now' })
    await agent.get(path)
    expect(wordsOf(agent.page)).toContain('They stack less high now')
    const again = await agent.post(action, { result: 'Something else' })
    expect(again.headers.get('location')).toContain('triedResultKnown')
    expect((await agent.post('/voice/dossier/tries', { ...tried, on: '2999-01-01' })).status).toBe(400)
    await viewer.get(path)
    expect(viewer.page).not.toContain('action="/voice/dossier/tries"')
  })

  test('can be taken along as CSV and Markdown, which is noted as an export of voices', async () => {
    const cookie = [...viewer.cookies].map((pair) => pair.join('=')).join('; ')
    const fileOf = async (address: string) =>
      (await fetch(desk.origin + address, { headers: { cookie } })).text()
    const csv = await fileOf(path.replace('dossier?', 'dossier.csv?'))
    expect(csv.split('\r\n')[0]).toBe(
      'group,voices_in_group,at,language,region,network,code,severity,outcome,product,text',
    )
    expect(csv.trimEnd().split('\r\n')).toHaveLength(15)
    const md = await fileOf(path.replace('dossier?', 'dossier.md?'))
    expect(md).toContain('# Damaged in transit')
    expect(md).toContain('New corrugated boxes')
    const exported = await desk.store.selectFrom('contact_exports').selectAll().orderBy('id').execute()
    expect(exported.map(({ format, texts, contacts }) => [format, texts, contacts])).toEqual([
      ['csv', true, 14],
      ['md', true, 14],
    ])
  })

  test('of something that nobody knows is not there; without anything it asks of what', async () => {
    for (const nothing of ['code=no.such', 'product=NO-1', 'cluster=999999', 'cluster=x'])
      expect((await viewer.get(`/voice/dossier?${nothing}`)).status).toBe(404)
    expect((await viewer.get('/voice/dossier')).status).toBe(200)
    expect(viewer.page).toContain('name="product"')
  })
})

describe('suggestions', () => {
  const idOf = () => /\/voice\/suggestions\/(\d+)"/.exec(agent.page)?.[1] ?? ''

  test('of forty people who want the same are one line, with a dossier of its own', async () => {
    await agent.get('/voice/suggestions')
    expect(wordsOf(agent.page)).toMatch(/40 voices/)
    expect(agent.page.match(/<li><p class="how-many">/g)).toHaveLength(1)
    await agent.get(`/voice/dossier?cluster=${idOf()}`)
    expect(wordsOf(agent.page)).toContain('40 say the same')
  })

  test('are named, taken apart, put together and done at the desk', async () => {
    await agent.get('/voice/suggestions')
    const id = idOf()
    await agent.get(`/voice/suggestions/${id}`)
    await agent.post(`/voice/suggestions/${id}/name`, { name: 'Longer notes field' })
    const voice = /name="voice" value="(\d+)"/.exec(agent.page)?.[1] ?? ''
    await agent.post(`/voice/suggestions/${id}/take-out`, { voice })
    await agent.get('/voice/suggestions?view=once')
    const own = idOf()
    expect(own).not.toBe(id)
    await agent.post(`/voice/suggestions/${own}/merge`, { into: id })
    await agent.get(`/voice/suggestions/${id}`)
    expect(wordsOf(agent.page)).toContain('40 voices')
    await agent.post(`/voice/suggestions/${id}/done`, { done: 'It takes 400 characters now' })
    await agent.get('/voice/suggestions')
    expect(agent.page).not.toContain('Longer notes field')
    await agent.get('/voice/suggestions?view=done')
    expect(wordsOf(agent.page)).toMatch(/Longer notes field.*It takes 400 characters now.*0 voices since/)
    await agent.post(`/voice/suggestions/${id}/reopen`)
    await agent.get('/voice/suggestions')
    expect(agent.page).toContain('Longer notes field')
  })

  test('are shown in Japanese too', async () => {
    viewer.language = 'ja'
    viewer.cookies.set('kikimimi_language', 'ja')
    await viewer.get('/voice/suggestions')
    expect(viewer.page).toContain('要望や小さなご不便')
    await viewer.get('/voice/dossier?code=packaging.damage&span=year')
    expect(viewer.page).toContain('これまでの対策と、その結果')
  })
})
