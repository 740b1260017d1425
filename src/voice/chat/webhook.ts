import { SIGNATURE_HEADER, signMessage } from '../../signature.ts'
import type { ChatMessage, ChatPost } from './message.ts'

/** A message for a server of one's own: JSON, signed as all our webhooks are (docs/gateways.md). */
export function webhookPost(
  message: ChatMessage,
  { url, secret }: { url: string; secret: string },
  now: Date,
): ChatPost {
  const { pathname, search } = new URL(url)
  const { link, ...rest } = message
  const body = JSON.stringify({ ...rest, url: link?.url ?? null })
  const signature = signMessage({ method: 'POST', path: pathname + search, body }, secret, now)
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': message.id,
      [SIGNATURE_HEADER]: signature,
    },
    body,
  }
}
