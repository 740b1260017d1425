import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Fault, parseYaml, readYamlFile, TemplateFileError, type YamlFile } from '../yaml-file.ts'
import { PLACEHOLDER } from './learn.ts'

/** Codes that mean more than a label: somebody may be in danger; somebody harasses our people. */
export const SAFETY = 'item.safety'
export const ABUSE = 'conduct.abuse'

/** What a post of this code usually feels like; `mixed` where it says nothing about that. */
export type CodeSentiment = 'negative' | 'neutral' | 'positive' | 'mixed'

export interface TaxonomyCode {
  code: string
  name: { en: string; ja: string }
  description: { en: string; ja: string }
  /** Who owns the cure. */
  department: string
  severity: 0 | 1 | 2 | 3
  sentiment: CodeSentiment
  /** Cue expressions, see `compileCues`. `$name` stands for a list under `words`. */
  cues: { en: string[]; ja: string[] }
  examples: { en: string[]; ja: string[] }
  /** What it was called before: contacts of those names count as its own. */
  formerly?: string[] | undefined
}

export interface Taxonomy {
  /** Hash of the file's meaning: two files with one hash classify alike. */
  hash: string
  version: number
  /** Lists of words that cues refer to as `$name`. */
  words: Record<string, { en: string[]; ja: string[] }>
  codes: TaxonomyCode[]
}

const line = z.string().trim().min(1, 'is empty: write some text or remove the line')
const example = line.refine(
  (text) => !text.startsWith(PLACEHOLDER),
  'is not written yet: say what the post says in other words, or remove the line',
)
const both = z.strictObject({ en: line, ja: line })
const lists = z.strictObject({ en: z.array(line).default([]), ja: z.array(line).default([]) })
const examples = z.strictObject({
  en: z.array(example).min(1, 'needs at least one example post in English; five or more work well'),
  ja: z.array(example).min(1, 'needs at least one example post in Japanese; five or more work well'),
})
const codeName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/,
    'must look like "delivery.late": lower-case letters, one dot',
  )
const codeSchema = z.strictObject({
  code: codeName,
  formerly: z.array(codeName).optional(),
  name: both,
  description: both,
  department: line,
  severity: z.union(
    [z.literal(0), z.literal(1), z.literal(2), z.literal(3)],
    'must be 0 (note), 1 (annoyed), 2 (harmed) or 3 (danger)',
  ),
  sentiment: z.enum(['negative', 'neutral', 'positive', 'mixed']).default('negative'),
  cues: lists.default({ en: [], ja: [] }),
  examples,
})
const schema = z.strictObject({
  version: z.int().min(1),
  words: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), lists).default({}),
  codes: z.array(codeSchema).min(2, 'needs at least two codes, `none` among them'),
})

/** Codes that the program itself must be able to give. */
const REQUIRED = ['none', 'question']

/**
 * Reads a taxonomy file.
 * @throws TemplateFileError with one `file:line:column: …` line for every fault in it
 */
export function loadTaxonomy(file: string): Taxonomy {
  return checked(file, readYamlFile(file, schema))
}

/** As `loadTaxonomy`, of a text that is not in a file yet. */
export function parseTaxonomy(file: string, source: string): Taxonomy {
  return checked(file, parseYaml(file, source, schema))
}

function checked(file: string, { value, at }: YamlFile<z.infer<typeof schema>>): Taxonomy {
  const faults: Fault[] = []
  const fault = (path: PropertyKey[], message: string) => faults.push({ file, ...at(path), message })
  const seen = new Map<string, number>()
  for (const [index, { code, cues }] of value.codes.entries()) {
    if (seen.has(code)) {
      fault(['codes', index, 'code'], `"${code}" stands in this file twice: merge the two or rename one`)
    }
    seen.set(code, index)
    for (const language of ['en', 'ja'] as const) {
      for (const [i, cue] of cues[language].entries()) {
        for (const [, name = ''] of cue.matchAll(/\$([A-Za-z0-9_]+)/g)) {
          if (name in value.words) continue
          fault(['codes', index, 'cues', language, i], `$${name} is not a list under "words": add it there`)
        }
      }
    }
    for (const [language, i, text] of repeatedExamples(value.codes, index)) {
      fault(
        ['codes', index, 'examples', language, i],
        `"${text}" is also an example of another code: keep one`,
      )
    }
  }
  const formerly = new Set<string>()
  for (const [index, { code, formerly: names = [] }] of value.codes.entries()) {
    for (const [i, name] of names.entries()) {
      const path = ['codes', index, 'formerly', i]
      if (seen.has(name)) fault(path, `"${name}" is still a code of its own: remove that one, or this line`)
      else if (formerly.has(name))
        fault(path, `"${name}" became two codes: let "${code}" or the other have it`)
      formerly.add(name)
    }
  }
  for (const code of REQUIRED) {
    if (!seen.has(code)) fault(['codes'], `the code "${code}" is missing: posts with nothing to do get it`)
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  const hash = createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
  return { hash, ...value }
}

function repeatedExamples(codes: z.infer<typeof schema>['codes'], index: number) {
  const repeated: ['en' | 'ja', number, string][] = []
  const mine = codes[index]?.examples
  if (!mine) return repeated
  for (const language of ['en', 'ja'] as const) {
    const earlier = new Set(codes.slice(0, index).flatMap((code) => code.examples[language]))
    for (const [i, text] of mine[language].entries())
      if (earlier.has(text)) repeated.push([language, i, text])
  }
  return repeated
}
