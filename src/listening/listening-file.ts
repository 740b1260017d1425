import { z } from 'zod'
import { readYamlFile } from '../yaml-file.ts'
import type { ApiBudget } from './x/api-budget.ts'

const query = z.string().min(1).max(4096, 'X takes queries of at most 4,096 characters')
const usd = z.number().positive().max(1_000_000)
const share = z.number().min(0).max(1)

/** `templates/listening.yaml`: what is searched for beside our mentions, and what X may cost. */
const schema = z.strictObject({
  x: z.strictObject({
    budget: z
      .strictObject({
        dailyUsd: usd.nullable().default(null),
        monthlyUsd: usd.nullable().default(null),
        reserve: z
          .strictObject({ mentions: share, replies: share })
          .refine(({ mentions, replies }) => mentions >= replies, {
            message: 'mentions: what searches leave to mentions and replies holds the share of the replies',
          })
          .default({ mentions: 0.4, replies: 0.2 }),
      })
      .transform(
        ({ dailyUsd, monthlyUsd, reserve }): ApiBudget => ({
          dailyMicroUsd: dailyUsd === null ? null : Math.round(dailyUsd * 1_000_000),
          monthlyMicroUsd: monthlyUsd === null ? null : Math.round(monthlyUsd * 1_000_000),
          mentionsReserve: reserve.mentions,
          repliesReserve: reserve.replies,
        }),
      )
      .nullish(),
    /** How late X's lists may show our own posts. */
    showsUpSeconds: z.number().min(1).max(600).default(20),
    searches: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'use up to 40 of a-z, 0-9 and "-"'),
          query,
          /** Read instead, while half of what searches may cost is used up. */
          narrowQuery: query.optional(),
        }),
      )
      .refine((searches) => new Set(searches.map((search) => search.name)).size === searches.length, {
        message: 'two searches have the same name',
      }),
  }),
})
export type ListeningFile = z.infer<typeof schema>

/** @throws TemplateFileError */
export function loadListening(file: string): ListeningFile {
  return readYamlFile(file, schema).value
}
