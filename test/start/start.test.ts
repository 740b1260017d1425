import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kikimimi-start-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Running {
  child: ChildProcess
  port(): number
  output(): string
  exit: Promise<number | null>
}

async function start(env: Record<string, string> = {}, args: string[] = []): Promise<Running> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk
    })
  }
  const exit = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  const port = () => Number(/The page: http:\/\/localhost:(\d+)/.exec(output)?.[1])
  return { child, port, output: () => output, exit }
}

const ready = (running: Running) =>
  until(
    'it listens',
    () => running.output().includes('Kikimimi is listening') || running.child.exitCode !== null,
  )

describe('starting on a data folder', () => {
  test('listens soon, says where the page is and how to sign in, and stops on SIGTERM within ten seconds', async () => {
    const began = Date.now()
    const running = await start()
    await ready(running)
    expect(Date.now() - began).toBeLessThan(15_000)
    expect(running.output()).toContain(`http://localhost:${running.port()}`)
    expect(running.output()).toMatch(/\/welcome\?token=\S{20,}/)
    expect(running.output()).toContain('Sandbox')
    expect((await fetch(`http://127.0.0.1:${running.port()}/healthz`)).status).toBe(200)
    const stopping = Date.now()
    running.child.kill('SIGTERM')
    expect(await running.exit).toBe(0)
    expect(Date.now() - stopping).toBeLessThan(10_000)
    await expect(stat(join(folder, 'postgres', 'postmaster.pid'))).rejects.toThrow()
  })

  test('keeps the password of its Postgres to itself', async () => {
    const { mode } = await stat(join(folder, 'postgres.password'))
    expect(mode & 0o777).toBe(0o600)
  })

  test('a second start on the same folder is told so; after kill -9 the Postgres is taken over', async () => {
    const first = await start()
    await ready(first)
    const pid = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')
    const second = await start()
    expect(await second.exit).toBe(1)
    expect(second.output()).toContain(`Another Kikimimi runs on ${folder}`)

    first.child.kill('SIGKILL')
    await first.exit
    const third = await start()
    await ready(third)
    expect(third.output()).toContain('Kikimimi is listening')
    expect((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]).toBe(
      pid.split('\n')[0],
    )
    third.child.kill('SIGTERM')
    expect(await third.exit).toBe(0)
  }, 60_000)
})

describe('what can not work is said in words', () => {
  test('a taken port', async () => {
    const first = await start()
    await ready(first)
    const other = await mkdtemp(join(tmpdir(), 'kikimimi-other-'))
    const second = await start({ DATA_DIR: other, PORT: String(first.port()) })
    expect(await second.exit).toBe(1)
    expect(second.output()).toContain(`Port ${first.port()} is taken`)
    first.child.kill('SIGTERM')
    await first.exit
    await rm(other, { recursive: true, force: true })
  }, 60_000)

  test('settings, all faults at once, before anything is opened', async () => {
    const running = await start({ PORT: 'x', REFUNDS: 'maybe' })
    expect(await running.exit).toBe(1)
    expect(running.output()).toMatch(/PORT[\s\S]*REFUNDS/)
    expect(running.output()).not.toContain('    at ')
  })

  test('wrong usage', async () => {
    const running = await start({}, ['--speed', '3'])
    expect(await running.exit).toBe(2)
    expect(running.output()).toContain('--speed needs --replay')
  })

  test('a file to replay that is not there', async () => {
    const running = await start({}, ['--replay', '/nowhere.ndjson'])
    expect(await running.exit).toBe(1)
    expect(running.output()).toContain('/nowhere.ndjson')
  })

  test('--help', async () => {
    const running = await start({}, ['--help'])
    expect(await running.exit).toBe(0)
    expect(running.output()).toContain('npm start -- --replay FILE')
  })
})
