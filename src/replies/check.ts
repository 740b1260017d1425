import { matchesCode } from '../code-pattern.ts'
import { createRecent } from '../recent.ts'
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
  /** Replies that this person got before, of any case: nobody reads the same words twice. */
  earlierTexts?: readonly string[]
  /** How links begin that a reply may carry besides the brand's: invitations to tell us who one is. */
  ownLinks?: readonly string[]
}

/** Applies every rule of the tone to a text, in the order of `templates/tone.yaml`. */
export function checkText(tone: Tone, brand: Brand, text: string, context: CheckContext): Check[] {
  return tone.rules.map((rule) => {
    const wrong = findWrong(rule, brand, text, context, tone.forbiddenWords)
    return {
      rule: rule.rule,
      ok: wrong === null,
      why: wrong === null ? '' : `${rule.why} (${wrong})`,
      hard: rule.hard,
    }
  })
}

/** What in the text breaks the rule, or null. */
export function findWrong(
  rule: ToneRule,
  brand: Brand,
  text: string,
  context: CheckContext,
  forbiddenWords: Tone['forbiddenWords'] = {},
): string | null {
  if (rule.builtIn) return builtInRules[rule.rule as BuiltInRule](text, context, brand, forbiddenWords)
  const { plain, sentences } = readText(text)
  const forbid = patternsFor(rule.forbid, context.locale)
  if (forbid.any?.test(plain) !== false) {
    const unless = patternsFor(rule.unless, context.locale).each
    for (const sentence of sentences) {
      const found = forbid.each
        .map((pattern) => sentence.match(pattern)?.[0])
        .find((match) => match !== undefined)
      if (found !== undefined && !unless.some((pattern) => pattern.test(sentence))) return `"${found}"`
    }
  }
  const required = rule.require
  if (!required || (context.severity ?? 0) < required.minSeverity) return null
  if (context.code && matchesCode(required.exceptCodes, context.code)) return null
  if (required.when && !patternsFor(required.when, context.locale).each.some((each) => each.test(plain)))
    return null
  const patterns = patternsFor(required.patterns, context.locale).each
  return patterns.length === 0 || patterns.some((pattern) => pattern.test(plain)) ? null : 'missing'
}

interface Patterns {
  each: readonly RegExp[]
  /**
   * Matches wherever one of them does, in one go; null where that can not be said of the whole text: a pattern that
   * speaks of the beginning or end means that of a sentence.
   */
  any: RegExp | null
}

const byLocale = new WeakMap<Record<string, RegExp[]>, Map<string, Patterns>>()

function patternsFor(patterns: Record<string, RegExp[]>, locale: string): Patterns {
  const known = byLocale.get(patterns) ?? new Map<string, Patterns>()
  byLocale.set(patterns, known)
  const found = known.get(locale)
  if (found) return found
  const each = [...(patterns.all ?? []), ...(patterns[locale] ?? [])]
  const made = { each, any: anyOf(each) }
  known.set(locale, made)
  return made
}

/** Looks behind or ahead, anchors and references to groups see more than the words that they match. */
const SEES_MORE = /[$^]|\\\d|\(\?/

function anyOf(patterns: readonly RegExp[]): RegExp | null {
  const sources = patterns.map(({ source }) => source)
  if (sources.some((source) => SEES_MORE.test(source.replaceAll('(?:', '(').replace(/\\[$^]|\[\^/g, ''))))
    return null
  return new RegExp(sources.length === 0 ? '(?!)' : sources.map((source) => `(?:${source})`).join('|'), 'iu')
}

const read = createRecent<{ plain: string; sentences: string[] }>(100)

/** A text as patterns see it: without links. The same one is asked about rule after rule. */
function readText(text: string): { plain: string; sentences: string[] } {
  const known = read.get(text)
  if (known) return known
  const plain = text.replaceAll('’', "'").replace(/https?:\/\/[\w./?&=#%~-]+/gi, ' ')
  const made = { plain, sentences: sentencesOf(plain) }
  read.set(text, made)
  return made
}

export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|(?<=[。！？])(?![。！？])|\n+/u)
    .filter((sentence) => sentence.trim() !== '')
}
