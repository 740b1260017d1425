import { afterAll, beforeAll, expect, test } from 'vitest'
import { stalled, storeDecided } from '../refunds/rules-at-test.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'

let product: TestProduct

beforeAll(async () => {
  product = await startProduct({ env: { DESK: 'off' } })
})
afterAll(() => product.close())

async function health(): Promise<{ status: number; ok: boolean; warnings?: string[] }> {
  const answer = await fetch(`${product.origin}/healthz`)
  return { status: answer.status, ...((await answer.json()) as { ok: boolean; warnings?: string[] }) }
}

test('in the sandbox the shipped rules are active from the start, and there is nothing to warn of', async () => {
  const well = await until('all is well', async () => ((await health()).ok ? health() : null))
  expect(well).not.toHaveProperty('warnings')
  const states = await product.db.store.selectFrom('refund_rule_versions').select('state').execute()
  expect(states.length).toBeGreaterThan(1)
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['active']))
})

test('a silent rule is a warning and a metric, and makes nobody ill', async () => {
  const { store } = product.db
  await store
    .updateTable('refund_rule_versions')
    .set({ activated_at: new Date(Date.now() - 60 * 86_400_000) })
    .execute()
  await storeDecided(store, stalled({ at: new Date(Date.now() - 3_600_000), stalls: 0 }))
  const { status, warnings } = await health()
  expect(status).toBe(200)
  expect(warnings).toEqual(['rule streaming-rental: has not fired for 14 days, though its event came once'])
  await product.restart()
  const metrics = await until('the sweep has looked', async () => {
    const text = await (await fetch(`${product.origin}/metrics`)).text()
    return text.includes('kikimimi_refund_rule_silent{') ? text : null
  })
  expect(metrics).toContain('kikimimi_refund_rule_silent{rule="streaming-rental"} 1')
  expect(metrics).toContain('kikimimi_refund_rule_silent{rule="streaming-failed"} 0')
})
