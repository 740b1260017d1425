import { join } from 'node:path'
import { z } from 'zod'
import { loadReplies } from '../replies/index.ts'
import { createTriage, loadTaxonomy } from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { eachLine } from './each-line.ts'
import { templatesDir, triageCache, typedPath } from './paths.ts'
import { postSchema } from './posts.ts'

const schema = postSchema.extend({
  author: z.string('must be an account name').default(''),
  summoned: z.boolean('must be true or false').default(true),
})

/** Neighbours read different words, as in the running product; so few that a long file does not run out of them. */
const RECENT = 5
const MICRO = 1_000_000

export const draft: Command = {
  help: `Usage: npm run --silent kikimimi -- draft [--templates DIR] [--taxonomy FILE] < posts.ndjson

Writes the reply to each post. One JSON object a line in, one a line out, in the same order:

  in   {"id":"1","text":"My parcel is two weeks late","author":"mika","summoned":true}
  out  {"id":"1","locale":"en","template":"delivery.late/en#1","text":"…","weightedLength":212,"costUsd":0.01,
        "checks":[{"rule":"length","ok":true,"why":""}]}

"author" (an account name) and "summoned" (the post mentions or quotes us; default true) may be left out.
Where nothing should be sent, "text" is null and "reason" says why. "costUsd" is what X's API would charge;
"weightedLength" counts as X does (280 at most, a Japanese character is 2).

  --templates DIR  replies, tone, policy, prices, brand (default: TEMPLATES_DIR)
  --taxonomy FILE  wrap-up codes (default: taxonomy.yaml in the same folder)

A line that can not be read is told on standard error with its number; the others go on; exit code 1.
`,
  async run(args) {
    const { values } = readArgs(args, { templates: { type: 'string' }, taxonomy: { type: 'string' } })
    const dir = templatesDir(values.templates)
    const replies = loadReplies(dir)
    const triage = createTriage(
      loadTaxonomy(values.taxonomy ? typedPath(values.taxonomy) : join(dir, 'taxonomy.yaml')),
      { cacheDir: triageCache() },
    )
    const recentTexts: string[] = []
    return eachLine(schema, '{"id":"…","text":"…","author":"…","summoned":true}', (line) => {
      const id = String(line.id)
      const post = { id, text: line.text, authorUsername: line.author, summoned: line.summoned, network: 'x' }
      const classification = triage.classify({ text: line.text })
      const made = replies.draft({ post, classification, seed: id, recentTexts })
      if (made.text !== null) recentTexts.unshift(made.text)
      if (recentTexts.length > RECENT) recentTexts.pop()
      return {
        id: line.id,
        locale: made.locale,
        template: made.template,
        text: made.text,
        weightedLength: made.weightedLength,
        costUsd: made.costMicroUsd / MICRO,
        checks: made.checks.map(({ rule, ok, why }) => ({ rule, ok, why })),
        ...(made.text === null ? { reason: made.reason } : {}),
      }
    })
  },
}
