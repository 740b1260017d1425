import { CheckedRequestError, type Resolve, sendChecked } from '../../checked-request.ts'
import type { ChatChannel } from './chat-file.ts'
import { chatworkPost } from './chatwork.ts'
import type { ChatMessage, ChatPost } from './message.ts'
import { slackPost } from './slack.ts'
import { teamsPost } from './teams.ts'
import { webhookPost } from './webhook.ts'

/** What became of one message. */
export type Delivery =
  | { outcome: 'sent' }
  /** This one message is not taken; others may be. */
  | { outcome: 'refused'; reason: string }
  /** Nothing goes to this channel for now. `afterMs`: as long as it asked us to wait; null: it did not say. */
  | { outcome: 'away'; reason: string; afterMs: number | null }

export interface DeliverOptions {
  /** Secrets, by the name of their variable. */
  secret: (name: string) => string | undefined
  /** `host` or `host:port` that may be in a private network, or on this machine, and speak plain http. */
  privateHosts: readonly string[]
  timeoutMs?: number
  /** Whoever waits goes home: the process stops. */
  signal?: AbortSignal
  resolve?: Resolve
}

const TIMEOUT_MS = 10_000
const LONGEST_REST_MS = 60 * 60_000

/** A channel that is not set up: `message` says what is missing. */
class NotReadyError extends Error {
  override name = 'NotReadyError'
}

/** Sends a message to a channel, once. Never throws; reasons hold no secret and no address. */
export async function deliver(
  channel: ChatChannel,
  message: ChatMessage,
  options: DeliverOptions,
  now: Date,
): Promise<Delivery> {
  try {
    const post = postFor(channel, message, options, now)
    const response = await sendChecked({
      ...post,
      url: new URL(post.url),
      method: 'POST',
      signal: AbortSignal.any([
        AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
        ...(options.signal ? [options.signal] : []),
      ]),
      allowPrivate: isOwn(new URL(post.url), options.privateHosts),
      resolve: options.resolve,
    })
    // What it has to say is of no use, and may be endless.
    response.destroy()
    return judge(response.statusCode ?? 0, response.headers, now)
  } catch (error) {
    if (error instanceof NotReadyError) return { outcome: 'away', reason: error.message, afterMs: null }
    if (!(error instanceof CheckedRequestError)) throw error
    const hint = /not a public one/.test(error.message)
      ? '; if it is yours, name its host in CHAT_PRIVATE_HOSTS'
      : ''
    return { outcome: 'away', reason: `${error.message}${hint}`, afterMs: null }
  }
}

function postFor(channel: ChatChannel, message: ChatMessage, options: DeliverOptions, now: Date): ChatPost {
  const secret = (name: string) => {
    const value = options.secret(name)
    if (!value)
      throw new NotReadyError(`${name} is not set: give it to every process that runs the worker "sweep"`)
    return value
  }
  const address = (name: string) => checkedUrl(secret(name), name, options.privateHosts)
  switch (channel.kind) {
    case 'slack':
      return slackPost(message, address(channel.urlFrom))
    case 'teams':
      return teamsPost(message, address(channel.urlFrom))
    case 'chatwork': {
      const origin = checkedUrl(channel.origin, 'origin', options.privateHosts).replace(/\/+$/, '')
      return chatworkPost(message, { origin, room: channel.room, token: secret(channel.tokenFrom) })
    }
    case 'webhook':
      return webhookPost(message, { url: address(channel.urlFrom), secret: secret(channel.secretFrom) }, now)
  }
}

function checkedUrl(text: string, name: string, privateHosts: readonly string[]): string {
  if (!URL.canParse(text)) throw new NotReadyError(`${name} holds no address such as https://…`)
  const url = new URL(text)
  if (url.username || url.password)
    throw new NotReadyError(`${name}: the address must have no user and password`)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwn(url, privateHosts))) {
    throw new NotReadyError(`${name}: must be an https address; plain http only for CHAT_PRIVATE_HOSTS`)
  }
  return url.href
}

function isOwn({ host, hostname }: URL, privateHosts: readonly string[]): boolean {
  return privateHosts.includes(host) || privateHosts.includes(hostname)
}

type Headers = Record<string, string | string[] | undefined>

/** Gone, forbidden, too busy and broken are matters of the channel; any other 4xx is one of the message. */
const AWAY: Record<number, string> = {
  401: 'our key is not taken any more',
  403: 'we may not write there any more',
  404: 'it is not there any more, or never was',
  405: 'it takes no messages',
  408: 'it was too slow',
  410: 'it was closed or archived',
  425: 'it asks us to come back later',
}

function judge(status: number, headers: Headers, now: Date): Delivery {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status === 429 || status === 503) {
    const reason = status === 429 ? 'it asks us to slow down (HTTP 429)' : 'it is out of order (HTTP 503)'
    return { outcome: 'away', reason, afterMs: restOf(headers, now) }
  }
  const known = AWAY[status]
  if (known) return { outcome: 'away', reason: `${known} (HTTP ${status})`, afterMs: null }
  if (status >= 300 && status < 400) {
    return {
      outcome: 'away',
      reason: `it sends us elsewhere (HTTP ${status}), and we do not go`,
      afterMs: null,
    }
  }
  if (status >= 400 && status < 500) return { outcome: 'refused', reason: `it was refused (HTTP ${status})` }
  return { outcome: 'away', reason: `it is out of order (HTTP ${status})`, afterMs: null }
}

/** `Retry-After` in seconds or as a date; Chatwork says `x-ratelimit-reset`, in Unix seconds. */
function restOf(headers: Headers, now: Date): number | null {
  const after = String(headers['retry-after'] ?? '')
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN)
  const ms = /^\d+$/.test(after)
    ? Number(after) * 1000
    : after
      ? Date.parse(after) - now.getTime()
      : reset * 1000 - now.getTime()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1000), LONGEST_REST_MS) : null
}
