/** Largest duration of one stall that is believed, ms: after ten minutes nobody still sits and waits. */
export const MAX_STALL_MS = 600_000
/** Longest start-up that is believed, ms. */
export const MAX_STARTUP_MS = 3_600_000
/** Longest time one session plays, ms. */
export const MAX_PLAYED_MS = 86_400_000
/** How much more time the player's clock may show between reports than passed while they arrived, ms. */
export const MAX_DELIVERY_LAG_MS = 43_200_000
/** How far the player's clock may be ahead of ours, ms. */
export const MAX_CLOCK_AHEAD_MS = 86_400_000
/** How far the player's clock may be behind ours, ms. */
export const MAX_CLOCK_BEHIND_MS = 300_000
/** How much more time a player may tell of than has passed since its session was registered, ms. */
export const REGISTRATION_SLACK_MS = 30_000

const DAY_MS = 86_400_000
const RANGES: Record<string, [number, number]> = {
  v: [1, 9],
  sn: [0, Number.MAX_SAFE_INTEGER],
  // From 2000 to 2100: anything else is seconds, microseconds or nonsense.
  ts: [946_684_800_000, 4_102_444_800_000],
  br: [0, 1_000_000],
  bl: [0, DAY_MS],
  mtp: [0, 100_000_000],
  msd: [0, MAX_STARTUP_MS],
  bsa: [0, 100_000],
  d: [0, 3_600_000],
}

/** The value as an integer within the key's range, else null with a note; absent values are null without one. */
export function plausibleNumber(key: string, value: unknown, notes: string[]): number | null {
  if (value === undefined || value === null) return null
  const [lowest, highest] = RANGES[key] as [number, number]
  if (typeof value === 'number' && value >= lowest && value <= highest) return Math.round(value)
  notes.push(`${key}=${String(value).slice(0, 40)} is not between ${lowest} and ${highest}`)
  return null
}
