import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, sandbox } from './support.ts'

describe('the journals of the sandbox', () => {
  it('lose nothing to kill -9', async () => {
    const dir = freshDir()
    const child = spawn(process.execPath, [join(import.meta.dirname, 'post-until-killed.ts'), dir])
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += chunk
      if (printed.length > 4000) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))

    const ids = printed.split('\n').slice(0, -1)
    expect(ids.length).toBeGreaterThan(100)
    const box = await sandbox({ dir })
    const standing = new Set(box.x.control.posts().map((post) => post.id))
    expect(ids.filter((id) => !standing.has(id))).toEqual([])
  })

  it('cut off a torn last line and go on after it', async () => {
    const dir = freshDir()
    const first = await startSandbox({ dir })
    const kept = first.x.control.post({ author: 'a', text: 'whole' })
    await first.close()
    appendFileSync(join(dir, 'x.ndjson'), '{"t":"post","post":{"id":"12')

    const second = await startSandbox({ dir })
    const added = second.x.control.post({ author: 'a', text: 'after the tear' })
    await second.close()
    const third = await sandbox({ dir })
    expect(third.x.control.posts().map((post) => post.id)).toEqual([kept, added])
    for (const line of readFileSync(join(dir, 'x.ndjson'), 'utf8').trimEnd().split('\n')) JSON.parse(line)
  })

  it('name the file and the line where one in the middle is broken', async () => {
    const dir = freshDir()
    const first = await startSandbox({ dir })
    await first.close()
    appendFileSync(
      join(dir, 'payments.ndjson'),
      'oops\n{"t":"payment","payment":{"id":"p","amountMinor":1,"currency":"USD"}}\n',
    )
    await expect(startSandbox({ dir })).rejects.toThrow(/payments\.ndjson:\d+: not a JSON line/)
  })
})
