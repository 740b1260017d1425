import { readFileSync } from 'node:fs'
import { createTriage, loadTaxonomy } from '../../src/triage/index.ts'
import { TRIAGE_CACHE } from '../support/triage-cache.ts'

export const taxonomy = loadTaxonomy('templates/taxonomy.yaml')
export const triage = createTriage(taxonomy, { cacheDir: TRIAGE_CACHE })

export function classify(
  text: string,
  more: { mediaCount?: number; followers?: number; earlierComplaints?: number } = {},
) {
  return triage.classify({ text, ...more })
}

export function readLines<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
