import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PRODUCTS } from '../../src/sandbox/shop/catalogue.ts'
import { EMPTY_CATALOGUE, loadCatalogue } from '../../src/triage/index.ts'
import { TemplateFileError } from '../../src/yaml-file.ts'

function load(yaml: string) {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-catalogue-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'catalogue.yaml')
  writeFileSync(file, yaml)
  return loadCatalogue(file)
}

function faultsOf(yaml: string): string[] {
  try {
    load(yaml)
  } catch (error) {
    if (error instanceof TemplateFileError)
      return error.faults.map((f) => `${f.line}:${f.column}: ${f.message}`)
    throw error
  }
  return []
}

test('what ships names all that the sandbox sells, in its own words', () => {
  const { products, titles } = loadCatalogue('templates/catalogue.yaml')
  const named = [...products, ...titles].map(({ id, name }) => [id, name])
  const sold = Object.entries(PRODUCTS).map(([id, { en, ja }]) => [id, { en, ja }])
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(sold))
})

test.each(['', '# nothing yet\n', 'products:\n', 'products: []\ntitles: []\n'])(
  '%j is a catalogue of nothing',
  (yaml) => {
    expect(load(yaml)).toEqual(EMPTY_CATALOGUE)
  },
)

test('faults are told by line and column', () => {
  const faults = faultsOf(`currencies: { $: DOLLARS }
products:
  - id: a
    name: { en: Cup }
    alias: [x]
`)
  expect(faults).toEqual([
    expect.stringMatching(/^1:18: currencies\.\$: is not an ISO 4217 currency/),
    expect.stringMatching(/^4:11: products\.0\.name\.ja: /),
    expect.stringMatching(/^3:5: products\.0: .*alias/),
  ])
})

test('a name that means two things, or nothing, is a fault', () => {
  const faults = faultsOf(`products:
  - id: a
    name: { en: Cup 1, ja: カップ1 }
  - id: a
    name: { en: Cup 2, ja: カップ2 }
titles:
  - id: b
    name: { en: CUP 1, ja: "！！" }
`)
  expect(faults).toEqual([
    expect.stringMatching(/^4:9: products\.1\.id: "a" stands in this file twice/),
    expect.stringMatching(/^8:17: titles\.0\.name\.en: "CUP 1" is a name of a too/),
    expect.stringMatching(/^8:28: titles\.0\.name\.ja: has no letters/),
  ])
})
