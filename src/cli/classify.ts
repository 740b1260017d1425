import { join } from 'node:path'
import { z } from 'zod'
import { loadReplies } from '../replies/index.ts'
import {
  type Classification,
  createEntityFinder,
  createTriage,
  type Entity,
  loadCatalogue,
  loadTaxonomy,
  type Taxonomy,
} from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { eachLine } from './each-line.ts'
import { templatesDir, triageCache, typedPath } from './paths.ts'
import { EXPECTED_POST, postSchema } from './posts.ts'

const schema = postSchema.extend({ created_at: z.coerce.date('must be an ISO time').optional() })
type Post = z.output<typeof schema>

export const classify: Command = {
  help: `Usage: npm run --silent kikimimi -- classify [--taxonomy FILE] [--explain] [--model] < posts.ndjson

Says for each post what it is. One JSON object a line in, one a line out, in the same order:

  in   {"id":"1","text":"My parcel is two weeks late"}
  out  {"id":"1","language":"en","sentiment":{"label":"negative","score":-0.7},"code":"delivery.late",
        "codes":["delivery.late"],"severity":1,"confidence":0.8}

"created_at" (ISO, default now) may be given: "yesterday" counts from it, in the time zone of brand.yaml.

  --taxonomy FILE  wrap-up codes (default: taxonomy.yaml in TEMPLATES_DIR)
  --explain        adds "reasons" (the words that decided, with their places in the text), "needsPerson"
                   (why a person must see it, or null), "optOut" (asks not to be answered) and "entities": order
                   and tracking numbers, products and titles of catalogue.yaml, amounts, dates, and where
                   personal data stands
  --model          asks the language model of OPENAI_MODEL, too, where secondOpinion in policy.yaml wants it, as the
                   running product does; with a budget (OPENAI_DAILY_BUDGET_USD) and a memory of this run alone.
                   What it cost is told on standard error

A line that can not be read is told on standard error with its number; the others go on; exit code 1.
`,
  async run(args) {
    const { values } = readArgs(args, {
      taxonomy: { type: 'string' },
      explain: { type: 'boolean' },
      model: { type: 'boolean' },
    })
    const dir = templatesDir(undefined)
    const taxonomy = loadTaxonomy(values.taxonomy ? typedPath(values.taxonomy) : join(dir, 'taxonomy.yaml'))
    const triage = createTriage(taxonomy, { cacheDir: triageCache() })
    const entities = values.explain ? entitiesOf(dir) : null
    const answer = (post: Post, verdict: Classification) => {
      const { language, sentiment, code, codes, severity, confidence, ...why } = verdict
      const said = { id: post.id, language, sentiment, code, codes, severity, confidence }
      if (!entities) return said
      const { reasons, needsPerson, optOut } = why
      return { ...said, reasons, needsPerson, optOut, entities: entities(post, language) }
    }
    if (values.model) return withModel(dir, taxonomy, (text) => triage.classify({ text }), answer)
    return eachLine(schema, EXPECTED_POST, (post) => answer(post, triage.classify({ text: post.text })))
  },
}

/** What a post names, as the running product reads it with these templates. */
function entitiesOf(dir: string): (post: Post, language: string) => Entity[] {
  const finder = createEntityFinder(loadCatalogue(join(dir, 'catalogue.yaml')))
  const { timeZone } = loadReplies(dir).brand
  return ({ text, created_at: at = new Date() }, language) => finder.find(text, { at, timeZone, language })
}

async function withModel(
  dir: string,
  taxonomy: Taxonomy,
  read: (text: string) => Classification,
  answer: (post: Post, verdict: Classification) => object,
): Promise<number> {
  // Whoever does not ask a model does not wait for what it takes.
  const { openSecondOpinion } = await import('./second-opinion.ts')
  const { second, close } = await openSecondOpinion(dir, taxonomy)
  const code = await eachLine(schema, EXPECTED_POST, async (post) => {
    const { text } = post
    const local = read(text)
    const opinion = second.isWanted(local) ? await second.ask(text) : null
    return answer(post, opinion ? second.merge({ text }, local, opinion) : local)
  })
  await close()
  return code
}
