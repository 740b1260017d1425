import { join } from 'node:path'
import { createTriage, loadTaxonomy } from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { eachLine } from './each-line.ts'
import { templatesDir, typedPath } from './paths.ts'
import { EXPECTED_POST, postSchema } from './posts.ts'

export const classify: Command = {
  help: `Usage: npm run --silent kikimimi -- classify [--taxonomy FILE] [--explain] < posts.ndjson

Says for each post what it is. One JSON object a line in, one a line out, in the same order:

  in   {"id":"1","text":"My parcel is two weeks late"}
  out  {"id":"1","language":"en","sentiment":{"label":"negative","score":-0.7},"code":"delivery.late",
        "codes":["delivery.late"],"severity":1,"confidence":0.8}

  --taxonomy FILE  wrap-up codes (default: taxonomy.yaml in TEMPLATES_DIR)
  --explain        adds "reasons" (the words that decided, with their places in the text), "needsPerson"
                   (why a person must see it, or null) and "optOut" (asks not to be answered)

A line that can not be read is told on standard error with its number; the others go on; exit code 1.
`,
  async run(args) {
    const { values } = readArgs(args, { taxonomy: { type: 'string' }, explain: { type: 'boolean' } })
    const file = values.taxonomy ? typedPath(values.taxonomy) : join(templatesDir(undefined), 'taxonomy.yaml')
    const triage = createTriage(loadTaxonomy(file))
    return eachLine(postSchema, EXPECTED_POST, ({ id, text }) => {
      const { language, sentiment, code, codes, severity, confidence, ...why } = triage.classify({ text })
      const said = { id, language, sentiment, code, codes, severity, confidence }
      if (!values.explain) return said
      return { ...said, reasons: why.reasons, needsPerson: why.needsPerson, optOut: why.optOut }
    })
  },
}
