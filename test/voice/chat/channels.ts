import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Store } from '../../../src/store/database.ts'
import { anonymise } from '../../../src/triage/index.ts'
import { type ChatChannel, type CodeBook, loadChat, type SendOptions } from '../../../src/voice/index.ts'
import { type ChatServers, SECRET, TOKEN } from './chat-servers.ts'

/** Channels as the file `chat.yaml` gives them. */
export function channelsOf(...channels: Record<string, unknown>[]): ChatChannel[] {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-chat-'))
  try {
    const file = join(folder, 'chat.yaml')
    writeFileSync(file, stringify({ channels }))
    return loadChat(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const SLACK = { name: 'slack', kind: 'slack', urlFrom: 'CHAT_SLACK_URL' }
export const TEAMS = { name: 'teams', kind: 'teams', urlFrom: 'CHAT_TEAMS_URL' }
export const HOOK = {
  name: 'hook',
  kind: 'webhook',
  urlFrom: 'CHAT_HOOK_URL',
  secretFrom: 'CHAT_HOOK_SECRET',
}
export const chatworkAt = (servers: ChatServers) => ({
  name: 'chatwork',
  kind: 'chatwork',
  tokenFrom: 'CHAT_CHATWORK_TOKEN',
  room: '123456',
  origin: servers.origin,
  language: 'ja',
})

export function secretsOf({ origin }: ChatServers): Record<string, string> {
  return {
    CHAT_SLACK_URL: `${origin}/services/T1/B1/secret`,
    CHAT_TEAMS_URL: `${origin}/workflows/w1?sig=secret`,
    CHAT_HOOK_URL: `${origin}/hook?team=a`,
    CHAT_HOOK_SECRET: SECRET,
    CHAT_CHATWORK_TOKEN: TOKEN,
  }
}

const NAMES: Record<string, { en: string; ja: string; owner: string }> = {
  'delivery.late': { en: 'Late delivery', ja: '配送の遅れ', owner: 'logistics' },
  'item.safety': { en: 'Danger to health', ja: '健康への危険', owner: 'quality' },
}
export const CODES: CodeBook = {
  nameOf: (code) => NAMES[code] ?? { en: code, ja: code },
  ownerOf: (code) => NAMES[code]?.owner ?? '',
}

export function optionsFor(servers: ChatServers, more: Partial<SendOptions> = {}): SendOptions {
  const secrets = secretsOf(servers)
  return {
    codes: CODES,
    mask: (text: string, names: readonly string[]) => anonymise(text, { names }),
    publicUrl: 'https://desk.example',
    timeZone: 'Asia/Tokyo',
    secret: (name) => secrets[name],
    privateHosts: [servers.host],
    timeoutMs: 2000,
    ...more,
  }
}

let count = 0

/** A case as triage opens it, with the post that it began with. */
export async function openCase(
  store: Store,
  {
    text = 'My parcel is late.',
    code = 'delivery.late',
    severity = 1,
    language = 'en',
    name = 'Somebody',
  } = {},
) {
  count += 1
  const author = { network: 'x', author_id: `author-${count}` }
  await store
    .insertInto('sources')
    .values({ id: 'x:mentions', network: 'x', kind: 'mentions', query: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await store
    .insertInto('authors')
    .values({ network: 'x', external_id: author.author_id, username: `someone${count}`, name })
    .execute()
  const now = new Date()
  const { id: caseId } = await store
    .insertInto('cases')
    .values({
      ...author,
      matter: code,
      language,
      code,
      codes: [code],
      severity,
      confidence: 0.9,
      sentiment: 'negative',
      due_at: now,
      last_post_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: postId } = await store
    .insertInto('posts')
    .values({
      ...author,
      external_id: `post-${count}`,
      source_id: 'x:mentions',
      text,
      created_at: now,
      case_id: caseId,
      summoned: true,
      media: '[]',
      context: '{}',
      state: 'triaged',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { caseId, postId }
}
