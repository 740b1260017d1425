import { z } from 'zod'
import { readYamlFile } from '../yaml-file.ts'

const days = z.int().min(1, 'at least 1 day; null keeps it for ever').max(36_500).nullable()

/** `templates/retention.yaml`: how long words and names are kept. */
const schema = z.strictObject({
  days: z.strictObject({
    posts: days,
    answers: days,
    notes: days,
    authors: days,
    mails: days,
    contacts: days,
    playerReports: days,
    sessions: days,
    endedLinks: days,
    quarantine: days,
    deadLetters: days,
    modelAnswers: days,
  }),
  lookAgain: z
    .strictObject({
      afterHours: z.number().min(1).max(24, 'the platforms want deletion honoured within a day'),
      dailyUsd: z.number().min(0).max(1_000_000).nullable(),
    })
    .transform(({ afterHours, dailyUsd }) => ({
      afterMs: Math.round(afterHours * 3600_000),
      dailyMicroUsd: dailyUsd === null ? null : Math.round(dailyUsd * 1_000_000),
    })),
})
export type Retention = z.infer<typeof schema>

/** @throws TemplateFileError */
export function loadRetention(file: string): Retention {
  return readYamlFile(file, schema).value
}
