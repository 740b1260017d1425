import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig, sandboxParts, WORKER_NAMES } from '../../src/config.ts'
import { exampleLines, filledIn, knownSettings, read } from './settings.ts'

interface Service {
  image: string
  build?: string
  environment?: Record<string, string>
  ports?: string[]
  command?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
  read_only?: boolean
  restart: string
  networks: string[]
  volumes: string[]
}

const source = read('docker-compose.yml')
const compose = parse(source, { merge: true }) as {
  services: Record<'web' | 'workers' | 'postgres' | 'redis', Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, unknown>
}
const { web, workers, postgres, redis } = compose.services

/** Compose's own substitution: ${NAME}, ${NAME:-default}, ${NAME:?message}. */
function substitute(
  environment: Record<string, string> = {},
  env: Record<string, string>,
): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_, name, kind, rest) => {
      const value = env[name] ?? ''
      if (value === '' && kind === '?') throw new Error(`${name}: ${rest}`)
      return value === '' && kind === '-' ? rest : value
    })
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(String(value))]))
}

describe('docker-compose.yml', () => {
  test('sets only what src/config.ts knows, and asks .env only for what .env.example names', () => {
    const known = knownSettings()
    for (const service of [web, workers]) {
      expect(Object.keys(service.environment ?? {}).filter((name) => !known.includes(name))).toEqual([])
    }
    const named = exampleLines().map((line) => line.name)
    const asked = [...source.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] as string)
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((name) => !named.includes(name))).toEqual([])
  })

  test('every line that .env.example asks for reaches both processes', () => {
    const active = exampleLines()
      .filter((line) => line.active)
      .map((line) => line.name)
    for (const service of [web, workers]) {
      const reached = JSON.stringify(service.environment)
      for (const name of active) expect(reached, name).toContain(`\${${name}:`)
    }
  })

  test('with .env filled in, web is the desk alone, workers all the rest, and no sandbox runs in either', () => {
    const desk = loadConfig(substitute(web.environment, filledIn()))
    const rest = loadConfig(substitute(workers.environment, filledIn()))
    expect([desk.desk, desk.workers]).toEqual([true, []])
    expect([rest.desk, rest.workers]).toEqual([false, WORKER_NAMES])
    for (const config of [desk, rest]) {
      expect(Object.values(sandboxParts(config))).not.toContain(true)
      expect(config.databaseUrl).toBe('postgres://kikimimi:d34db33f@postgres:5432/kikimimi')
      expect(config.redisUrl).toBe('redis://redis:6379')
    }
  })

  test('with .env left empty it says what to set', () => {
    expect(() => substitute(web.environment, {})).toThrow('set POSTGRES_PASSWORD in .env')
    for (const name of ['PUBLIC_URL', 'X_API_KEY', 'SMTP_URL', 'MAIL_FROM']) {
      expect(() => substitute(web.environment, { ...filledIn(), [name]: '' })).toThrow(`set ${name} in .env`)
    }
  })

  test('holds no secret of its own', () => {
    for (const service of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(service.environment ?? {})) {
        if (/SECRET|TOKEN|KEY|PASSWORD/.test(name))
          expect(String(value), name).toMatch(/^\$\{[A-Z_]+:[?-][^}]*\}$/)
      }
    }
    expect(source).not.toMatch(/postgres:\/\/[^:]+:(?!\$\{)/)
  })

  test('publishes the desk on this machine and nothing else', () => {
    expect(web.ports).toEqual(['127.0.0.1:3000:3000'])
    for (const service of [workers, postgres, redis]) expect(service.ports).toBeUndefined()
    for (const service of [postgres, redis]) expect(service.networks).toEqual(['inside'])
    expect(compose.networks.inside).toEqual({ internal: true })
  })

  test('our processes start once Postgres and Redis are healthy, and write nowhere', () => {
    for (const service of [web, workers]) {
      expect(service.depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      })
      expect(service).toMatchObject({
        read_only: true,
        restart: 'unless-stopped',
        cap_drop: ['ALL'],
        build: '.',
      })
    }
    for (const service of [postgres, redis]) {
      expect(service.healthcheck?.test.length).toBeGreaterThan(1)
      const volume = service.volumes.map((mount) => mount.split(':')[0])
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(volume))
    }
  })

  test('Redis evicts nothing and keeps an append-only file', () => {
    expect(redis.command?.join(' ')).toBe('redis-server --maxmemory-policy noeviction --appendonly yes')
  })
})
