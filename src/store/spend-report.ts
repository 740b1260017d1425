import type { Db } from './database.ts'
import { answeredByDay, modelSpendByDay, type SpendRow, spendByDay } from './spend.ts'

export const SPEND_SPANS = ['day', 'week', 'month'] as const
/** Weeks begin on Mondays; days are UTC, as the networks count them. */
export type SpendSpan = (typeof SPEND_SPANS)[number]

/** What a span of days cost, in millionths of a US dollar, and what came of it. */
export interface SpendPeriod {
  /** First and last day that was counted, YYYY-MM-DD. */
  from: string
  to: string
  /** Posts, people and messages that were read. */
  listeningMicroUsd: number
  /** What was written. */
  answeringMicroUsd: number
  modelMicroUsd: number
  totalMicroUsd: number
  replies: number
  /** Complaints that got their first reply then. */
  answered: number
  /** All of it over the answered complaints; null where none was. */
  perAnsweredMicroUsd: number | null
  by: { network: string; kind: string; charges: number; microUsd: number }[]
}

/** What listening, answering and the model cost between two UTC days, the latest span first. */
export async function spendReport(
  db: Db,
  { from, to, span }: { from: string; to: string; span: SpendSpan },
): Promise<SpendPeriod[]> {
  const [charged, model, answered] = await Promise.all([
    spendByDay(db, from, to),
    modelSpendByDay(db, from, to),
    answeredByDay(db, from, to),
  ])
  const periods = Map.groupBy(daysBetween(from, to), (day) => firstDay(day, span))
  return [...periods.values()].reverse().map((days) => {
    const within = new Set(days)
    const of = <T extends { day: string }>(rows: readonly T[]) => rows.filter(({ day }) => within.has(day))
    return periodOf(days, of(charged), of(model), of(answered))
  })
}

function periodOf(
  days: readonly string[],
  charged: readonly SpendRow[],
  model: readonly { microUsd: number }[],
  answers: readonly { replies: number; answered: number }[],
): SpendPeriod {
  const listening = sum(charged.filter(({ kind }) => isReading(kind)).map(({ microUsd }) => microUsd))
  const answering = sum(charged.filter(({ kind }) => !isReading(kind)).map(({ microUsd }) => microUsd))
  const asked = sum(model.map(({ microUsd }) => microUsd))
  const total = listening + answering + asked
  const answered = sum(answers.map((day) => day.answered))
  const byKind = Map.groupBy(charged, ({ network, kind }) => `${network} ${kind}`)
  return {
    from: days[0] as string,
    to: days.at(-1) as string,
    listeningMicroUsd: listening,
    answeringMicroUsd: answering,
    modelMicroUsd: asked,
    totalMicroUsd: total,
    replies: sum(answers.map(({ replies }) => replies)),
    answered,
    perAnsweredMicroUsd: answered === 0 ? null : Math.round(total / answered),
    by: [...byKind.values()].map((rows) => ({
      network: rows[0]?.network as string,
      kind: rows[0]?.kind as string,
      charges: sum(rows.map(({ charges }) => charges)),
      microUsd: sum(rows.map(({ microUsd }) => microUsd)),
    })),
  }
}

/** 'mention.read', 'user.read'; what is not read is written. */
function isReading(kind: string): boolean {
  return kind.endsWith('.read')
}

function daysBetween(from: string, to: string): string[] {
  const days = []
  for (let day = from; day <= to; day = plusDays(day, 1)) days.push(day)
  return days
}

/** The first day of the span that a day belongs to. */
export function firstDay(day: string, span: SpendSpan): string {
  if (span === 'month') return `${day.slice(0, 8)}01`
  if (span === 'day') return day
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return plusDays(day, -((weekday + 6) % 7))
}

/** The day so many days later, YYYY-MM-DD. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
