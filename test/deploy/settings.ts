import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export function read(file: string): string {
  return readFileSync(new URL(file, new URL('../../', import.meta.url)), 'utf8')
}

/** Names of the settings that src/config.ts knows, by its schema's lines. */
export function knownSettings(): string[] {
  const schema = /const environment = z\.object\(\{\n(.*?)\n\}\)/s.exec(read('src/config.ts'))?.[1] ?? ''
  return [...schema.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map((match) => match[1] as string)
}

export interface ExampleLine {
  name: string
  value: string
  /** Stands without a "#": a real run fills it in. */
  active: boolean
}

export function exampleLines(): ExampleLine[] {
  return [...read('.env.example').matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, off, name, value]) => ({
    name: name as string,
    value: value as string,
    active: off === '',
  }))
}

/** What only docker-compose.yml reads. */
export const COMPOSE_ONLY = ['POSTGRES_PASSWORD']

/** `.env` as somebody fills it in: the lines that stand empty get values, all else stays. */
export function filledIn(): Record<string, string> {
  const answers: Record<string, string> = {
    PUBLIC_URL: 'https://desk.example',
    POSTGRES_PASSWORD: 'd34db33f',
    X_API_KEY: 'key',
    X_API_SECRET: 'secret',
    X_ACCESS_TOKEN: 'token',
    X_ACCESS_SECRET: 'token-secret',
    SMTP_URL: 'smtps://kiki:mail@smtp.example:465',
    MAIL_FROM: 'Shop <no-reply@shop.example>',
  }
  const active = exampleLines().filter((line) => line.active)
  return Object.fromEntries(
    active.map(({ name, value }) => [name, value === '' ? (answers[name] ?? '') : value]),
  )
}
