import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChartSpec, chartOf, sparkOf, stepsBack } from '../../src/desk/charts/index.ts'
import { problemsOf } from '../../src/desk/health-problems.ts'
import { recordCharges } from '../../src/store/meters.ts'
import { operations } from '../../src/store/operations.ts'
import { recordDone, recordQueues } from '../../src/store/queue-history.ts'
import { beat } from '../../src/store/sweep.ts'
import { Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const NOW = new Date('2026-11-22T09:10:00Z')
const HOURS = stepsBack('en', 'Asia/Tokyo', 60, 24, NOW)

function specOf(given: Partial<ChartSpec> = {}): ChartSpec {
  return {
    kind: 'bars',
    title: 'Done each hour',
    unit: { kind: 'count' },
    stepName: 'Hour',
    steps: HOURS,
    series: [{ name: 'Mail', tone: 'c1', values: HOURS.map((_, hour) => hour) }],
    empty: 'Nothing yet.',
    ...given,
  }
}

describe('a chart', () => {
  test('holds nothing that the page’s Content-Security-Policy forbids, and no ids', () => {
    for (const kind of ['bars', 'lines', 'surface'] as const) {
      const { svg } = chartOf('en', specOf({ kind, limit: { name: 'budget', value: 20 } }))
      expect(svg).not.toMatch(/\sstyle=|<style|\son\w+=|\sid=|url\(|href/)
      expect(svg).toContain('var(--c1)')
      expect(svg?.match(/<svg/g)).toHaveLength(1)
    }
  })

  test('takes words of strangers as words', () => {
    const marks = [{ name: '"><script>alert(1)</script>', from: 2, to: 3 }]
    const { svg } = chartOf('en', specOf({ title: '<b onload="x">', marks }))
    expect(svg).not.toMatch(/<script|<b /)
    expect(svg).toContain('&lt;script&gt;')
  })

  test('names its hours in the company’s time zone', () => {
    expect(HOURS.at(-1)).toMatchObject({ name: expect.stringMatching(/22.*18:00/), short: '18:00' })
    expect(stepsBack('ja', 'UTC', 60, 24, NOW).at(-1)?.name).toBe('11月22日 09:00')
  })

  test('says the highest and the latest figure in words, and all figures in a table', () => {
    const view = chartOf('en', specOf())
    expect(view.summary).toMatch(/^Done each hour\. Highest: 23 \(.*18:00\)\. Latest: 23\.$/)
    expect(view.svg).toContain(`aria-label="${view.summary}"`)
    expect(view.table.columns).toEqual(['Hour', 'Mail'])
    expect(view.table.rows.map(({ cells }) => cells[0])).toEqual(HOURS.map((_, hour) => String(hour)))
  })

  test('leaves steps out that nobody saw', () => {
    const values = HOURS.map((_, hour) => (hour < 20 ? null : hour))
    const view = chartOf('en', specOf({ kind: 'surface', series: [{ name: 'Lag', tone: 'c1', values }] }))
    expect(view.table.rows[0]?.cells).toEqual(['–'])
    expect(view.svg?.match(/<title>/g)).toHaveLength(24)
  })

  test('is a sentence where there is nothing to be shown', () => {
    const nothing = HOURS.map(() => 0)
    expect(chartOf('en', specOf({ series: [{ name: 'Mail', tone: 'c1', values: nothing }] })).svg).toBeNull()
    expect(
      sparkOf(
        HOURS.map(() => null),
        'Mail',
      ),
    ).toBeNull()
  })

  test('of the same figures is drawn once', () => {
    const values = HOURS.map((_, hour) => hour * 3 + 1)
    const draw = () => chartOf('en', specOf({ series: [{ name: 'Once', tone: 'c2', values }] })).svg
    const timeOf = (work: () => unknown) => {
      const started = performance.now()
      for (let i = 0; i < 20; i++) work()
      return performance.now() - started
    }
    draw()
    let other = 0
    const others = () =>
      chartOf('en', specOf({ series: [{ name: `Other ${other++}`, tone: 'c2', values }] })).svg
    expect(timeOf(draw)).toBeLessThan(timeOf(others))
  })
})

describe('the page of operations', () => {
  let desk: TestDesk
  let ops: Browser
  beforeAll(async () => {
    desk = await openDesk()
    ops = new Browser(desk.origin)
    await ops.signIn('ops')
  })
  afterAll(() => desk.close())
  const problems = () => {
    const list = /<ol class="problems">(.*?)<\/ol>/s.exec(ops.page)?.[1] ?? ''
    return [...list.matchAll(/<li class="(\w+)"><a href="([^"]*)">(.*?)<\/a>/g)].map(
      ([, level, href, text]) => `${level} ${href} ${text}`,
    )
  }

  test('says so where everything runs', async () => {
    await beat(desk.store, 'a:1', [
      ...['listen', 'triage', 'draft', 'publish', 'quality'],
      ...['refund', 'payout', 'replace', 'mail', 'sweep'],
    ])
    await ops.get('/health')
    expect(problems()).toEqual([])
    expect(ops.page).toContain('Everything runs.')
    expect(ops.page).toContain('Nothing has been counted yet.')
  })

  test('says first what is wrong, the worst before the rest, and where it is mended', async () => {
    await sql`insert into rate_limits values ('x', 'POST /2/tweets', 100, 0, now() + interval '11 minutes')`.execute(
      desk.store,
    )
    await desk.store
      .updateTable('sources')
      .set({ state: 'revoked', ok_at: new Date(Date.now() - 40 * 60_000) })
      .execute()
    await ops.get('/health')
    expect(problems()).toEqual([
      'bad #h-sources x:mentions: keys were refused',
      'bad #h-sources x:mentions has not been heard for 40 min',
      'fair #h-limits POST /2/tweets: no calls left for 10 min',
    ])
    expect(ops.page.indexOf('class="problems"')).toBeLessThan(ops.page.indexOf('id="h-queues"'))
    for (const [, id] of problems()
      .join(' ')
      .matchAll(/#([\w-]+)/g))
      expect(ops.page).toContain(`id="${id}"`)
  })

  test('says that X has used up what it may cost', async () => {
    const spend = [{ network: 'x', kind: 'post.read', calls: 10, today: 4_600_000, month: 20_000_000 }]
    const state = { ...(await operations(desk.store)), sources: [], spend }
    const standing = { state, queues: [], missing: [], limits: [], stops: [], gateways: [], chats: [] }
    const told = (dailyMicroUsd: number, monthlyMicroUsd: number) =>
      problemsOf('en', { ...standing, budget: { dailyMicroUsd, monthlyMicroUsd } }, new Date()).map(
        ({ level, text }) => `${level}: ${text}`,
      )
    expect(told(5_000_000, 20_000_000)).toEqual([
      'bad: X has used 100 % of its budget for the month',
      'fair: X has used 92 % of its budget for the day',
    ])
    expect(told(50_000_000, 200_000_000)).toEqual([])
  })

  test('shows how the queues went, of all processes together', async () => {
    await recordDone(desk.store, new Map([['triage', 40]]))
    await recordDone(
      desk.store,
      new Map([
        ['triage', 2],
        ['mail', 0],
      ]),
    )
    await recordQueues(desk.store, [{ queue: 'triage', waiting: 7, oldestSeconds: 3 }])
    await recordQueues(desk.store, [{ queue: 'triage', waiting: 5, oldestSeconds: 9 }])
    await ops.get('/health')
    expect(ops.page).toContain('aria-label="Triage: waiting over the last 24 hours, 7 at most"')
    expect(ops.page).toContain('Triage: 42</title>')
  })

  test('shows what each day of the month cost by kind; what is charged twice within a day counts once', async () => {
    const charges = [
      { kind: 'mention.read', resource: 'post:1', microUsd: 1000 },
      { kind: 'mention.read', resource: 'post:2', microUsd: 1000 },
      { kind: 'reply.summoned', resource: 'reply:1', microUsd: 10_000 },
    ]
    await recordCharges(desk.store, 'x', charges)
    await recordCharges(desk.store, 'x', charges)
    await ops.get('/health')
    expect(ops.page).toContain('X · mentions read: $0.002')
    expect(ops.page).toMatch(/X · replies: \$0\.010\n/)
  })
})
