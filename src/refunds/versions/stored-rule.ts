import { z } from 'zod'
import { compileRule } from '../rules/compile-rule.ts'
import { ConditionError } from '../rules/condition.ts'
import { type RefundRule, type RefundRuleFile, refundRuleFileSchema, withHash } from '../rules/rule.ts'

/** What a version in the database says, or why this release can not read it any more. */
export type StoredRule = { rule: RefundRule; problem: null } | { rule: null; problem: string }

/** By hash: what a version says never changes, and rules that are the same object are compiled once. */
const read = new Map<string, StoredRule>()

/** Reads a stored version through the schema of today. It keeps the hash under which a person activated it. */
export function readStoredRule(hash: string, content: unknown): StoredRule {
  let known = read.get(hash)
  if (!known) {
    known = parse(hash, content)
    read.set(hash, known)
  }
  return known
}

/** The stored rule of a hash, if it was read before. */
export function knownStoredRule(hash: string): StoredRule | undefined {
  return read.get(hash)
}

/** What a rule says, without the name of its version: this is what is stored. */
export function contentOf({ hash: _hash, ...content }: RefundRule): RefundRuleFile {
  return content
}

/** The hash that today's release gives to a stored content; another one where its schema learnt new fields. */
export function hashToday(content: unknown): string | null {
  const parsed = refundRuleFileSchema.safeParse(content)
  return parsed.success ? withHash(parsed.data).hash : null
}

function parse(hash: string, content: unknown): StoredRule {
  const parsed = refundRuleFileSchema.safeParse(content)
  if (!parsed.success) return { rule: null, problem: z.prettifyError(parsed.error).replaceAll('\n', ' ') }
  const rule = { ...parsed.data, hash }
  try {
    compileRule(rule)
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error
    return { rule: null, problem: `when: ${error.message}` }
  }
  return { rule, problem: null }
}
