import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activeRules, type RefundRule, registerRules } from '../../src/refunds/index.ts'
import type { Fault } from '../../src/yaml-file.ts'
import { activate, rule, stalled, storeDecided } from '../refunds/rules-at-test.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const [live, next] = [rule('film'), rule('film', { amount: { sharePercent: 60 } })]

let desk: TestDesk
let careful: TestDesk
let faults: Fault[] = []
let edited: RefundRule[] = [next]
beforeAll(async () => {
  desk = await openDesk({ rules: { faults: () => faults, load: () => edited } })
  careful = await openDesk({ fourEyes: true })
})
afterAll(async () => {
  await desk.close()
  await careful.close()
})

async function as(login: string, at = desk): Promise<Browser> {
  const browser = new Browser(at.origin)
  await browser.signIn(login)
  return browser
}

const hashes = async (at = desk) => (await activeRules(at.store)).map(({ hash }) => hash)

describe('the page of rules', () => {
  test('says before anything else that nothing is paid yet, in both languages', async () => {
    await registerRules(desk.store, [live], { activateFirst: false })
    const ops = await as('ops')
    await ops.get('/rules')
    expect(ops.page).toContain('1 rule runs in the shadow; nothing is paid until somebody activates it.')
    const japanese = await as('admin')
    await japanese.post('/language', { language: 'ja', to: '/rules' })
    await japanese.get('/rules')
    expect(japanese.page).toContain('1件のルールが試行中です。有効にするまで、返金は行われません。')
  })

  test('activates a version behind a second look, by those who may only', async () => {
    const agent = await as('agent')
    await agent.get('/rules')
    expect(agent.page).toContain('In the shadow')
    expect(agent.page).not.toContain('/rules/film/activate')
    const ops = await as('ops')
    await ops.get('/rules')
    expect(ops.page).toMatch(/<details[^>]*>(?:(?!<\/details>)[\s\S])*?\/rules\/film\/activate/)
    const done = await ops.post('/rules/film/activate', { hash: live.hash })
    expect(done.headers.get('location')).toBe('/rules?notice=ruleActivated')
    expect(await hashes()).toEqual([live.hash])
    await ops.get('/rules')
    expect(ops.page).not.toContain('nothing is paid until')
  })

  test('shows what a changed file would change, and what it would have paid', async () => {
    await registerRules(desk.store, [next], { activateFirst: false })
    const eventId = await storeDecided(desk.store, stalled({ at: new Date() }), {
      rule: live,
      amountMinor: 150,
    })
    await desk.store
      .insertInto('shadow_decisions')
      .values({
        event_id: eventId,
        rule_id: 'film',
        hash: next.hash,
        outcome: 'pay',
        action: 'refund',
        amount_minor: 180,
        currency: 'USD',
      })
      .execute()
    const ops = await as('ops')
    await ops.get('/rules')
    expect(ops.page).toContain('<del>-   sharePercent: 50</del><ins>+   sharePercent: 60</ins>')
    expect(ops.page).toMatch(/Would have paid<\/dt><dd>1 refund · <strong>\$1\.80/)
    expect(ops.page).toMatch(/Live paid<\/dt><dd>1 refund · <strong>\$1\.50/)
  })

  test('shows where a rule file is broken, a rule whose file is gone, and one that is silent', async () => {
    faults = [{ file: 'templates/refunds/film.yaml', line: 7, column: 3, message: 'priority: <too> high' }]
    const ops = await as('ops')
    await ops.get('/rules')
    expect(ops.page).toContain('templates/refunds/film.yaml:7:3')
    expect(ops.page).toContain('priority: &lt;too&gt; high')
    faults = []
    await registerRules(desk.store, [], { activateFirst: false })
    await desk.store
      .updateTable('refund_rule_versions')
      .set({ activated_at: new Date(Date.now() - 30 * 86_400_000) })
      .where('state', '=', 'active')
      .execute()
    await desk.store.updateTable('refund_decisions').set({ rule_id: null }).execute()
    await ops.get('/rules')
    expect(ops.page).toContain('Its file is gone, and it still pays')
    expect(ops.page).toContain('It has not fired for 14 days, though its event came once.')
    await registerRules(desk.store, [next], { activateFirst: false })
  })

  test('refuses in words what clashes, and stops a rule', async () => {
    await activate(desk.store, rule('other', { priority: 50 }))
    const clash = rule('film', { priority: 50 })
    await registerRules(desk.store, [clash, rule('other', { priority: 50 })], { activateFirst: false })
    const ops = await as('admin')
    await ops.get('/rules')
    const refused = await ops.post('/rules/film/activate', { hash: clash.hash })
    expect(refused.status).toBe(409)
    expect(ops.page).toContain('有効なルールotherもplayback.endedで優先度50です')
    const stopped = await ops.post('/rules/other/retire')
    expect(stopped.headers.get('location')).toBe('/rules?notice=ruleRetired')
    expect(await hashes()).toEqual([live.hash])
    await ops.get('/rules')
    expect((await ops.post('/rules/other/retire')).headers.get('location')).toBe('/rules?notice=ruleChanged')
    await ops.get('/rules')
    expect((await ops.post('/rules/nobody/activate', { hash: live.hash })).status).toBe(404)
    expect((await ops.post('/rules/film/activate', { hash: 'abc' })).status).toBe(400)
  })

  test('brings an earlier version back', async () => {
    const ops = await as('ops')
    await ops.get('/rules')
    expect(ops.page).toContain('Bring it back')
    await ops.post('/rules/film/activate', { hash: next.hash })
    expect(await hashes()).toEqual([next.hash])
  })
})

