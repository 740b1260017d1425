import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { watchReplies } from '../../src/replies/index.ts'
import { until } from '../support/until.ts'

/** The shipped templates in a folder of their own, watched. */
function live() {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-live-'))
  cpSync('templates', dir, { recursive: true })
  const replies = watchReplies(dir, { everyMs: 20 })
  onTestFinished(() => {
    replies.stop()
    rmSync(dir, { recursive: true })
  })
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(join(dir, file), change(readFileSync(join(dir, file), 'utf8')))
  return { replies, edit }
}

test('a changed policy is live without a restart', async () => {
  const { replies, edit } = live()
  expect(replies.policy.crisis).toBe(false)
  edit('policy.yaml', (text) => text.replace(/^crisis: false$/m, 'crisis: true'))
  await until('the policy is live', async () => replies.policy.crisis)
  expect(replies.faults()).toEqual([])
})

test('a file with a fault is told with its place, and the last good ones go on until it is mended', async () => {
  const { replies, edit } = live()
  const before = replies.codes
  edit('policy.yaml', (text) => text.replace(/^crisis: false$/m, 'crisis: perhaps'))
  await until('the fault is seen', async () => replies.faults().length > 0)
  const [fault] = replies.faults()
  expect(fault).toMatchObject({ message: expect.stringContaining('crisis'), line: expect.any(Number) })
  expect(fault?.file).toMatch(/policy\.yaml$/)
  expect(replies.codes).toEqual(before)
  const text = 'Sorry that your parcel is late.'
  expect(replies.check(text, { locale: 'en', summoned: true }).fits).toBe(true)

  edit('policy.yaml', (text) => text.replace('crisis: perhaps', 'crisis: false'))
  await until('it is mended', async () => replies.faults().length === 0)
})
