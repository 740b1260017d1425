import { findCollisions, loadTaxonomy } from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { printJson, table, write } from './output.ts'
import { taxonomyFile } from './taxonomy-file.ts'

const FEW = 5
const SHOWN = 3

export const taxonomyCheck: Command = {
  help: `Usage: npm run --silent kikimimi -- taxonomy check [FILE] [--json]

Reads a taxonomy (default: taxonomy.yaml in TEMPLATES_DIR) and reports codes whose examples collide: examples that,
held back while the rest is learnt, sound like another code. Takes up to half a minute. What to do about one: reword the
example, move it to the code it sounds like, give the two codes cues that tell them apart, or merge them.

Faults in the file are told as file:line:column: message, exit code 1. Collisions are warnings, exit code 0.

  --json  one JSON object: {"codes":[{"language","code","examples","recognised"}],"collisions":[…],"fewExamples":[…]}
`,
  async run(args) {
    const { values, positionals } = readArgs(args, {}, 1)
    const file = taxonomyFile(positionals[0])
    const taxonomy = loadTaxonomy(file)
    const { collisions, recognised } = findCollisions(taxonomy)
    const few = recognised.filter(({ examples }) => examples < FEW)
    if (values.json) {
      await printJson({
        codes: recognised.map(({ right, ...code }) => ({ ...code, recognised: right })),
        collisions,
        fewExamples: few.map(({ language, code, examples }) => ({ language, code, examples })),
      })
      return 0
    }
    const rows = recognised.map(({ language, code, examples, right }) => [
      code,
      language,
      examples,
      `${Math.round((100 * right) / examples)} %`,
    ])
    await write(process.stdout, table(['code', 'language', 'examples', 'recognised'], rows))
    for (const { language, code, examples } of few) {
      await write(
        process.stdout,
        `\n${code} has ${examples} example(s) in ${language}; five or more work well.\n`,
      )
    }
    for (const { language, code, readAs, examples, share } of collisions) {
      const lines = examples.slice(0, SHOWN).map(({ text }) => `    ${text}`)
      await write(
        process.stdout,
        `\n${code} sounds like ${readAs} (${language}, ${examples.length} examples, ${Math.round(share * 100)} %):\n${lines.join('\n')}\n`,
      )
    }
    if (collisions.length === 0) await write(process.stdout, '\nNo two codes collide.\n')
    return 0
  },
}
