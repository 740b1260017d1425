import { businessDay } from '../time-zone.ts'

const MORNING = '09:00'
const DAY_MS = 24 * 3600_000
const LONGEST_MS = 366 * DAY_MS

/** How long a case may rest: an hour, until tomorrow morning, or until the morning of a day (YYYY-MM-DD). */
export type SnoozeChoice = { until: 'hour' | 'tomorrow' } | { until: 'date'; date: string }

/** The time that a choice means where the brand is; null where it is past, or over a year away. */
export function snoozeUntil(choice: SnoozeChoice, zone: string, now: Date): Date | null {
  if (choice.until === 'hour') return new Date(now.getTime() + 3600_000)
  const day =
    choice.until === 'date'
      ? choice.date
      : new Date(Date.parse(`${businessDay(now, zone)}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
  const at = wallClock(day, MORNING, zone)
  const ahead = at.getTime() - now.getTime()
  return ahead > 0 && ahead < LONGEST_MS ? at : null
}

/** When it is this time of this day in a time zone. */
export function wallClock(day: string, time: string, zone: string): Date {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const wanted = Date.parse(`${day}T${time}:00Z`)
  let at = wanted
  // Twice: the first step may cross a change of the clocks.
  for (let step = 0; step < 2; step++) {
    at += wanted - Date.parse(`${format.format(at).replace(' ', 'T')}Z`)
  }
  return new Date(at)
}
