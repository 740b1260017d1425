export const HOURS_OF_WEEK = 168
const HOUR_MS = 3_600_000

/** Hours since 1970: each is sixty minutes, whatever the clocks on the wall do. */
export function hourOf(at: Date): number {
  return Math.floor(at.getTime() / HOUR_MS)
}

export function startOf(hour: number): Date {
  return new Date(hour * HOUR_MS)
}

/** The part of its hour, 0 to 1, that has gone by at `at`. */
export function partOf(at: Date): number {
  return at.getTime() / HOUR_MS - hourOf(at)
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/**
 * Tells the hour of the week, 0 (Monday from midnight) to 167, that is on the wall in `zone` in the middle of an hour.
 * On the day of 25 hours two hours have the same one and on the day of 23 one is missing; as each hour counts by
 * itself, neither looks like a surge. Zones half an hour off cut their hours at half past, always.
 */
export function createHourOfWeek(zone: string): (hour: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  })
  return (hour) => {
    const parts = format.formatToParts(new Date((hour + 0.5) * HOUR_MS))
    const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
    return DAYS.indexOf(of('weekday')) * 24 + Number(of('hour'))
  }
}
