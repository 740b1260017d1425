import type { Db } from '../../store/database.ts'
import { listRuleVersions, type RuleVersionRow } from '../../store/rule-versions.ts'
import { liveBesideShadow, liveResults, type SpokenRow, shadowResults } from '../../store/shadow-decisions.ts'
import type { RefundRule } from '../rules/rule.ts'
import { type SilentRule, silentRules } from './silent-rules.ts'
import { readStoredRule } from './stored-rule.ts'

const DAY_MS = 86_400_000
/** How far back results are counted. */
export const REPORT_DAYS = 7
const RETIRED_SHOWN = 10

/** How often a version spoke in the last days, and what it gave. */
export interface Spoken {
  /** Every decision of it: paid, asked and denied. */
  fired: number
  paid: number
  asked: number
  denied: number
  /** Of what was paid, by currency. */
  money: { currency: string; minor: number }[]
}

export interface ReportedVersion {
  row: RuleVersionRow
  /** Null where this release can not read what it says. */
  rule: RefundRule | null
  problem: string | null
  /** Since when it is in its state. */
  since: Date
  /** Of a version in the shadow: what it would have given, and what was given in the same time. */
  shadow: { own: Spoken; live: Spoken; since: Date } | null
}

export interface ReportedRule {
  id: string
  /** Of the version that pays, or of the latest. */
  rule: RefundRule | null
  active: ReportedVersion | null
  shadow: ReportedVersion[]
  retired: ReportedVersion[]
  /** It pays although its file is gone. */
  gone: boolean
  silent: SilentRule | null
  /** What all versions of it really decided in the last days. */
  live: Spoken
}

/** All rules with their versions, and what they did in the last seven days. */
export async function reportRules(db: Db, now: Date): Promise<ReportedRule[]> {
  const since = new Date(now.getTime() - REPORT_DAYS * DAY_MS)
  const [rows, live, shadow, beside, silent] = await Promise.all([
    listRuleVersions(db, RETIRED_SHOWN),
    liveResults(db, since),
    shadowResults(db, since),
    liveBesideShadow(db, since),
    silentRules(db, now),
  ])
  const version = (row: RuleVersionRow): ReportedVersion => {
    const from = row.seen_at > since ? row.seen_at : since
    const own = (all: SpokenRow[]) => spoken(all.filter((each) => each.hash === row.hash))
    return {
      row,
      ...readStoredRule(row.hash, row.content),
      since: sinceOf(row),
      shadow: row.state === 'shadow' ? { own: own(shadow), live: own(beside), since: from } : null,
    }
  }
  return [...Map.groupBy(rows, (row) => row.rule_id)].map(([id, own]) => {
    const versions = own.map(version)
    const inState = (state: RuleVersionRow['state']) => versions.filter(({ row }) => row.state === state)
    const active = inState('active')[0] ?? null
    return {
      id,
      rule: (active ?? versions.find((each) => each.rule !== null))?.rule ?? null,
      active,
      shadow: inState('shadow'),
      retired: inState('retired'),
      gone: active !== null && !own.some((row) => row.listed),
      silent: silent.find((each) => each.ruleId === id) ?? null,
      live: spoken(live.filter((each) => each.ruleId === id)),
    }
  })
}

function sinceOf(row: RuleVersionRow): Date {
  if (row.state === 'active') return row.activated_at ?? row.seen_at
  return (row.state === 'retired' ? row.retired_at : null) ?? row.seen_at
}

function spoken(rows: SpokenRow[]): Spoken {
  const count = (outcome: string) =>
    rows.filter((row) => row.outcome === outcome).reduce((sum, row) => sum + Number(row.count), 0)
  const money = new Map<string, number>()
  for (const row of rows) {
    if (row.outcome === 'pay') money.set(row.currency, (money.get(row.currency) ?? 0) + Number(row.minor))
  }
  return {
    fired: rows.reduce((sum, row) => sum + Number(row.count), 0),
    paid: count('pay'),
    asked: count('ask'),
    denied: count('deny'),
    money: [...money].map(([currency, minor]) => ({ currency, minor })),
  }
}
