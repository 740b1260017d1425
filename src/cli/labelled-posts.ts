import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { listLabels } from '../store/labels.ts'
import { type LabelledPost, maskPersonalData } from '../triage/index.ts'
import { CommandError } from './command.ts'
import { withStore } from './connect.ts'
import { describeIssues, readLines } from './lines.ts'
import { oneLine } from './output.ts'
import { typedPath } from './paths.ts'

const schema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  text: z.string(),
  code: z.string().min(1).optional(),
  sentiment: z.enum(['negative', 'neutral', 'positive']).optional(),
  language: z.string().optional(),
})

/**
 * Reads posts with labels from an NDJSON file.
 * @throws CommandError naming every line that can not be used
 */
export async function readLabelledPosts(file: string): Promise<LabelledPost[]> {
  const posts: LabelledPost[] = []
  const faults: string[] = []
  const input = createReadStream(typedPath(file))
  try {
    for await (const lines of readLines(input)) {
      for (const { number, text } of lines) {
        if (text?.trim() === '') continue
        const parsed = schema.safeParse(parse(text))
        if (parsed.success) posts.push(parsed.data)
        else faults.push(`${file}:${number}: ${describeIssues(parsed.error)}`)
      }
    }
  } catch (error) {
    throw new CommandError(`${file} can not be read: ${(error as Error).message}`)
  }
  if (faults.length > 0) {
    throw new CommandError(
      `${faults.slice(0, 20).join('\n')}\nEach line looks like {"id":"1","text":"…","code":"delivery.late"}.`,
    )
  }
  return posts
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}

/** What somebody wrote as a terminal may show it: without personal data, on one line. */
export function shown(text: string): string {
  return oneLine(maskPersonalData(text))
}

/** A post that a person gave its code at the desk. Its language is what triage read: nobody labelled that. */
export interface DeskLabel extends Omit<LabelledPost, 'language'> {
  postId: number
  caseId: number | null
  code: string
  readLanguage: string
  /** What triage said when the post came. */
  triaged: string
  source: 'corrected' | 'confirmed'
}

const BATCH = 1000

/** All posts that people at the desk corrected or confirmed, from the running product's database. */
export function readDeskLabels(): Promise<{ labels: DeskLabel[]; publicUrl: string }> {
  return withStore(async ({ store, config }) => {
    const labels: DeskLabel[] = []
    for (let after = 0; ; ) {
      const batch = await listLabels(store, { after, limit: BATCH })
      for (const { postId, caseId, text, code, language, triaged, source } of batch) {
        const id = String(postId)
        labels.push({ id, postId, caseId, text, code, readLanguage: language, triaged, source })
      }
      if (batch.length < BATCH) return { labels, publicUrl: config.publicUrl }
      after = batch.at(-1)?.postId ?? after
    }
  })
}
