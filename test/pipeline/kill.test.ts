import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../src/store/free-port.ts'
import { killReplay } from '../chaos/kill-replay.ts'
import { testRedisUrl } from '../support/redis-url.ts'

const COMPLAINTS = [
  'my parcel was due on Monday and it is still not here',
  'the box was crushed and two cups are broken',
  '荷物がまだ届きません。3日待っています',
  '箱がつぶれていて、中の本が折れていました',
  'you sent me regular coffee, I ordered decaf',
  'charged twice for one order, please look into it',
  '注文と違う商品が届きました',
]

test('killed again and again, the product loses no post and answers none twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kikimimi-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'posts.ndjson')
  const lines = Array.from({ length: 1200 }, (_, index) => {
    const own = index % 6 === 5
    return JSON.stringify({
      id: `p${index}`,
      author: own ? 'ourshop' : `customer${index % 700}`,
      inbound: !own,
      created_at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
      text: own
        ? '@someone Thank you for telling us.'
        : `@ourshop ${COMPLAINTS[index % COMPLAINTS.length]} (${index})`,
    })
  })
  await writeFile(file, `${lines.join('\n')}\n`)
  const report = await killReplay({
    file,
    kills: 4,
    maxLifeMs: 900,
    folder,
    port: await freePort(),
    redisUrl: testRedisUrl() ?? undefined,
    queuePrefix: `kill-${process.pid}`,
    timeoutMs: 120_000,
  })
  expect(report).toMatchObject({
    posts: 1200,
    triages: 1200,
    twice: [],
    wrong: [],
    waiting: 0,
    deadLetters: 0,
  })
  expect(report.replies).toBe(report.approved)
  expect(report.replies).toBeGreaterThan(300)
}, 200_000)
