import { mayBeOverridden, mayGoOut, type TextReport } from '../cases/index.ts'
import type { StoredCheck } from '../store/schema.ts'
import { type Language, translateOr } from './i18n.ts'

/** X's limit, in weighted characters. */
export const LIMIT = 280

/** A report as the page shows it: what is wrong first. */
export function showReport(language: Language, report: TextReport) {
  const checks = report.checks.map((check) => describeCheck(language, check))
  return {
    weightedLength: report.weightedLength,
    costMicroUsd: report.costMicroUsd,
    limit: LIMIT,
    left: LIMIT - report.weightedLength,
    failed: checks.filter((check) => !check.ok),
    passed: checks.filter((check) => check.ok),
    blocked: !mayGoOut(report),
    overridable: !mayGoOut(report) && mayBeOverridden(report),
  }
}

/** The rules explain themselves in English; other readers get the rule's name and what exactly was found. */
function describeCheck(language: Language, check: StoredCheck) {
  const name = translateOr(language, 'rule', check.rule)
  const found = /\(([^()]*)\)\s*$/.exec(check.why)?.[1]
  const why = language === 'en' || name === check.rule ? check.why : (found ?? '')
  return { ok: check.ok, hard: check.hard, name, label: why.startsWith(name) ? '' : name, why }
}
