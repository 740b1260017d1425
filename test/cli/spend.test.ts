import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordCharges } from '../../src/store/meters.ts'
import { addCase } from '../desk/desk-at-test.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { runCli } from './run-cli.ts'

let db: TestStore
let env: Record<string, string>
beforeAll(async () => {
  db = await createTestStore()
  env = { DATABASE_URL: db.url, PUBLIC_URL: 'https://desk.example' }
})
afterAll(() => db.close())

const run = async (...args: string[]) => (await runCli(['spend', '--json', ...args], { env })).lines()

describe('spend', () => {
  test('is nothing, day by day, before anything was charged', async () => {
    const days = await run()
    expect(days).toHaveLength(7)
    expect(days[0]).toMatchObject({ totalUsd: 0, answered: 0, perAnsweredUsd: null, by: [] })
  })

  test('tells listening from answering, and shares all of it among the complaints first answered then', async () => {
    const { store } = db
    await store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
    const charges = [
      { kind: 'mention.read', resource: 'post:1', microUsd: 1000 },
      { kind: 'post.read', resource: 'post:2', microUsd: 5000 },
      { kind: 'reply.summoned', resource: 'reply:1', microUsd: 10_000 },
    ]
    await recordCharges(store, 'x', charges)
    // X charges the same post once within a UTC day.
    await recordCharges(store, 'x', charges)
    await store
      .insertInto('model_spend')
      .values({ day: new Date().toISOString().slice(0, 10), micro_usd: 4000, calls: 2 })
      .execute()
    const one = await addCase(store)
    const two = await addCase(store)
    const say = ({ caseId, draftId }: typeof one, inReplyTo: string, daysAgo: number) =>
      store
        .insertInto('replies')
        .values({
          key: `reply:${inReplyTo}`,
          draft_id: draftId,
          case_id: caseId,
          network: 'x',
          in_reply_to: inReplyTo,
          text: 'We are sorry.',
          state: 'sent',
          sent_at: sql<Date>`now() - ${daysAgo} * interval '1 day'`,
        })
        .execute()
    await say(one, '1', 0)
    await say(two, '2', 3)
    // The second reply of a case answers no other complaint.
    const { draftId } = await addCase(store)
    await say({ ...two, draftId }, '3', 0)
    const days = await run()
    expect(days[0]).toMatchObject({
      listeningUsd: 0.006,
      answeringUsd: 0.01,
      modelUsd: 0.004,
      totalUsd: 0.02,
      replies: 2,
      answered: 1,
      perAnsweredUsd: 0.02,
      by: expect.arrayContaining([{ network: 'x', kind: 'mention.read', charges: 1, usd: 0.001 }]),
    })
    expect(days[3]).toMatchObject({ totalUsd: 0, replies: 1, answered: 1, perAnsweredUsd: 0 })
    const from = days[6].from
    const [week] = await run('--by', 'month', '--from', from).then((months) => [
      { answered: months.reduce((sum, { answered }) => sum + answered, 0) },
    ])
    expect(week?.answered).toBe(2)
  })

  test('begins weeks on Mondays and ends at the days that were asked for', async () => {
    const weeks = await run('--by', 'week', '--from', '2026-11-04', '--to', '2026-11-17')
    expect(weeks.map(({ from, to }) => [from, to])).toEqual([
      ['2026-11-16', '2026-11-17'],
      ['2026-11-09', '2026-11-15'],
      ['2026-11-04', '2026-11-08'],
    ])
    const months = await run('--by', 'month', '--to', '2026-03-31')
    expect(months.map(({ from }) => from.slice(0, 7))).toEqual([
      ...['2026-03', '2026-02', '2026-01'],
      ...['2025-12', '2025-11', '2025-10'],
    ])
  })

  test('prints a table for people, and says what was typed wrongly', async () => {
    const { out } = await runCli(['spend', '--by', 'week'], { env })
    expect(out).toMatch(/^DAYS \(UTC\) +LISTENING +ANSWERING +MODEL +TOTAL +REPLIES +ANSWERED +EACH\n/)
    expect(out.trim().split('\n')).toHaveLength(9)
    for (const wrong of [
      ['--by', 'year'],
      ['--from', '2026-13-01'],
      ['--from', '2026-02-02', '--to', '2026-02-01'],
    ]) {
      expect((await runCli(['spend', ...wrong], { env })).code).toBe(2)
    }
  })
})
