import type { Store } from '../../store/database.ts'
import { codeNames, type ReviewFilter } from '../../store/review-counts.ts'
import { SETTLED_DAYS, type StayCount, stayCounts } from '../../store/review-stays.ts'
import type { BothLanguages } from '../../store/schema.ts'
import { type Share, shareOf } from './share.ts'
import { plusDays } from './span.ts'

/** How a group of people went on. A description: nothing in it says that our answer was why. */
export interface Stay {
  people: number
  again: Share
  /** Content, among those who posted again. */
  nextContent: Share
  nextUnhappy: Share
  /** Among those of whom the shop told. */
  bought: Share
}

export interface Groups {
  all: Stay
  answered: Stay
  unanswered: Stay
  refunded: Stay
  unrefunded: Stay
}

export interface Stays {
  /** Mondays, both counted. */
  from: string
  to: string
  groups: Groups
  /** With and without answer, each with and without refund. */
  both: { answered: boolean; refunded: boolean; stay: Stay }[]
  weeks: { week: string; groups: Groups }[]
  codes: { code: string; name: BothLanguages; groups: Groups }[]
}

/** Whether people came back content or complained again, by their first complaint of a week. @param from, to Mondays */
export async function staysOf(store: Store, from: string, to: string, filter: ReviewFilter): Promise<Stays> {
  const [rows, names] = await Promise.all([stayCounts(store, from, to, filter), codeNames(store)])
  const all = rows.filter(({ week, code }) => week === null && code === null)
  const codes = [...new Set(rows.flatMap(({ code }) => code ?? []))].map((code) => ({
    code,
    name: names.get(code) ?? { en: code, ja: code },
    groups: groupsOf(rows.filter((row) => row.code === code)),
  }))
  return {
    from,
    to,
    groups: groupsOf(all),
    both: [true, false].flatMap((answered) =>
      [true, false].map((refunded) => ({
        answered,
        refunded,
        stay: stayOf(all.filter((row) => row.answered === answered && row.refunded === refunded)),
      })),
    ),
    weeks: weeksOf(from, to).map((week) => ({
      week,
      groups: groupsOf(rows.filter((row) => row.week === week)),
    })),
    codes: codes.sort((a, b) => b.groups.all.people - a.groups.all.people || (a.code < b.code ? -1 : 1)),
  }
}

/** The last Monday whose people have had their thirty days, on a day of the company. */
export function lastWeekOver(today: string): string {
  const day = plusDays(today, -SETTLED_DAYS)
  return plusDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
}

function weeksOf(from: string, to: string): string[] {
  const weeks = []
  for (let week = from; week <= to; week = plusDays(week, 7)) weeks.push(week)
  return weeks
}

function groupsOf(rows: readonly StayCount[]): Groups {
  return {
    all: stayOf(rows),
    answered: stayOf(rows.filter(({ answered }) => answered)),
    unanswered: stayOf(rows.filter(({ answered }) => !answered)),
    refunded: stayOf(rows.filter(({ refunded }) => refunded)),
    unrefunded: stayOf(rows.filter(({ refunded }) => !refunded)),
  }
}

function stayOf(rows: readonly StayCount[]): Stay {
  const sum = (of: (row: StayCount) => number) => rows.reduce((total, row) => total + of(row), 0)
  const people = sum((row) => row.people)
  const positive = sum((row) => row.nextPositive)
  const negative = sum((row) => row.nextNegative)
  const posted = positive + negative + sum((row) => row.nextNeutral)
  return {
    people,
    again: shareOf(
      sum((row) => row.again),
      people,
    ),
    nextContent: shareOf(positive, posted),
    nextUnhappy: shareOf(negative, posted),
    bought: shareOf(
      sum((row) => row.bought),
      sum((row) => row.asked),
    ),
  }
}
