import {
  type ChatNews,
  type NewsOf,
  spreadNews,
  tell,
  untoldCases,
  untoldIncidents,
} from '../../store/chat-news.ts'
import { registerChannels } from '../../store/chat-outbox.ts'
import type { Store } from '../../store/database.ts'
import type { BothLanguages } from '../../store/schema.ts'
import { type ChatChannel, wants } from './chat-file.ts'
import { AT_DESK_ONLY, incidentBody, voiceTitle } from './words.ts'

/** What chats need to know of the taxonomy. */
export interface CodeBook {
  nameOf: (code: string) => BothLanguages
  /** Department that owns a code; '' where none does. */
  ownerOf: (code: string) => string
}

/** Words that nobody has to read who did not ask for them. */
const ABUSE = 'conduct.abuse'
const STREAMING = ['streaming.playback_error', 'streaming.quality']

/** As far back as anything is looked for. */
const DAY_MS = 24 * 3_600_000

/**
 * Finds what chats were not told of yet (cases at triage, failures of ours) and puts all news into the outboxes of the
 * channels that want them. May run twice, and in several processes at once.
 * @param lookBackMs how old they may be; what is older was looked for before
 */
export async function gatherNews(
  store: Store,
  channels: readonly ChatChannel[],
  codes: CodeBook,
  lookBackMs = DAY_MS,
): Promise<void> {
  const known = await registerChannels(store, channels)
  if (known !== null) {
    const since = new Date(Math.max(known.getTime(), Date.now() - lookBackMs))
    await store.transaction().execute(async (trx) => {
      for (const each of await untoldCases(trx, since)) await tell(trx, voiceOf(each, codes))
      for (const each of await untoldIncidents(trx, since)) await tell(trx, incidentNews(each))
    })
  }
  const channelsFor = (news: NewsOf) =>
    channels.filter((channel) => wants(channel, news, codes.ownerOf)).map(({ name }) => name)
  while ((await spreadNews(store, channelsFor)) === 500);
}

function voiceOf(found: Awaited<ReturnType<typeof untoldCases>>[number], { nameOf }: CodeBook): ChatNews {
  const codes = [found.code, ...found.codes.filter((code) => code !== found.code && code !== 'none')]
  const hidden = codes.includes(ABUSE)
  return {
    key: `case:${found.id}`,
    kind: 'voice',
    codes,
    severity: found.severity,
    language: found.language,
    postId: hidden ? null : found.post_id,
    body: {
      title: voiceTitle(codes, found.severity, nameOf),
      lines: hidden ? [AT_DESK_ONLY] : [],
      table: null,
      path: `/cases/${found.id}`,
    },
  }
}

function incidentNews(found: Awaited<ReturnType<typeof untoldIncidents>>[number]): ChatNews {
  return {
    key: `incident:${found.id}:${found.what}`,
    kind: 'incident',
    codes: STREAMING,
    severity: found.what === 'opened' ? 2 : 1,
    language: null,
    postId: null,
    body: incidentBody(found),
  }
}
