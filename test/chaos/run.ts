import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/store/free-port.ts'
import { killReplay } from './kill-replay.ts'

/** `npm run chaos -- --file FILE [--kills 10]`: kills the product again and again during a replay, then counts. */
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    kills: { type: 'string', default: '10' },
    life: { type: 'string', default: '1500' },
  },
})
if (!values.file) {
  process.stderr.write(
    'npm run chaos -- --file FILE.ndjson [--kills 10] [--life MS]   (REDIS_URL is used where set)\n',
  )
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'kikimimi-chaos-'))
try {
  const report = await killReplay({
    file: values.file,
    kills: Number(values.kills),
    maxLifeMs: Number(values.life),
    folder,
    port: await freePort(),
    redisUrl: process.env.REDIS_URL,
    log: (line) => process.stderr.write(`${line}\n`),
  })
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  const good =
    report.posts === report.lines &&
    report.triages === report.lines &&
    report.replies === report.approved &&
    report.twice.length + report.wrong.length + report.waiting + report.deadLetters === 0
  if (!good) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
