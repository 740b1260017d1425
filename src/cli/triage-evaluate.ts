import { createTriage, type Evaluation, evaluate, loadTaxonomy, type Taxonomy } from '../triage/index.ts'
import { type Command, readArgs } from './command.ts'
import { readDeskLabels, readLabelledPosts, shown } from './labelled-posts.ts'
import { printJson, table, write } from './output.ts'
import { triageCache } from './paths.ts'
import { taxonomyFile } from './taxonomy-file.ts'

export const triageEvaluate: Command = {
  help: `Usage: npm run --silent kikimimi -- triage evaluate [--file FILE] [--taxonomy FILE] [--wrong] [--json]

How often triage gives the code that people gave: for each code its posts, the share that is right, and what the others
were taken for. Judges the posts that people at the desk corrected, or confirmed by closing the case; those are mostly
the hard ones, so the share is lower than over all posts.

  --file FILE      judge these posts instead: NDJSON, {"id","text","code"} a line; "sentiment" and "language" are
                   judged too where they are given. Needs no database.
  --taxonomy FILE  with these wrap-up codes (default: taxonomy.yaml in TEMPLATES_DIR): try an edit before it is live
  --wrong          also lists the posts that went wrong, without personal data
  --json           one JSON object
`,
  async run(args) {
    const { values } = readArgs(args, {
      file: { type: 'string' },
      taxonomy: { type: 'string' },
      wrong: { type: 'boolean' },
    })
    const taxonomy = loadTaxonomy(taxonomyFile(values.taxonomy))
    const triage = createTriage(taxonomy, { cacheDir: triageCache() })
    const posts = values.file ? await readLabelledPosts(values.file) : (await readDeskLabels()).labels
    const judged = evaluate(triage, posts)
    const result = { ...judged, wrong: judged.wrong.map((each) => ({ ...each, text: shown(each.text) })) }
    const unknown = unknownCodes(taxonomy, result)
    if (unknown.length > 0) {
      await write(
        process.stderr,
        `The taxonomy has no code ${unknown.join(', ')}: posts labelled so can not come out right.\n`,
      )
    }
    if (values.json) {
      const { wrong, ...scores } = result
      await printJson({ taxonomyHash: triage.taxonomyHash, ...scores, ...(values.wrong ? { wrong } : {}) })
      return 0
    }
    if (posts.length === 0) {
      await write(
        process.stdout,
        'Nobody has corrected or confirmed a code yet. Change one on a case page, or close a case; or give --file.\n',
      )
      return 0
    }
    await write(process.stdout, describe(result))
    if (values.wrong) {
      const rows = result.wrong.map((each) => [each.id, each.expected, each.got, each.text.slice(0, 100)])
      await write(process.stdout, `\n${table(['post', 'is', 'read as', 'text'], rows)}`)
    }
    return 0
  },
}

function unknownCodes(taxonomy: Taxonomy, { byCode }: Evaluation): string[] {
  const known = new Set(taxonomy.codes.map((each) => each.code))
  return byCode.map((each) => each.code).filter((code) => !known.has(code))
}

function describe(result: Evaluation): string {
  const rows = result.byCode.map(({ code, posts, right, wrongly, takenFor }) => [
    code,
    posts,
    percent(right / posts),
    wrongly,
    takenFor
      .slice(0, 3)
      .map((other) => `${other.code} ${other.posts}`)
      .join(', '),
  ])
  const head = ['code', 'posts', 'right', 'wrongly given', 'taken for']
  const sums = [
    result.codeAccuracy !== null && `code ${percent(result.codeAccuracy)} right`,
    result.sentimentMacroF1 !== null && `sentiment macro-F1 ${result.sentimentMacroF1.toFixed(3)}`,
    result.languageAccuracy !== null && `language ${percent(result.languageAccuracy)} right`,
  ].filter(Boolean)
  return `${rows.length > 0 ? `${table(head, rows)}\n` : ''}${result.posts} posts: ${sums.join(', ')}\n`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
