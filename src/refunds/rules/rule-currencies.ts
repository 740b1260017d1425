import { compileRule } from './compile-rule.ts'
import type { RefundRule } from './rule.ts'

type Path = (string | number)[]
type Money = Record<string, number>

/** Amounts of a rule that do not fit together, and where they stand in it. */
export function currencyFaults(rule: RefundRule): { path: Path; message: string }[] {
  const faults: { path: Path; message: string }[] = []
  const fixed = compileRule(rule).condition?.currency ?? null
  const amounts = amountsOf(rule)
  const all = [...new Set(amounts.flatMap(({ money, own }) => (own ? [] : Object.keys(money))))]
  for (const { path, money, own } of amounts) {
    const asked = own ?? fixed
    const missing = (asked ? [asked] : all).filter((currency) => !(currency in money))
    if (missing.length === 0) continue
    const why = asked
      ? `the condition asks for orders in ${asked}`
      : 'the amounts of a rule name the same currencies everywhere'
    faults.push({ path, message: `${path.join('.')}: has no amount in ${missing.join(', ')}, and ${why}` })
  }
  const { minMinor, maxMinor } = rule.amount ?? {}
  for (const [currency, least] of Object.entries(minMinor ?? {})) {
    const most = maxMinor?.[currency]
    if (most === undefined || least <= most) continue
    const message = `amount.minMinor: ${currency} ${least} is above maxMinor, ${most}`
    faults.push({ path: ['amount', 'minMinor', currency], message })
  }
  return faults
}

/** Every amount of a rule; `own` where a row of the table is for one currency only. */
function amountsOf(rule: RefundRule): { path: Path; money: Money; own?: string | null }[] {
  const { amount, limits, approval } = rule
  const found: { path: Path; money: Money | undefined; own?: string | null }[] = [
    { path: ['amount', 'fixedMinor'], money: amount?.fixedMinor },
    ...(amount?.table ?? []).map((row, index) => ({
      path: ['amount', 'table', index, 'fixedMinor'],
      money: row.fixedMinor,
      own: compileRule(rule).rows[index]?.currency ?? null,
    })),
    { path: ['amount', 'minMinor'], money: amount?.minMinor },
    { path: ['amount', 'maxMinor'], money: amount?.maxMinor },
    ...Object.entries(limits).map(([scope, limit]) => ({
      path: ['limits', scope, 'minor'],
      money: limit?.minor,
    })),
    { path: ['approval', 'aboveMinor'], money: approval.aboveMinor },
  ]
  return found.flatMap(({ money, ...rest }) => (money ? [{ ...rest, money }] : []))
}
