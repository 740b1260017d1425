import { existsSync } from 'node:fs'
import { z } from 'zod'
import { clockTime } from '../../time-zone.ts'
import { parseYaml, readYamlFile } from '../../yaml-file.ts'

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const schema = z.strictObject({
  weekly: z.strictObject({ day: z.enum(WEEKDAYS).default('mon'), at: clockTime.default('08:00') }).optional(),
  daily: z
    .strictObject({
      at: clockTime.default('08:00'),
      departments: z
        .array(
          z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be a department of letters.yaml, such as logistics'),
        )
        .min(1, 'name at least one department'),
    })
    .optional(),
  voices: z.int().min(0).max(10, 'at most 10: more of them are a click away').default(3),
})

/** `templates/reviews.yaml`: which reviews go out by themselves, and when. */
export type ReviewsFile = z.infer<typeof schema>

/**
 * Reads `templates/reviews.yaml`; where there is none, nothing goes out by itself.
 * @throws TemplateFileError
 */
export function loadReviews(file: string): ReviewsFile {
  return (existsSync(file) ? readYamlFile(file, schema) : parseYaml(file, 'voices: 3', schema)).value
}
