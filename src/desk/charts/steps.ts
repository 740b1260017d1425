import type { Language } from '../i18n.ts'

/** One step of a chart's time. */
export interface Step {
  at: Date
  name: string
  short: string
}

/**
 * Steps of `minutes` up to the one that runs now, named in the company's time zone.
 * @param zone IANA name
 */
export function stepsBack(
  language: Language,
  zone: string,
  minutes: number,
  count: number,
  now: Date,
): Step[] {
  const ms = minutes * 60_000
  const last = Math.floor(now.getTime() / ms) * ms
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  })
  const whole = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  })
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(last - (count - 1 - i) * ms)
    return { at, name: whole.format(at), short: clock.format(at) }
  })
}

/** The days from `from` to `to`, both YYYY-MM-DD and included. */
export function daysOf(language: Language, from: string, to: string): (Step & { day: string })[] {
  const short = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' })
  const whole = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    weekday: 'short',
    timeZone: 'UTC',
  })
  const days = []
  for (let at = new Date(`${from}T00:00:00Z`); at <= new Date(`${to}T00:00:00Z`); at = nextDay(at)) {
    days.push({ at, day: at.toISOString().slice(0, 10), name: whole.format(at), short: short.format(at) })
  }
  return days
}

function nextDay(at: Date): Date {
  return new Date(at.getTime() + 86_400_000)
}