describe('four eyes', () => {
  test('are two people: the one who proposed can not agree, another one can, and a proposal can be taken back', async () => {
    await registerRules(careful.store, [live], { activateFirst: false })
    const [ops, admin] = [await as('ops', careful), await as('admin', careful)]
    await ops.get('/rules')
    const propose = () => ops.post('/rules/film/activate', { hash: live.hash })
    expect((await propose()).headers.get('location')).toBe('/rules?notice=ruleProposed')
    expect(await hashes(careful)).toEqual([])
    await ops.get('/rules')
    expect(ops.page).toContain('That was you, so somebody else has to agree.')
    expect(ops.page).not.toContain('/rules/film/activate')
    expect((await propose()).status).toBe(409)
    await ops.get('/rules')
    await ops.post('/rules/film/withdraw', { hash: live.hash })
    await ops.get('/rules')
    await propose()
    await admin.get('/')
    expect(admin.page).toContain('<a href="/rules">Rules <span class="count">1</span></a>')
    await admin.get('/rules')
    expect(admin.page).toContain('The ops proposed this version.')
    await admin.post('/rules/film/activate', { hash: live.hash })
    expect(await hashes(careful)).toEqual([live.hash])
  })
})

describe('trying the rules', () => {
  const span = { from: '2026-10-01', to: '2026-10-31' }
  const at = new Date('2026-10-15T12:00:00Z')

  test('is friendly where there is nothing to replay', async () => {
    const ops = await as('ops')
    await ops.get('/rules/simulate')
    expect(ops.page).toContain('name="from"')
    expect((await ops.post('/rules/simulate', span)).status).toBe(200)
    expect(ops.page).toContain('Nothing was decided in these days.')
  })

  test('shows what the files would pay against what is active, by rule and by customer', async () => {
    const order = { customerId: 'laura' }
    for (const stalls of [9, 9, 2]) await storeDecided(desk.store, stalled({ at, stalls, order }))
    edited = [rule('film', { when: 'session.stalls > 1', limits: { perCustomer: { days: 1, count: 2 } } })]
    const ops = await as('ops')
    await ops.get('/rules/simulate')
    await ops.post('/rules/simulate', span)
    expect(ops.page).toContain('3 events were replayed; for 0 no rule spoke.')
    expect(ops.page).toMatch(/The active rules pay<\/td><td>2 · <strong>\$3\.60/)
    expect(ops.page).toMatch(/Paid with another amount<\/td><td>2 · <strong>-\$0\.60/)
    expect(ops.page).toContain('Limit per customer 1')
    expect(ops.page).toContain('<code>laura</code>')
  })

  test('refuses days that are none, and says so where somebody else runs one', async () => {
    const ops = await as('ops')
    await ops.get('/rules/simulate')
    expect((await ops.post('/rules/simulate', { from: 'May', to: '' })).status).toBe(400)
    await ops.get('/rules/simulate')
    const other = await as('ops')
    await other.get('/rules/simulate')
    const both = [ops, other].map((browser) => browser.post('/rules/simulate', span))
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200])
    const busy = [ops, other].filter(({ page }) => page.includes('Somebody runs one just now.'))
    expect(busy).toHaveLength(1)
  })
})
