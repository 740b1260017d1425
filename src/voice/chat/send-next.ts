import { hash } from 'node:crypto'
import { quietUntil } from '../../quiet-hours.ts'
import {
  concludeRefused,
  concludeSent,
  holdRepeat,
  leaseChannel,
  type NextMessage,
  nextMessage,
  pauseChannel,
  releaseChannel,
  sumVoices,
  voicesTold,
} from '../../store/chat-outbox.ts'
import type { Store } from '../../store/database.ts'
import type { ChatChannel } from './chat-file.ts'
import { type DeliverOptions, deliver } from './deliver.ts'
import type { CodeBook } from './gather.ts'
import { type ChatMessage, clip } from './message.ts'
import { GONE, OPEN_AT_DESK, sumTitle } from './words.ts'

export interface SendOptions extends DeliverOptions {
  codes: CodeBook
  /** Takes personal data out of customers' words; `names` are those that their author is known by. */
  mask: (text: string, names: readonly string[]) => string
  publicUrl: string
  timeZone: string
}

const HOUR_MS = 3_600_000
/** Voices of danger are not summed up; so many of them are told in an hour. */
const DANGER_PER_HOUR = 20
/** A message that is refused is tried again after so long, then given up: a day to mend a channel that refuses all. */
const REFUSED_RESTS_MS = [5_000, 60_000, 600_000, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS]
const FIRST_REST_MS = 5_000
const LONGEST_REST_MS = 10 * 60_000

/**
 * Tells a channel one thing, if there is something, it may be told now and no other process does.
 * @returns false where nothing was told
 */
export async function sendNext(
  store: Store,
  channel: ChatChannel,
  options: SendOptions,
  now: Date,
): Promise<boolean> {
  const lease = await leaseChannel(store, channel.name, now)
  if (!lease) return false
  try {
    const next = await choose(store, channel, options, now)
    if (!next) return false
    const { message, id, attempts, words } = next
    const delivery = await deliver(channel, message, options, now)
    // It says nothing of the channel that we did not wait for it.
    if (delivery.outcome === 'away' && options.signal?.aborted) return false
    if (delivery.outcome === 'sent') {
      await concludeSent(store, channel.name, id, words, now)
    } else if (delivery.outcome === 'refused') {
      const restMs = REFUSED_RESTS_MS[attempts]
      const again = restMs === undefined ? null : new Date(now.getTime() + restMs)
      await concludeRefused(store, channel.name, id, delivery.reason, again, now)
    } else {
      const restMs = delivery.afterMs ?? restAfter(lease.failures)
      await pauseChannel(store, channel.name, delivery.reason, new Date(now.getTime() + restMs), now)
    }
    return delivery.outcome !== 'away'
  } finally {
    await releaseChannel(store, channel.name)
  }
}

function restAfter(failures: number): number {
  return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(failures, 10))
}

async function choose(store: Store, channel: ChatChannel, options: SendOptions, now: Date) {
  const quiet = channel.quietHours && quietUntil(channel.quietHours, now) ? channel.quietHours : null
  const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS)
  if (!quiet) await sumVoices(store, channel.name, hour)
  const told = await voicesTold(store, channel.name, hour)
  const may = {
    voices: told.voices < channel.voicesPerHour,
    danger: told.danger < DANGER_PER_HOUR,
    minSeverity: quiet ? quiet.exceptSeverity : 0,
  }
  for (;;) {
    const next = await nextMessage(store, channel.name, may, now)
    if (!next) return null
    const quote = next.text === null ? null : clip(withoutAddressees(options.mask(next.text, namesOf(next))))
    const words =
      quote && next.kind === 'voice' ? hash('sha256', quote.toLowerCase().replace(/\s+/g, '')) : null
    const repeats =
      words !== null && next.severity < 3 && (await holdRepeat(store, channel.name, next.id, words, now))
    if (!repeats) {
      return { id: next.id, attempts: next.attempts, words, message: write(next, quote, channel, options) }
    }
  }
}

/** Whom a post is addressed to says nothing, and is masked. */
function withoutAddressees(text: string): string {
  return text.replace(/^(?:\s*\[handle\])+\s*/, '')
}

function namesOf({ username, name }: NextMessage): string[] {
  return [username, name].filter((each) => each !== null)
}

function write(
  next: NextMessage,
  quote: string | null,
  { language }: ChatChannel,
  { codes, publicUrl, timeZone }: SendOptions,
): ChatMessage {
  const { body, sum } = next
  const path = body ? body.path : '/'
  const deleted = next.kind === 'voice' && quote === null && body?.lines.length === 0
  return {
    id: `kikimimi-${next.id}`,
    kind: next.kind,
    severity: next.severity,
    codes: next.codes ?? sum?.codes.map(({ code }) => code) ?? [],
    title: body?.title[language] ?? (sum ? sumTitle(sum, language, codes.nameOf, timeZone) : ''),
    quote,
    lines: [...(body?.lines.map((line) => line[language]) ?? []), ...(deleted ? [GONE[language]] : [])],
    table: body?.table
      ? { head: body.table.head.map((cell) => cell[language]), rows: body.table.rows }
      : null,
    link: path === null ? null : { url: `${publicUrl}${path}`, text: OPEN_AT_DESK[language] },
    at: next.at,
  }
}
