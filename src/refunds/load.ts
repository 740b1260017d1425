import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Fault, readYamlFile, TemplateFileError } from '../yaml-file.ts'
import { ConditionError, compileCondition } from './condition.ts'
import { placeInScalar } from './place.ts'
import { type RefundRule, refundRuleFileSchema, withHash } from './rule.ts'

/**
 * Loads every rule of a folder, `*.yaml`, one rule a file, sorted by event and falling priority.
 * Conditions are checked against the declared variables; two rules for one event need two priorities.
 * @throws TemplateFileError with every fault of every file
 */
export function loadRefundRules(dir: string): RefundRule[] {
  const faults: Fault[] = []
  const rules: RefundRule[] = []
  const taken = new Map<string, string>()
  for (const file of ruleFiles(dir)) {
    try {
      const { rule, at } = loadRule(file)
      const slot = `${rule.event} ${rule.priority}`
      const other = taken.get(slot)
      if (other) {
        faults.push({
          file,
          ...at(['priority']),
          message: `${other} has priority ${rule.priority} for ${rule.event} too; give each its own`,
        })
      }
      taken.set(slot, file)
      rules.push(rule)
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults.push(...error.faults)
    }
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return rules.sort((a, b) => (a.event < b.event ? -1 : a.event > b.event ? 1 : b.priority - a.priority))
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

function loadRule(file: string) {
  const { value, at } = readYamlFile(file, refundRuleFileSchema)
  const faults: Fault[] = []
  const name = basename(file).replace(/\.ya?ml$/, '')
  if (value.id !== name) {
    faults.push({ file, ...at(['id']), message: `id: is ${value.id}, but the file is called ${name}` })
  }
  try {
    compileCondition(value.when)
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error
    const place = placeInScalar(readFileSync(file, 'utf8'), at(['when']), value.when, error.offset)
    faults.push({ file, ...place, message: `when: ${error.message}` })
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return { rule: withHash(value), at }
}
