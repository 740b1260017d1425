import path from 'node:path'
import { createTriage, loadTaxonomy } from '../../src/triage/index.ts'

/**
 * A process that does nothing but triage, as a worker does: prints how long it took to be ready and how much memory it
 * holds after some work, as JSON. Argument: the folder where what was learnt is kept.
 */
const ROOT = path.resolve(import.meta.dirname, '../..')
const POSTS = 20_000
const start = performance.now()
const taxonomy = loadTaxonomy(path.join(ROOT, 'templates/taxonomy.yaml'))
const triage = createTriage(taxonomy, { cacheDir: process.argv[2] ?? null })
const readyMs = performance.now() - start
const examples = taxonomy.codes.flatMap(({ examples: { en, ja } }) => [...en, ...ja])
for (let n = 0; n < POSTS; n++) triage.classify({ text: examples[n % examples.length] as string })
process.stdout.write(JSON.stringify({ readyMs, rssMb: process.memoryUsage.rss() / 2 ** 20 }))
