import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'

/** What a sound rule says; tests change single fields. */
export const soundRule = {
  name: { en: 'A rule', ja: 'ルール' },
  event: 'playback.ended',
  priority: 10,
  when: 'session.stalls > 3',
  amount: { sharePercent: 50 },
  mail: 'refund-streaming',
}

/** Writes a folder of rule files, for one test: text as it is, objects as YAML with the id of their name. */
export function rulesFolder(files: Record<string, string | object>): string {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-rules-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [id, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : stringify({ id, ...soundRule, ...content })
    writeFileSync(join(dir, `${id}.yaml`), text)
  }
  return dir
}
