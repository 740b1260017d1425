import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'kikimimi-imports-'))
copyFileSync('biome.json', join(folder, 'biome.json'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Lints one file as if it stood at `path`; returns what the linter says. */
function lint(path: string, source: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, source)
  const { stdout, stderr } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', path],
    { cwd: folder, encoding: 'utf8' },
  )
  rmSync(file)
  return `${stdout}${stderr}`
}

test.each([
  ['src/store/x.ts', '../desk/index.ts'],
  ['src/triage/x.ts', '../queue/index.ts'],
  ['src/triage/x.ts', '../replies/index.ts'],
  ['src/listening/x/y.ts', '../../http/index.ts'],
  ['src/refunds/x.ts', '../sandbox/index.ts'],
  ['src/http/x.ts', '../desk/index.ts'],
  ['src/sandbox/x.ts', '../store/database.ts'],
  ['src/mail/x.ts', '../app.ts'],
  ['src/cases/x.ts', 'bullmq'],
  ['src/streaming/x.ts', 'express'],
  ['workers/x.ts', '../src/desk/index.ts'],
  ['src/language-model/x.ts', '../triage/index.ts'],
  ['src/language-model/x.ts', '../replies/index.ts'],
  ['src/language-model/x.ts', '../store/model-calls.ts'],
  ['src/sandbox/x.ts', '../language-model/index.ts'],
  ['src/triage/x.ts', 'openai'],
  ['src/claims/x.ts', '../desk/index.ts'],
  ['src/desk/x.ts', '../claims/index.ts'],
  ['src/linking/x.ts', '../listening/index.ts'],
  ['src/linking/x.ts', '../claims/index.ts'],
  ['src/refunds/x.ts', '../linking/index.ts'],
  ['src/linking/x.ts', 'express'],
  ['src/store/x.ts', '../linking/index.ts'],
  ['src/sandbox/x.ts', '../claims/index.ts'],
  ['workers/x.ts', '../src/claims/index.ts'],
])('%s may not import %s', (file, target) => {
  expect(lint(file, `export * from '${target}'\n`)).toContain('noRestrictedImports')
})

test.each([
  ['src/desk/x.ts', '../store/database.ts'],
  ['src/cases/x.ts', '../triage/index.ts'],
  ['src/publishing/x.ts', '../listening/network.ts'],
  ['workers/x.ts', '../src/queue/index.ts'],
  ['src/queue/x.ts', 'bullmq'],
  ['src/triage/x.ts', '../language-model/index.ts'],
  ['src/replies/x.ts', '../language-model/index.ts'],
  ['src/language-model/x.ts', 'openai'],
  ['src/claims/x.ts', '../linking/index.ts'],
  ['src/claims/x.ts', '../store/database.ts'],
  ['workers/x.ts', '../src/linking/index.ts'],
])('%s may import %s', (file, target) => {
  expect(lint(file, `export * from '${target}'\n`)).not.toContain('noRestrictedImports')
})
