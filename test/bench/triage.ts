import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTriage, evaluate, loadTaxonomy, type Triage } from '../../src/triage/index.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const POSTS = path.join(ROOT, 'test/triage')
const ROUND_MS = 400
const ROUNDS = 5

interface Labelled {
  id: string
  text: string
  language?: string
  code?: string
  codes?: string[]
  label?: string
  sentiment?: string
}

/** The several-label topics of Kecht et al. (2021), by the codes that stand for them. */
const TOPICS: Record<string, (code: string) => boolean> = {
  delivery: (code) => code.startsWith('delivery.'),
  packaging: (code) => code.startsWith('packaging.'),
  refund: (code) => code === 'billing.refund',
  return: (code) => code === 'order.return',
  cancellation: (code) => code === 'order.cancel',
  replacement: (code) => code === 'order.replacement',
  account: (code) => code.startsWith('account.'),
  'bad service': (code) => code === 'service.conduct',
  praise: (code) => code === 'feedback.praise',
}

/**
 * Prints how fast and how right triage is: posts a second beside the `sentiment` package alone in the same run,
 * time to be ready and memory of a process of its own, macro-F1 on the public data where it is there (`KIKIMIMI_DATA`), and
 * every set of labelled posts under `test/triage`.
 */
export async function benchTriage(): Promise<void> {
  const cacheDir = mkdtempSync(path.join(tmpdir(), 'kikimimi-triage-'))
  const starts = [startProcess(cacheDir), startProcess(cacheDir)]
  const taxonomy = loadTaxonomy(path.join(ROOT, 'templates/taxonomy.yaml'))
  const triage = createTriage(taxonomy, { cacheDir })
  rmSync(cacheDir, { recursive: true, force: true })
  const own = readLines(path.join(POSTS, 'evaluation.ndjson'))
  const rows: [string, string, string][] = [['measure', 'reached', 'to reach']]
  const data = process.env.KIKIMIMI_DATA ?? path.join(ROOT, '../shared/data')
  await speed(triage, own, 'own posts', rows)
  const real = ['airline-dev.ndjson', 'jrte-dev.ndjson'].map((file) => path.join(data, file))
  if (real.every((file) => existsSync(file))) {
    const [english = [], japanese = []] = real.map((file) => readLines(file).slice(0, 1000))
    const posts = [
      ...english.map((post) => ({ ...post, language: 'en' })),
      ...japanese.map((post) => ({ ...post, language: 'ja' })),
    ]
    await speed(triage, posts, 'public posts', rows)
  }
  for (const [index, when] of ['first start, it learns', 'later starts'].entries()) {
    const { readyMs = 0, rssMb = 0 } = starts[index] ?? {}
    rows.push([`ready, ${when}`, `${readyMs.toFixed(0)} ms`, ''])
    rows.push([`memory of a process that triages, ${when}`, `${rssMb.toFixed(0)} MB`, '200 MB'])
  }

  for (const [file, least] of [
    ['airline-dev.ndjson', '0.68'],
    ['jrte-dev.ndjson', '0.72'],
  ] as const) {
    const place = path.join(data, file)
    if (!existsSync(place)) {
      rows.push([`sentiment macro-F1, ${file}`, 'not there: set KIKIMIMI_DATA', least])
      continue
    }
    const posts = readLines(place).map(({ id, text, label }) => ({ id, text, sentiment: label as string }))
    rows.push([`sentiment macro-F1, ${file}`, fixed(evaluate(triage, posts).sentimentMacroF1), least])
  }
  for (const [name, file] of [
    ['tuned on', 'evaluation.ndjson'],
    ['looked at', 'evaluation-unseen.ndjson'],
    ['blind', 'evaluation-blind.ndjson'],
    ['kept apart', 'evaluation-kept-apart.ndjson'],
  ] as const) {
    for (const language of ['en', 'ja']) {
      const posts = readLines(path.join(POSTS, file)).filter((post) => post.language === language)
      const { codeAccuracy, sentimentMacroF1 } = evaluate(triage, posts)
      const what = `${language} own posts, ${name} (${posts.length})`
      const apart = name === 'blind' || name === 'kept apart'
      rows.push([`primary code, ${what}`, fixed(codeAccuracy), apart ? '0.88' : ''])
      rows.push([`sentiment macro-F1, ${what}`, fixed(sentimentMacroF1), ''])
      if (apart) rows.push([`nine topics, mean Matthews, ${what}`, topics(triage, posts), '0.84'])
    }
  }
  const tweets = path.join(data, 'twcs-sample.ndjson')
  if (existsSync(tweets)) {
    const texts = new Map(readLines(tweets).map(({ id, text }) => [id, text]))
    const labelled = (file: string) =>
      readLines(path.join(POSTS, file)).map((post) => ({ ...post, text: texts.get(post.id) ?? '' }))
    const sample = labelled('twcs-labels.ndjson')
    const shops = labelled('twcs-topics.ndjson')
    for (const [half, name] of ['looked at', 'blind'].entries()) {
      const mine = (posts: Labelled[]) => posts.filter((_, index) => index % 2 === half)
      const posts = mine(sample)
      const what = `support tweets, ${name}`
      rows.push([
        `primary code, ${what} (${posts.length})`,
        fixed(evaluate(triage, posts).codeAccuracy),
        half === 1 ? '0.80' : '',
      ])
      const all = [...posts, ...mine(shops)]
      rows.push([
        `nine topics, mean Matthews, ${what} (${all.length})`,
        topics(triage, all),
        half === 1 ? '0.84' : '',
      ])
    }
  } else rows.push(['support tweets', 'not there: set KIKIMIMI_DATA', '0.80'])

  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  for (const [what, reached, least] of rows) {
    process.stdout.write(
      `${what.padEnd(widths[0] as number)}  ${reached.padEnd(widths[1] as number)}  ${least}\n`,
    )
  }
}

