import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { knownSettings, ROOT, read } from './settings.ts'

const UNITS = readdirSync(join(ROOT, 'deploy')).filter((name) => name.endsWith('.service'))
const systemd = spawnSync('systemd-analyze', ['--version']).status === 0

describe.each(UNITS)('deploy/%s', (name) => {
  const unit = read(`deploy/${name}`)

  test('starts a program that is there, with settings that src/config.ts knows', () => {
    const start = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
    expect(existsSync(join(ROOT, start.at(-1) ?? 'missing'))).toBe(true)
    expect(start.at(-2)).toBe('--max-semi-space-size=2')
    expect(start.at(-3)).toBe('/opt/kikimimi/node_modules/.bin/node')
    const set = [...unit.matchAll(/(?<=^ExecStart=.*|^Environment=.*)\b([A-Z_]+)=/gm)].map(
      (match) => match[1] as string,
    )
    const own = ['NODE_ENV', 'WORKER_PORT']
    expect(set.filter((each) => !own.includes(each) && !knownSettings().includes(each))).toEqual([])
  })

  test('may write nowhere but in its own folder and gains no rights', () => {
    for (const line of [
      'DynamicUser=yes',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'Restart=on-failure',
    ]) {
      expect(unit).toContain(`\n${line}\n`)
    }
    expect(unit).toContain('\nTimeoutStopSec=20\n')
  })

  test.skipIf(!systemd)('systemd finds no fault in it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kikimimi-units-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    const file = join(dir, name.replace('@.', '@triage.'))
    writeFileSync(file, unit.replaceAll('/opt/kikimimi', ROOT.replace(/\/$/, '')))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
