import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const OURS = ['src/**/*.ts', 'workers/**/*.ts']
/** The store, and the sandbox, which plays systems that are not ours. */
const ALLOWED = /^src\/(store|sandbox)\//
/** Kysely's own name, and the words that begin its queries. */
const SQL =
  /\bfrom 'kysely'|\bimport\('kysely'\)|\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|\bsql(<[^`]*>)?`/

/** The lines of a file in which SQL stands, as `line: text`. */
function sqlIn(source: string): string[] {
  return source.split('\n').flatMap((line, index) => (SQL.test(line) ? [`${index + 1}: ${line.trim()}`] : []))
}

test('SQL stands in the store only', () => {
  const files = globSync(OURS).filter((file) => !ALLOWED.test(file))
  const found = files.flatMap((file) => sqlIn(readFileSync(file, 'utf8')).map((line) => `${file}:${line}`))
  expect(files.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})

test.each([
  "import { type Selectable, sql } from 'kysely'",
  "} from 'kysely'",
  "    .selectFrom('cases')",
  "return trx.insertInto('drafts').values(drafts)",
  "    .updateTable('drafts')",
  "await db.deleteFrom('replies').execute()",
  'const { rows } = await sql<{ id: number }>`select 1`',
])('%s is seen as SQL', (line) => {
  expect(sqlIn(`// a file\n${line}\n`)).toHaveLength(1)
})

test('what the store holds is seen as SQL', () => {
  const files = globSync('src/store/*.ts').filter((file) => sqlIn(readFileSync(file, 'utf8')).length > 0)
  expect(files.length).toBeGreaterThan(10)
})