/** Starts a process that only triages, with the flags that `npm start` gives. */
function startProcess(cacheDir: string): { readyMs: number; rssMb: number } {
  const args = ['--max-semi-space-size=2', path.join(import.meta.dirname, 'triage-process.ts'), cacheDir]
  return JSON.parse(execFileSync(process.execPath, args, { timeout: 120_000, encoding: 'utf8' }))
}

/** The rounds take turns, so that a busy machine slows all of them alike. */
async function speed(
  triage: Triage,
  posts: Labelled[],
  which: string,
  rows: [string, string, string][],
): Promise<void> {
  const Sentiment = createRequire(import.meta.url)('sentiment')
  const alone = new Sentiment()
  const of = (language: string) => posts.filter((post) => post.language === language).map(({ text }) => text)
  const [english, japanese] = [of('en'), of('ja')]
  const best = { alone: 0, en: 0, ja: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    best.alone = Math.max(
      best.alone,
      rate(english, (text) => alone.analyze(text)),
    )
    best.en = Math.max(
      best.en,
      rate(english, (text) => triage.classify({ text })),
    )
    best.ja = Math.max(
      best.ja,
      rate(japanese, (text) => triage.classify({ text })),
    )
    await new Promise(setImmediate)
  }
  rows.push([`\`sentiment\` alone, en, ${which}, posts/s`, best.alone.toFixed(0), ''])
  rows.push([`triage, en, ${which}, posts/s`, best.en.toFixed(0), ''])
  rows.push([`triage, en, ${which}, beside \`sentiment\``, (best.en / best.alone).toFixed(2), '0.15'])
  rows.push([`triage, ja, ${which}, posts/s`, best.ja.toFixed(0), '10000'])
}

/** Posts a second of processor time, which other programs on the machine do not take away. */
function rate(texts: readonly string[], run: (text: string) => void): number {
  const start = performance.now()
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() - start < ROUND_MS) {
    for (const text of texts) run(text)
    count += texts.length
  }
  const { user, system } = process.cpuUsage(before)
  return (count * 1e6) / (user + system)
}

/** Mean Matthews correlation over the topics that somebody labelled. */
function topics(triage: Triage, posts: readonly Labelled[]): string {
  const given = posts.map(({ text, code, codes }) => ({
    labels: codes ?? [code ?? 'none'],
    got: triage.classify({ text }).codes,
  }))
  const values: number[] = []
  for (const is of Object.values(TOPICS)) {
    let [both, wrongly, missed, neither] = [0, 0, 0, 0]
    for (const { labels, got } of given) {
      const [there, found] = [labels.some(is), got.some(is)]
      if (there && found) both++
      else if (found) wrongly++
      else if (there) missed++
      else neither++
    }
    if (both + missed === 0) continue
    const norm = Math.sqrt((both + wrongly) * (both + missed) * (neither + wrongly) * (neither + missed))
    values.push(norm === 0 ? 0 : (both * neither - wrongly * missed) / norm)
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return `${mean.toFixed(3)} (${values.length} topics)`
}

function readLines(file: string): Labelled[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Labelled)
}

function fixed(value: number | null): string {
  return value === null ? '-' : value.toFixed(3)
}

if (import.meta.filename === process.argv[1]) await benchTriage()
