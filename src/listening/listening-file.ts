import { z } from 'zod'
import { readYamlFile } from '../yaml-file.ts'

/** `templates/listening.yaml`: what is searched for beside our mentions. */
const schema = z.strictObject({
  x: z.strictObject({
    searches: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'use up to 40 of a-z, 0-9 and "-"'),
          query: z.string().min(1).max(4096, 'X takes queries of at most 4,096 characters'),
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
