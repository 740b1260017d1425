const MINUTE_MS = 60_000

export interface QuietHours {
  timeZone: string
  /** Local wall-clock times, HH:MM; `to` is the first minute that is not quiet. */
  from: string
  to: string
}

/**
 * When an automatic reply may go out: null if it may go now, else the first minute that is not quiet.
 * Asks Intl for the wall clock of each minute, so days of 23 and 25 hours need no rules of their own.
 */
export function quietUntil(quiet: QuietHours, now: Date): Date | null {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: quiet.timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const isQuiet = (at: number) => {
    const time = clock.format(at)
    return quiet.from <= quiet.to
      ? time >= quiet.from && time < quiet.to
      : time >= quiet.from || time < quiet.to
  }
  if (!isQuiet(now.getTime())) return null
  let at = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS
  while (isQuiet(at)) at += MINUTE_MS
  return new Date(at)
}
