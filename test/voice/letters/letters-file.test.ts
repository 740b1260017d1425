import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkTemplates } from '../../../src/cli/template-faults.ts'
import { loadTaxonomy } from '../../../src/triage/index.ts'
import { loadLetters } from '../../../src/voice/index.ts'
import { TemplateFileError } from '../../../src/yaml-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'letters-'))
afterAll(() => rmSync(dir, { recursive: true }))

const HEAD = `serviceHours: { days: [mon], from: "09:00", to: "18:00" }
hours: 8
`

function faultsOf(text: string): string[] {
  const file = join(dir, 'letters.yaml')
  writeFileSync(file, text)
  try {
    loadLetters(file)
    return []
  } catch (error) {
    if (!(error instanceof TemplateFileError)) throw error
    return error.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`)
  }
}

test('the shipped file names an owner for every department of the taxonomy that has something to mend', () => {
  const { departments } = loadLetters('templates/letters.yaml')
  const owned = loadTaxonomy('templates/taxonomy.yaml').codes.map(({ department }) => department)
  const missing = new Set(owned.filter((each) => !(each in departments)))
  // Abuse goes to a lead, and what is not about us to nobody.
  expect([...missing].sort()).toEqual(['lead', 'none'])
})

test('where there is no file nobody owns anything, and nothing goes up by itself', () => {
  expect(loadLetters(join(dir, 'none.yaml'))).toMatchObject({ departments: {}, rules: [] })
})

test('faults are told with their place, and what would be right', () => {
  expect(
    faultsOf(`${HEAD}departments:\n  logistics:\n    name: { en: A, ja: B }\n    mail: not an address\n`),
  ).toEqual(['6:11: departments.logistics.mail: must be one mail address, such as logistics@example.com'])
  expect(faultsOf(`${HEAD}departments: {}\nrules:\n  - id: empty\n`)).toEqual([
    '5:5: rules.0: says nothing: give it severity, reach or words (all that are given must hold)',
  ])
  expect(faultsOf(HEAD.replace('"09:00"', '"19:00"').concat('departments: {}\n'))).toEqual([
    '1:15: serviceHours: from must be before to',
  ])
  expect(
    faultsOf(`${HEAD}departments: {}\nrules:\n  - { id: a, severity: 3 }\n  - { id: a, reach: 5 }\n`),
  ).toEqual(['5:3: rules: two rules have the same id'])
})

test('`templates check` finds departments and codes that there are not', () => {
  const all = join(dir, 'templates')
  cpSync('templates', all, { recursive: true })
  writeFileSync(
    join(all, 'letters.yaml'),
    `${HEAD}departments:
  kitchen: { name: { en: Kitchen, ja: 厨房 }, mail: kitchen@example.com }
rules:
  - { id: soup, severity: 1, codes: [soup.cold] }
`,
  )
  const found = checkTemplates(all).faults.filter(({ file }) => file.endsWith('letters.yaml'))
  expect(found.map(({ line, message }) => `${line}: ${message.slice(0, 60)}`)).toEqual([
    '4: departments: no code of taxonomy.yaml belongs to kitchen; de',
    '6: codes: no code of taxonomy.yaml is called soup.cold',
  ])
})
