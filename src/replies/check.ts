import { matchesCode } from '../code-pattern.ts'
import type { Brand } from './brand.ts'
import { builtInRules } from './built-in-rules.ts'
import type { BuiltInRule, Tone, ToneRule } from './tone.ts'

/** One rule applied to one text. */
export interface Check {
  rule: string
  ok: boolean
  /** What is wrong and what would be right; empty where `ok`. */
  why: string
  /** A failed hard check keeps the draft from being approved without a logged override. */
  hard: boolean
}

export interface CheckContext {
  /** Language the reply must be in. */
  locale: string
  summoned: boolean
  /** Whom the reply answers: may be mentioned. */
  authorUsername?: string
  code?: string
  severity?: number
  /** Replies sent a moment ago, to other people or to this one. */
  recentTexts?: readonly string[]
  /** How links begin that a reply may carry besides the brand's: invitations to tell us who one is. */
  ownLinks?: readonly string[]
}

/** Applies every rule of the tone to a text, in the order of `templates/tone.yaml`. */
export function checkText(tone: Tone, brand: Brand, text: string, context: CheckContext): Check[] {
  return tone.rules.map((rule) => {
    const wrong = findWrong(rule, brand, text, context)
    return {
      rule: rule.rule,
      ok: wrong === null,
      why: wrong === null ? '' : `${rule.why} (${wrong})`,
      hard: rule.hard,
    }
  })
}

/** What in the text breaks the rule, or null. */
export function findWrong(rule: ToneRule, brand: Brand, text: string, context: CheckContext): string | null {
  if (rule.builtIn) return builtInRules[rule.rule as BuiltInRule](text, context, brand)
  const plain = text.replaceAll('’', "'").replace(/https?:\/\/[\w./?&=#%~-]+/gi, ' ')
  const forbid = patternsFor(rule.forbid, context.locale)
  const unless = patternsFor(rule.unless, context.locale)
  for (const sentence of sentencesOf(plain)) {
    const found = forbid.map((pattern) => sentence.match(pattern)?.[0]).find((match) => match !== undefined)
    if (found !== undefined && !unless.some((pattern) => pattern.test(sentence))) return `"${found}"`
  }
  const required = rule.require
  if (!required || (context.severity ?? 0) < required.minSeverity) return null
  if (context.code && matchesCode(required.exceptCodes, context.code)) return null
  const patterns = patternsFor(required.patterns, context.locale)
  return patterns.length === 0 || patterns.some((pattern) => pattern.test(plain)) ? null : 'missing'
}

function patternsFor(patterns: Record<string, RegExp[]>, locale: string): RegExp[] {
  return [...(patterns.all ?? []), ...(patterns[locale] ?? [])]
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|(?<=[。！？])(?![。！？])|\n+/u)
    .filter((sentence) => sentence.trim() !== '')
}
