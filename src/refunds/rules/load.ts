import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { matchesCode } from '../../code-pattern.ts'
import { type Fault, parseYaml, TemplateFileError, type YamlFile } from '../../yaml-file.ts'
import { idleConditions } from './check-samples.ts'
import { compileRule } from './compile-rule.ts'
import { ConditionError, compileCondition } from './condition.ts'
import { placeInScalar } from './place.ts'
import { type RefundRule, refundRuleFileSchema, withHash } from './rule.ts'
import { currencyFaults } from './rule-currencies.ts'

/** What the rules may refer to; what is not given is not checked. */
export interface KnownTemplates {
  /** Of `emails/`. */
  hasMail?: ((name: string) => boolean) | undefined
  /** Wrap-up codes of `taxonomy.yaml`. */
  codes?: readonly string[] | undefined
  /** Whether a wrap-up code has a reply. */
  hasReply?: ((code: string) => boolean) | undefined
}

export interface RefundRulesCheck {
  /** Those without a fault of their own, by event and falling priority. */
  rules: RefundRule[]
  faults: Fault[]
  /** What works and is probably not meant. */
  warnings: Fault[]
}

/**
 * Loads every rule of a folder, `*.yaml`, one rule a file, sorted by event and falling priority.
 * @throws TemplateFileError with every fault of every file, see `checkRefundRules`
 */
export function loadRefundRules(dir: string, known: KnownTemplates = {}): RefundRule[] {
  const { rules, faults } = check(dir, known)
  if (faults.length > 0) throw new TemplateFileError(faults)
  return rules.map(({ rule }) => rule)
}

/**
 * Reads a folder of rules and says all that is wrong with it. Conditions are checked against the variables that
 * their event has, amounts against each other, and two rules that one event could wake need two priorities. A
 * condition that is true for all or none of the sample events is a warning.
 */
export function checkRefundRules(dir: string, known: KnownTemplates = {}): RefundRulesCheck {
  const { rules, faults } = check(dir, known)
  const warnings = rules.flatMap(({ rule, file, at }) =>
    idleConditions(rule).map(({ path, message }) => ({ file, ...at(path), message })),
  )
  return { rules: rules.map(({ rule }) => rule), faults, warnings }
}

interface ReadRule {
  rule: RefundRule
  file: string
  at: YamlFile<unknown>['at']
}

function check(dir: string, known: KnownTemplates): { rules: ReadRule[]; faults: Fault[] } {
  const faults: Fault[] = []
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults.push(...error.faults)
      return null
    }
  }
  const files = attempt(() => ruleFiles(dir)) ?? []
  const rules = files.flatMap((file) => attempt(() => [{ file, ...readRule(file, known) }]) ?? [])
  faults.push(...equalPriorities(rules))
  const order = ({ event, priority }: RefundRule) => `${event} ${String(10_000 - priority).padStart(5, '0')}`
  rules.sort((a, b) => (order(a.rule) < order(b.rule) ? -1 : 1))
  return { rules, faults: faults.sort(byPlace) }
}

function byPlace(a: Fault, b: Fault): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column
}

function ruleFiles(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(dir, name))
  } catch (error) {
    const message = `the folder of refund rules can not be read: ${(error as Error).message}`
    throw new TemplateFileError([{ file: dir, line: 1, column: 1, message }])
  }
}

function readRule(file: string, known: KnownTemplates): { rule: RefundRule; at: YamlFile<unknown>['at'] } {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    const message = `can not be read: ${(error as Error).message}`
    throw new TemplateFileError([{ file, line: 1, column: 1, message }])
  }
  return parseRefundRule(file, source, known)
}

/**
 * Reads one rule out of the text of its file.
 * @param file names the rule, and the place of a fault
 * @returns the rule, and where its values stand in the text
 * @throws TemplateFileError with every fault
 */
export function parseRefundRule(
  file: string,
  source: string,
  known: KnownTemplates = {},
): { rule: RefundRule; at: YamlFile<unknown>['at'] } {
  const { value, at } = parseYaml(file, source, refundRuleFileSchema)
  const rule = withHash(value)
  const faults: Fault[] = []
  const fault = (path: (string | number)[], message: string) => faults.push({ file, ...at(path), message })
  const name = basename(file).replace(/\.ya?ml$/, '')
  if (rule.id !== name) fault(['id'], `id: is ${rule.id}, but the file is called ${name}`)
  faults.push(...conditionFaults(file, source, rule, at))
  if (faults.length === 0) {
    compileRule(rule)
    for (const { path, message } of currencyFaults(rule)) fault(path, message)
  }
  if (known.hasMail && !known.hasMail(rule.mail)) {
    fault(['mail'], `mail: there is no mail ${rule.mail}: add emails/${rule.mail}/`)
  }
  if (known.hasReply && rule.reply !== undefined && !known.hasReply(rule.reply)) {
    fault(['reply'], `reply: there is no reply ${rule.reply}: add replies/${rule.reply}/`)
  }
  for (const [index, code] of (rule.codes ?? []).entries()) {
    if (!known.codes || known.codes.some((one) => matchesCode([code], one))) continue
    fault(['codes', index], `codes: no code of taxonomy.yaml is called ${code}, so this never applies`)
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return { rule, at }
}

function conditionFaults(
  file: string,
  source: string,
  rule: RefundRule,
  at: YamlFile<unknown>['at'],
): Fault[] {
  const faults: Fault[] = []
  const compile = (path: (string | number)[], when: string | undefined, currency: string | null) => {
    if (when === undefined) return null
    try {
      return compileCondition(when, rule.event, currency).currency
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error
      const place = placeInScalar(source, at(path), when, error.offset)
      faults.push({ file, ...place, message: `when: ${error.message}` })
      return null
    }
  }
  const currency = compile(['when'], rule.when, null)
  for (const [index, { when }] of (rule.amount?.table ?? []).entries()) {
    compile(['amount', 'table', index, 'when'], when, currency)
  }
  return faults
}

/** Of two rules that one event could wake the priority decides, so it must differ. */
function equalPriorities(rules: ReadRule[]): Fault[] {
  const faults: Fault[] = []
  for (const [index, { rule, file, at }] of rules.entries()) {
    const other = rules.slice(0, index).find((each) => areRivals(each.rule, rule))
    if (!other) continue
    const { event, priority } = rule
    const message = `priority: ${other.file} has priority ${priority} for ${event} too; give each its own`
    faults.push({ file, ...at(['priority']), message })
  }
  return faults
}

/** Whether two rules of one priority could be woken by one event, so that nobody could tell which of them counts. */
export function areRivals(a: RefundRule, b: RefundRule): boolean {
  if (a.event !== b.event || a.priority !== b.priority) return false
  if (!a.codes || !b.codes) return true
  const covers = (patterns: readonly string[], others: readonly string[]) =>
    others.some((other) => matchesCode(patterns, other.replace(/\*$/, '')) || patterns.includes(other))
  return covers(a.codes, b.codes) || covers(b.codes, a.codes)
}
