import { chmodSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { applyPatch, createTwoFilesPatch } from 'diff'
import {
  createTriage,
  evaluate,
  learntFrom,
  loadTaxonomy,
  PLACEHOLDER,
  parseTaxonomy,
  proposeExamples,
  sameWording,
  type Triage,
} from '../triage/index.ts'
import { type Command, CommandError, readArgs, UsageError } from './command.ts'
import { type DeskLabel, readDeskLabels, shown } from './labelled-posts.ts'
import { write } from './output.ts'
import { triageCache, typedPath } from './paths.ts'
import { taxonomyFile } from './taxonomy-file.ts'

const MOST = 200
/** A rewriting that shares more of its wording with the post than this is a copy. */
const COPY = 0.6

export const taxonomyLearn: Command = {
  help: `Usage: npm run --silent kikimimi -- taxonomy learn [--taxonomy FILE] [--limit N] > learn.diff
       npm run --silent kikimimi -- taxonomy learn --apply learn.diff [--taxonomy FILE] [--write]

Turns codes that people changed at the desk into examples, with a person in between: what customers wrote on a network
must not end up in training files, so each post is said again in other words.

  1. Without --apply it prints a diff of the taxonomy (default: taxonomy.yaml in TEMPLATES_DIR) with one empty place for
     each corrected post that triage still gets wrong. The posts stand above the diff, to read, not to copy.
  2. Write each place anew, in the way somebody else might have put it; leave it as it is where there is nothing to learn.
  3. --apply shows what the change does to the labelled posts, leaves unwritten places out and refuses those that repeat
     their post. With --write it changes the file.

  --limit N  at most N posts (default 20, most 200), the newest first
`,
  async run(args) {
    const { values } = readArgs(args, {
      taxonomy: { type: 'string' },
      limit: { type: 'string', default: '20' },
      apply: { type: 'string' },
      write: { type: 'boolean' },
    })
    const limit = Number(values.limit)
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
      throw new UsageError(`--limit must be a whole number from 1 to ${MOST}`)
    }
    if (values.write && !values.apply) throw new UsageError('--write belongs to --apply FILE')
    const file = taxonomyFile(values.taxonomy)
    const taxonomy = loadTaxonomy(file)
    const triage = () => createTriage(taxonomy, { cacheDir: triageCache() })
    const source = readFileSync(file, 'utf8')
    const desk = await readDeskLabels()
    if (values.apply) return apply(file, source, triage, desk.labels, values.apply, values.write === true)
    return propose(file, source, triage(), desk, limit)
  },
}

async function propose(
  file: string,
  source: string,
  triage: Triage,
  { labels, publicUrl }: { labels: readonly DeskLabel[]; publicUrl: string },
  limit: number,
): Promise<number> {
  const learnt = learntFrom(source)
  const missed = labels
    .flatMap((label) => {
      const { readLanguage: language, postId, text, code } = label
      const wanted = label.source === 'corrected' && (language === 'en' || language === 'ja')
      if (!wanted || learnt.has(postId) || triage.classify({ text }).code === code) return []
      return [{ ...label, language } as const]
    })
    .toReversed()
    .slice(0, limit)
  const { proposed, placed, homeless } = proposeExamples(source, missed)
  for (const { postId, code, language } of homeless) {
    await write(
      process.stderr,
      `post ${postId}: ${file} has no place for it. It needs the code ${code}, with its ${language} examples one a line ("- …").\n`,
    )
  }
  if (placed.length === 0) {
    if (homeless.length > 0) return 1
    await write(
      process.stderr,
      'Nothing to learn: triage gets every corrected post in English or Japanese right, or knows its rewriting.\n',
    )
    return 0
  }
  const byId = new Map(missed.map((label) => [label.postId, label]))
  const head = placed.map(({ postId, code }) => {
    const { text = '', caseId = null, triaged = '' } = byId.get(postId) ?? {}
    return `# post ${postId} · ${code}, was read as ${triaged} · ${publicUrl}/cases/${caseId}\n#   ${shown(text)}\n`
  })
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, source, proposed, '', '', { context: 2 })
  await write(process.stdout, `${head.join('')}#\n${withoutTitle(patch)}`)
  return 0
}

/** The line of "=" that some programs print above a patch. */
function withoutTitle(patch: string): string {
  return patch.replace(/^=+\n/, '')
}

async function apply(
  file: string,
  source: string,
  before: () => Triage,
  labels: readonly DeskLabel[],
  diffFile: string,
  really: boolean,
): Promise<number> {
  const patch = readDiff(diffFile)
  const patched = patchedBy(source, patch)
  if (patched === null) {
    throw new CommandError(
      `${diffFile} does not fit ${file}: the file changed meanwhile, or the diff's own lines did. ` +
        'Change nothing but the words between "- " and "# post", or make a new diff.',
    )
  }
  const written = patched.replace(new RegExp(`^ *- ${PLACEHOLDER} # post \\d+\n`, 'gm'), '')
  const taxonomy = parseTaxonomy(file, written)
  const known = learntFrom(source)
  const byId = new Map(labels.map((label) => [label.postId, label.text]))
  const faults: string[] = []
  let added = 0
  for (const [postId, example] of learntFrom(written)) {
    if (known.has(postId)) continue
    added++
    const original = byId.get(postId)
    if (original === undefined) {
      faults.push(`post ${postId}: nobody labelled it, or it was deleted meanwhile; take its line out`)
      continue
    }
    const same = sameWording(original, example)
    if (same > COPY) {
      faults.push(
        `post ${postId}: ${Math.round(same * 100)} % of "${example}" is the customer's own wording. ` +
          "Say it in other words: customers' posts must not train anything.",
      )
    }
  }
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'))
  }
  if (added === 0) {
    await write(process.stdout, '0 examples are written: nothing to change.\n')
    return 0
  }
  const scores = [before(), createTriage(taxonomy)].map(
    (triage) => evaluate(triage, labels).codeAccuracy ?? 0,
  )
  const [was = 0, is = 0] = scores.map((score) => Math.round(score * 1000) / 10)
  await write(
    process.stdout,
    `${added} examples. Right on the ${labels.length} labelled posts: ${was} % now, ${is} % with them.\n`,
  )
  if (!really) {
    await write(process.stdout, 'Nothing was changed; --write changes the file.\n')
    return 0
  }
  replaceFile(file, source, written)
  await write(process.stdout, `${file} is changed. Restart to use it, and commit it.\n`)
  return 0
}

/** Whole or not at all, where nobody wrote into it meanwhile; a link stays a link, and rights stay as they are. */
function replaceFile(named: string, expected: string, text: string): void {
  const file = realpathSync(named)
  if (readFileSync(file, 'utf8') !== expected) {
    throw new CommandError(`${named} was changed meanwhile. Nothing was written; apply the diff again.`)
  }
  const beside = `${file}.new`
  writeFileSync(beside, text)
  chmodSync(beside, statSync(file).mode & 0o777)
  renameSync(beside, file)
}

function patchedBy(source: string, patch: string): string | null {
  try {
    const patched = applyPatch(source, patch, { fuzzFactor: 2 })
    return patched === false ? null : patched
  } catch {
    return null
  }
}

function readDiff(named: string): string {
  try {
    const text = readFileSync(typedPath(named), 'utf8')
    // What stands above the diff is for people, and a customer may have written dashes.
    return text.slice(Math.max(text.search(/^--- /m), 0))
  } catch (error) {
    throw new CommandError(`${named} can not be read: ${(error as Error).message}`)
  }
}
