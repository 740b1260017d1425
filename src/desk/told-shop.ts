import type { CordMessage } from '../store/cord-messages.ts'

/** What the shop was told, and how that stands, in one word. */
export function toldShop(message: CordMessage | undefined) {
  if (!message) return null
  const { state, problem, attempts } = message
  const standing =
    state !== 'waiting' ? state : problem !== null ? 'trouble' : attempts > 0 ? 'asked' : 'waiting'
  return { ...message, standing }
}
