import { join } from 'node:path'
import { z } from 'zod'
import { loadReplies } from '../replies/index.ts'
import { createEntityFinder, createTriage, loadCatalogue, loadTaxonomy } from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { eachLine } from './each-line.ts'
import { templatesDir, triageCache, typedPath } from './paths.ts'
import { postSchema } from './posts.ts'

const schema = postSchema.extend({
  author: z.string('must be an account name').default(''),
  summoned: z.boolean('must be true or false').default(true),
})

/** Neighbours read different words, as in the running product. */
const RECENT = 24
const MICRO = 1_000_000

export const draft: Command = {
  help: `Usage: npm run --silent kikimimi -- draft [--templates DIR] [--taxonomy FILE] < posts.ndjson

Writes the reply to each post. One JSON object a line in, one a line out, in the same order:

  in   {"id":"1","text":"My parcel is two weeks late","author":"mika","summoned":true}
  out  {"id":"1","locale":"en","template":"delivery.late/en#1","text":"…","weightedLength":212,"costUsd":0.01,
        "checks":[{"rule":"length","ok":true,"why":""}]}

Who complains twice reads other words the second time, if "author" says that it is the same person.
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
    const finder = createEntityFinder(loadCatalogue(join(dir, 'catalogue.yaml')))
    const { timeZone } = replies.brand
    const recentTexts: string[] = []
    const earlier = new Map<string, { template: string; text: string }[]>()
    return eachLine(schema, '{"id":"…","text":"…","author":"…","summoned":true}', (line) => {
      const id = String(line.id)
      const post = { id, text: line.text, authorUsername: line.author, summoned: line.summoned, network: 'x' }
      const classification = triage.classify({ text: line.text })
      const { language } = classification
      const before = earlier.get(line.author) ?? []
      const made = replies.draft({
        post,
        classification,
        seed: id,
        recentTexts,
        entities: finder.find(line.text, { at: new Date(), timeZone, language }),
        avoidTemplates: before.map(({ template }) => template),
        earlierTexts: before.map(({ text }) => text),
      })
      if (made.text !== null) recentTexts.unshift(made.text)
      if (recentTexts.length > RECENT) recentTexts.pop()
      if (made.text !== null && made.template !== null && line.author !== '') {
        earlier.set(line.author, [...before, { template: made.template, text: made.text }])
      }
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
