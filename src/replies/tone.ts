import { z } from 'zod'
import { type ReplyTone, TONES } from './tones.ts'

/** Rules that need more than patterns; their code is in built-in-rules.ts. */
export const BUILT_IN_RULES = [
  'length',
  'third-party-mention',
  'cashtags',
  'foreign-link',
  'wrong-language',
  'duplicate',
  'near-duplicate',
  'forbidden-words',
] as const

export type BuiltInRule = (typeof BUILT_IN_RULES)[number]

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'iu')
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not a regular expression: ${(error as Error).message}` })
    return z.NEVER
  }
})

/** Patterns by locale; those under `all` count in every language. */
const patterns = z.record(z.string(), z.array(pattern))

const example = z.union([
  z.string().transform((text) => ({ text })),
  z.strictObject({
    text: z.string(),
    /** Writes the text that many times. */
    repeat: z.int().min(1).optional(),
    /** Replies sent a moment ago. */
    recent: z.array(z.string()).optional(),
    /** The company's forbidden words, instead of those of the file. */
    words: z.array(z.string().min(1)).optional(),
    severity: z.int().min(0).max(3).optional(),
    code: z.string().optional(),
  }),
])

const ruleSchema = z
  .strictObject({
    rule: z.string().min(1),
    /** A draft that fails a hard rule is not sent without an override that is logged. */
    hard: z.boolean(),
    /** What a person reads when the rule fails: what is wrong and what would be right. */
    why: z.string().min(1),
    builtIn: z.boolean().default(false),
    /** A sentence that matches one of these fails the rule … */
    forbid: patterns.default({}),
    /** … unless it matches one of these, too. */
    unless: patterns.default({}),
    /** The text must match one of these, from a severity on, and where it matches one of `when`. */
    require: z
      .strictObject({
        minSeverity: z.int().min(0).max(3).default(0),
        exceptCodes: z.array(z.string()).default([]),
        when: patterns.optional(),
        patterns,
      })
      .optional(),
    examples: z.record(
      z.string(),
      z.strictObject({ pass: z.array(example).min(1), fail: z.array(example).min(1) }),
    ),
  })
  .superRefine((rule, context) => {
    if (rule.builtIn && !(BUILT_IN_RULES as readonly string[]).includes(rule.rule)) {
      const message = `${rule.rule} is not built in; built in are ${BUILT_IN_RULES.join(', ')}`
      context.addIssue({ code: 'custom', path: ['builtIn'], message })
    }
    for (const locale of ['en', 'ja']) {
      if (rule.examples[locale]) continue
      context.addIssue({ code: 'custom', path: ['examples'], message: `has no examples for ${locale}` })
    }
  })

/** `templates/tone.yaml`: what every draft is checked against, with examples that prove each rule. */
export const toneSchema = z.strictObject({
  /** Words and phrases that the company does not use, by locale; those under `all` in no language. */
  forbiddenWords: z.record(z.string(), z.array(z.string().min(1))).default({}),
  /** What a reply template's text must match to speak in a tone. A tone without a line takes nothing. */
  tones: z.partialRecord(z.enum(TONES), patterns).default({}),
  rules: z.array(ruleSchema).min(1),
})

export type Tone = z.infer<typeof toneSchema>
export type ToneRule = Tone['rules'][number]
export type ToneExample = z.infer<typeof example>

export type TextRequirement = (text: string) => boolean

/** What a text must have to speak in a tone in a language; undefined where nothing is asked. */
export function toneRequirement(tone: Tone, name: ReplyTone, locale: string): TextRequirement | undefined {
  const patterns = tone.tones[name]?.[locale]
  return patterns && ((text) => patterns.some((pattern) => pattern.test(text)))
}
