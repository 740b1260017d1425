import { z } from 'zod'

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** A time zone's IANA name, as Node knows it. */
export const timeZone = z.string().refine(isTimeZone, 'is not a time zone; write a name such as Asia/Tokyo')

/** A time of the day. In quotes, because YAML reads 22:00 as a number. */
export const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time in quotes, such as "22:00"')

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * The day, YYYY-MM-DD, that `at` belongs to for somebody whose days in `zone` begin and end at `closesAt` instead of
 * midnight: with "03:00", half past two at night still belongs to the day before.
 */
export function businessDay(at: Date, zone: string, closesAt = '00:00'): string {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    formats.set(zone, format)
  }
  const wallClock = new Date(`${format.format(at).replace(' ', 'T')}Z`)
  const [hours, minutes] = closesAt.split(':').map(Number) as [number, number]
  return new Date(wallClock.getTime() - (hours * 60 + minutes) * 60_000).toISOString().slice(0, 10)
}
