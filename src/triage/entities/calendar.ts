const DAY_MS = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** Further away, a day without its year may as well be the last one or the next. */
const NEAR_DAYS = 100

/** Days since 1970-01-01. */
export type Day = number

/** The day that it is at `at` in a time zone (IANA name). */
export function dayIn(at: Date, timeZone: string): Day {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timeZone, format)
  }
  return Math.floor(Date.parse(`${format.format(at)}T00:00:00Z`) / DAY_MS)
}

/** null for days that do not exist, such as the 31st of April. Months from 1. */
export function dayOf(year: number, month: number, date: number): Day | null {
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || date < 1 || date > 31) return null
  const at = new Date(Date.UTC(year, month - 1, date))
  return at.getUTCMonth() === month - 1 ? at.getTime() / DAY_MS : null
}

export function isoOf(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

export function partsOf(day: Day): { year: number; month: number; date: number } {
  const at = new Date(day * DAY_MS)
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() }
}

/** 0 is Monday. */
export function weekdayOf(day: Day): number {
  return (((day + 3) % 7) + 7) % 7
}

/** Whether some year has that day. */
export function existsInYears(month: number, date: number): boolean {
  return dayOf(2024, month, date) !== null
}

/** The day of that name in the year that is nearest; null where no year is near. */
export function nearestYear(today: Day, month: number, date: number): Day | null {
  const { year } = partsOf(today)
  const days = [year - 1, year, year + 1].map((each) => dayOf(each, month, date))
  const day = nearest(today, days)
  return day !== null && Math.abs(day - today) <= NEAR_DAYS ? day : null
}

/** The day of that number in this month or its neighbours; null where two are almost as near. */
export function nearestMonth(today: Day, date: number): Day | null {
  const { year, month } = partsOf(today)
  const days = [-1, 0, 1].map((step) => inMonth(year, month + step, date))
  const found = nearest(today, days)
  const close = days.filter((day) => day !== null && Math.abs(day - today) < 20)
  return found !== null && close.length === 1 && Math.abs(found - today) <= 12 ? found : null
}

/** `month` may lie outside 1..12. */
export function inMonth(year: number, month: number, date: number): Day | null {
  const months = year * 12 + month - 1
  return dayOf(Math.floor(months / 12), (months % 12) + 1, date)
}

function nearest(today: Day, days: readonly (Day | null)[]): Day | null {
  let best: Day | null = null
  for (const day of days) {
    if (day !== null && (best === null || Math.abs(day - today) < Math.abs(best - today))) best = day
  }
  return best
}
