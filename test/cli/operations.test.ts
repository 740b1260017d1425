import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openQueues, STAGES } from '../../src/queue/index.ts'
import { migrate, openStore } from '../../src/store/database.ts'
import { bury } from '../../src/store/dead-letters.ts'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { recordCharges, recordRateLimit } from '../../src/store/meters.ts'
import { startStop } from '../../src/store/payout-stops.ts'
import { postponeSource, registerSources } from '../../src/store/sources.ts'
import { beat } from '../../src/store/sweep.ts'
import { findInvitation } from '../../src/store/users.ts'
import { hashToken } from '../../src/tokens.ts'
import { reservedRefund } from '../money/reserved-refund.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { runCli } from './run-cli.ts'

let db: TestStore
let env: Record<string, string>
beforeAll(async () => {
  db = await createTestStore()
  env = { DATABASE_URL: db.url, PUBLIC_URL: 'https://desk.example' }
})
afterAll(() => db.close())

function deadLetters() {
  return db.store.selectFrom('dead_letters').selectAll().orderBy('id').execute()
}

describe('status', () => {
  test('looks without making a queue where none was yet', async () => {
    const { code, err, lines } = await runCli(['status', '--json'], { env })
    expect(err).toBe('')
    expect(code).toBe(0)
    const [status] = lines()
    expect(status.queues[0]).toEqual({
      queue: 'triage',
      waiting: null,
      active: null,
      delayed: null,
      rows: 0,
      oldestSeconds: null,
      dead: 0,
    })
    expect(status.missing).toContain('publish')
    expect(status.spend).toEqual({ todayUsd: 0, monthUsd: 0, by: [] })
  })

  test('shows queues, workers, sources with their problem, dead letters, spend and limits', async () => {
    const queues = await openQueues({ redisUrl: null, databaseUrl: db.url })
    await queues.enqueue('publish', [1, 2, 3])
    await queues.close()
    await beat(db.store, 'host-a:17', ['listen', 'publish'])
    await registerSources(db.store, 'x', [{ id: 'x:mentions', kind: 'mentions', query: null }])
    await postponeSource(db.store, 'x:mentions', 'revoked', 'X no longer takes our keys', new Date())
    await bury(db.store, 'mail', '99', new Error('550 no such user'), 5)
    await recordCharges(db.store, 'x', [
      { kind: 'mention.read', resource: 'post:1', microUsd: 1000 },
      { kind: 'reply.summoned', resource: 'post:2', microUsd: 10_000 },
    ])
    await recordRateLimit(db.store, 'x', 'POST /2/tweets', {
      limit: 100,
      remaining: 12,
      resetAt: new Date(Date.now() + 600_000),
    })
    const [status] = (await runCli(['status', '--json'], { env })).lines()
    expect(status).toMatchObject({
      backend: 'postgres',
      sources: [{ id: 'x:mentions', state: 'revoked', problem: 'X no longer takes our keys' }],
      deadLetters: [{ queue: 'mail', count: 1 }],
      spend: { todayUsd: 0.011, monthUsd: 0.011 },
      limits: [{ network: 'x', endpoint: 'POST /2/tweets', limit: 100, remaining: 12 }],
    })
    expect(status.queues).toContainEqual(expect.objectContaining({ queue: 'publish', waiting: 3, active: 0 }))
    expect(status.queues).toContainEqual(expect.objectContaining({ queue: 'mail', dead: 1 }))
    expect(status.workers).toContainEqual(
      expect.objectContaining({ worker: 'listen', process: 'host-a:17', alive: true }),
    )
    expect(status.missing).not.toContain('publish')
    expect(status.missing).toContain('triage')

    const { code, out } = await runCli(['status'], { env })
    expect(code).toBe(0)
    expect(out).toMatch(/^publish +3 +0 +0/m)
    expect(out).toMatch(/NOBODY RUNS triage, draft/)
    expect(out).toMatch(/x:mentions +revoked +never +X no longer takes our keys/)
    expect(out).toMatch(/POST \/2\/tweets +12 +100/)
    expect(out).toMatch(/total +\$0\.011 +\$0\.011/)
  })

  test('shows what stops payouts, what is used of the budgets, and refunds that are not settled', async () => {
    const before = (await runCli(['status', '--json'], { env })).lines()[0].money
    expect(before.refunds).toEqual({ asked: 0, waiting: 0, failed: 0, unknown: 0 })
    expect(before.budgets).toContainEqual({ currency: 'USD', all: false, usedMinor: 0, mostMinor: 100_000 })
    const waiting = await reservedRefund(db, 'line-1')
    const unknown = await reservedRefund(db, 'line-2')
    const reason = 'the gateway stripe is left alone, circuit half-open: no answer of Stripe in time'
    await db.store.updateTable('refunds').set({ error: reason }).where('id', '=', waiting).execute()
    await db.store.updateTable('refunds').set({ state: 'unknown' }).where('id', '=', unknown).execute()
    await db.store
      .transaction()
      .execute((trx) => startStop(trx, { kind: 'kill-switch', reason: 'bank calls', actor: 'user:1' }))
    const { money } = (await runCli(['status', '--json'], { env })).lines()[0]
    expect(money).toMatchObject({
      stops: [{ kind: 'kill-switch', reason: 'bank calls' }],
      refunds: { asked: 0, waiting: 1, failed: 0, unknown: 1 },
      gateways: [{ gateway: 'stripe', waiting: 1, reason }],
      day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    expect(money.budgets).toContainEqual({ currency: 'USD', all: true, usedMinor: 598, mostMinor: 250_000 })
    const { out } = await runCli(['status'], { env })
    expect(out).toMatch(/PAYOUTS ARE STOPPED \(kill-switch\) since .*: bank calls/)
    expect(out).toContain('stripe is left alone, 1 refunds wait')
    expect(out).toMatch(/^ {2}USD +\$5\.98 +\$1,000\.00 +\$994\.02/m)
    expect(out).toContain('1 nobody can tell about')
  })

  test('a Redis that does not answer is shown and not waited for', async () => {
    const started = Date.now()
    const { code, lines } = await runCli(['status', '--json'], {
      env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' },
    })
    expect(code).toBe(0)
    const [report] = lines()
    expect(report.backend).toBe('redis')
    expect(report.queues.map((row: { waiting: unknown }) => row.waiting)).toEqual(STAGES.map(() => null))
    expect(Date.now() - started).toBeLessThan(15_000)
  })

  test('a database that does not answer, or is not ours, is told without its password', async () => {
    const away = await runCli(['status'], {
      env: { DATABASE_URL: 'postgres://kiki:hunter22@127.0.0.1:1/kiki' },
    })
    expect(away.code).toBe(1)
    expect(away.err).toContain('DATABASE_URL: Postgres can not be reached')
    expect(away.err).not.toContain('hunter22')
    const foreign = await runCli(['status'], { env: { DATABASE_URL: db.url.replace(/[^/]*$/, 'postgres') } })
    expect(foreign.err).toContain('This database holds no Kikimimi')
    expect(foreign.code).toBe(1)
  })

  test('attaches to the embedded Postgres while it runs, and says so when it does not', {
    timeout: 60_000,
  }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kikimimi-data-'))
    const here = { DATA_DIR: dataDir }
    const before = await runCli(['status'], { env: here })
    expect(before.code).toBe(1)
    expect(before.err).toContain(`No Kikimimi runs on ${dataDir}`)

    const postgres = await startEmbeddedPostgres(dataDir)
    const store = openStore(postgres.url, { max: 1 })
    await migrate(store)
    await store.destroy()
    const running = await runCli(['status', '--json'], { env: here })
    expect(running.err).toBe('')
    expect(running.lines()[0].queues).toHaveLength(STAGES.length)

    await postgres.stop()
    const after = await runCli(['status'], { env: here })
    expect(after.code).toBe(1)
    expect(after.err).toContain(`No Kikimimi runs on ${dataDir}`)
    rmSync(dataDir, { recursive: true, force: true })
  })
})

describe('dead letters', () => {
  test('are listed, retried by id, retried all together, dropped, and each is in the audit log', async () => {
    await db.store.deleteFrom('dead_letters').execute()
    for (const ref of ['1', '2', '3', '4']) {
      await bury(db.store, 'publish', ref, new Error(`ref ${ref}\u001b[2J failed`), 5)
    }
    const [first, second] = await deadLetters()
    const listed = await runCli(['dead-letters', 'list', '--json'], { env })
    expect(listed.lines()).toHaveLength(4)
    expect(listed.lines()[0]).toMatchObject({ id: first?.id, queue: 'publish', ref: '1', attempts: 5 })
    // An error may carry what a stranger wrote: it must not play with the terminal.
    expect((await runCli(['dead-letters', 'list'], { env })).out).not.toContain('\u001b')

    const one = await runCli(['dead-letters', 'retry', String(first?.id)], { env })
    expect([one.code, one.out]).toEqual([0, '1 queued again.\n'])
    const again = await runCli(['dead-letters', 'retry', String(first?.id)], { env })
    expect(again.code).toBe(1)
    expect(again.err).toContain(`There is no dead letter ${first?.id}`)

    expect((await runCli(['dead-letters', 'drop', String(second?.id)], { env })).code).toBe(0)
    const all = await runCli(['dead-letters', 'retry', '--all', '--json'], { env })
    expect(all.lines().map((line) => line.ref)).toEqual(['3', '4'])
    expect((await deadLetters()).map((row) => row.state)).toEqual([
      'retrying',
      'dropped',
      'retrying',
      'retrying',
    ])
    expect((await runCli(['dead-letters', 'list'], { env })).out).toBe('No dead letters.\n')

    const log = await db.store
      .selectFrom('audit_log')
      .select(['actor', 'action'])
      .where('action', 'like', 'dead-letter.%')
      .orderBy('id')
      .execute()
    expect(log.map((row) => row.action)).toEqual([
      'dead-letter.retried',
      'dead-letter.dropped',
      'dead-letter.retried',
      'dead-letter.retried',
    ])
    expect(new Set(log.map((row) => row.actor))).toEqual(new Set(['cli']))
  })

  test('a retried one is queued for its worker', async () => {
    await db.store.deleteFrom('dead_letters').execute()
    await bury(db.store, 'refund', 'sid-7', new Error('shop away'), 5)
    expect((await runCli(['dead-letters', 'retry', '--all'], { env })).code).toBe(0)
    const queues = await openQueues({ redisUrl: null, databaseUrl: db.url })
    expect(await queues.counts('refund')).toMatchObject({ waiting: 1 })
    await queues.close()
  })
})

describe('user invite', () => {
  test.each([
    [[], 'admin'],
    [['--role', 'approver'], 'approver'],
  ])('%j prints a link that works, for %s', async (args, role) => {
    const { code, out, err } = await runCli(['user', 'invite', ...args], { env })
    expect(err).toBe('')
    expect(code).toBe(0)
    const token = /^https:\/\/desk\.example\/welcome\?token=(\S+)\n$/.exec(out)?.[1] as string
    expect(await findInvitation(db.store, hashToken(token))).toEqual({ role, madeBy: 'command-line' })
  })
})
