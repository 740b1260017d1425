import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read } from './settings.ts'

const source = read('Dockerfile').replaceAll('\\\n', ' ')
const lines = source.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const instructions = lines.map((line) => /^(\w+)\s+(.*)$/.exec(line)?.slice(1) as [string, string])
const lastStage = instructions.slice(instructions.findLastIndex(([name]) => name === 'FROM'))

function last(name: string): string {
  return lastStage.findLast(([each]) => each === name)?.[1] ?? ''
}

describe('Dockerfile', () => {
  test('copies files that exist and that .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const copied = instructions
      .filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(([, rest]) => rest.trim().split(/\s+/).slice(0, -1))
    expect(copied).toEqual(expect.arrayContaining(['package-lock.json', 'src', 'workers', 'templates']))
    for (const file of copied) {
      expect(existsSync(join(ROOT, file)), file).toBe(true)
      expect(allowed).toContain(file)
    }
    expect([...allowed].sort()).toEqual([...new Set(copied)].sort())
  })

  test('runs the program as somebody who is not root and takes SIGTERM', () => {
    expect(last('USER')).toBe('node')
    expect(last('STOPSIGNAL')).toBe('SIGTERM')
    expect(last('ENV')).toContain('NODE_ENV=production')
    const command = JSON.parse(last('CMD')) as string[]
    expect(command).toEqual(['node', '--max-semi-space-size=2', 'src/main.ts'])
    expect(existsSync(join(ROOT, command.at(-1) as string))).toBe(true)
  })

  test.each([
    [200, 0],
    [503, 1],
    [null, 1],
  ])('its health check turns the answer %s into the exit code %i', async (status, expected) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? (status ?? 500) : 404).end('{}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))
    const { port } = server.address() as { port: number }
    if (status === null) await new Promise((done) => server.close(done))
    const [, ...args] = JSON.parse(last('HEALTHCHECK').replace(/^.*?CMD\s+/, '')) as string[]
    const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' })
    const code = await new Promise((done) => child.once('exit', done))
    server.close()
    expect(code).toBe(expected)
  })
})
