import { existsSync } from 'node:fs'
import { z } from 'zod'
import { clockTime } from '../../time-zone.ts'
import { parseYaml, readYamlFile } from '../../yaml-file.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const line = z.string().trim().min(1, 'is empty: write some text or remove the line')
const hours = z
  .int()
  .min(1)
  .max(120, 'at most 120 service hours: a letter is answered in hours or days, not in months')
const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'use up to 40 of a-z, 0-9 and "-"')

const department = z.strictObject({
  name: z.strictObject({ en: line, ja: line }),
  /** Where its letters are announced. */
  mail: z.email('must be one mail address, such as logistics@example.com'),
  /** What its letters and mails are written in. */
  language: z.enum(['en', 'ja']).optional(),
  hours: hours.optional(),
})

const words = z.array(line).default([])
const rule = z
  .strictObject({
    id,
    /** Of a case, at least. */
    severity: z.int().min(1).max(3).optional(),
    /** Followers of the author, at least. */
    reach: z.int().min(1).optional(),
    /** Any of these in a post: whole words in English, as they are written in Japanese. */
    words: z
      .strictObject({ en: words, ja: words })
      .refine(({ en, ja }) => en.length + ja.length > 0, 'needs at least one word')
      .optional(),
    /** Only these codes; left out: all. */
    codes: z.array(line).optional(),
  })
  .refine(
    (given) => given.severity !== undefined || given.reach !== undefined || given.words !== undefined,
    'says nothing: give it severity, reach or words (all that are given must hold)',
  )

const schema = z.strictObject({
  serviceHours: z
    .strictObject({
      days: z.array(z.enum(DAYS)).min(1, 'name at least one day'),
      from: clockTime,
      to: clockTime,
      /** Days on which nobody works. */
      holidays: z.array(z.iso.date('write a day in quotes, such as "2026-12-31"')).default([]),
    })
    .refine(({ from, to }) => from < to, 'from must be before to'),
  hours,
  remindHoursBefore: z.int().min(1).max(40).default(2),
  departments: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be a department of taxonomy.yaml, such as logistics'),
    department,
  ),
  rules: z
    .array(rule)
    .max(50)
    .default([])
    .refine(
      (rules) => new Set(rules.map((each) => each.id)).size === rules.length,
      'two rules have the same id',
    ),
})

/** `templates/letters.yaml`: who answers letters, in which hours, and what sends one up by itself. */
export type LettersFile = z.infer<typeof schema>
export type LetterRule = z.infer<typeof rule>
export type LetterDepartment = z.infer<typeof department>
export type ServiceHours = LettersFile['serviceHours']

/** What holds where there is no file: nobody owns anything, and nothing goes up by itself. */
const NOBODY = `
serviceHours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00" }
hours: 8
departments: {}
`

/**
 * Reads `templates/letters.yaml`; where there is none, no department has an owner.
 * @throws TemplateFileError
 */
export function loadLetters(file: string): LettersFile {
  return (existsSync(file) ? readYamlFile(file, schema) : parseYaml(file, NOBODY, schema)).value
}
