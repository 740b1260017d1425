import type { ServiceHours } from './letters-file.ts'

const MINUTE_MS = 60_000
const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** Service hours of a year that is all holidays end somewhere. */
const FURTHEST_MS = 400 * 24 * 60 * MINUTE_MS

/**
 * When so many service hours have passed. Asks Intl for the wall clock of each quarter of an hour, so days of 23 and 25
 * hours need no rules of their own.
 * @param timeZone the company's
 */
export function dueAfter(hours: number, from: Date, service: ServiceHours, timeZone: string): Date {
  const isOpen = opening(service, timeZone)
  const step = 15 * MINUTE_MS
  let left = hours * 60 * MINUTE_MS
  let at = from.getTime()
  const end = at + FURTHEST_MS
  while (at < end) {
    // Every opening and closing time stands on a minute; within a quarter that has one, each minute counts by itself.
    const next = Math.min(Math.floor(at / step) * step + step, at + step)
    const whole = isOpen(at) === isOpen(next - 1)
    const until = whole ? next : Math.floor(at / MINUTE_MS) * MINUTE_MS + MINUTE_MS
    if (isOpen(at)) {
      if (left <= until - at) return new Date(at + left)
      left -= until - at
    }
    at = until
  }
  return new Date(end)
}

/** Whether somebody is at work. */
function opening(service: ServiceHours, timeZone: string): (at: number) => boolean {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const days = new Set<string>(service.days)
  const holidays = new Set(service.holidays)
  return (at) => {
    const [day = '', time = ''] = clock.format(at).split(' ')
    const weekday = NAMES[new Date(`${day}T00:00:00Z`).getUTCDay()] as string
    return days.has(weekday) && !holidays.has(day) && time >= service.from && time < service.to
  }
}
