import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadTaxonomy } from '../../src/triage/index.ts'
import { taxonomy } from './triage.ts'

function faultsOf(yaml: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'taxonomy-')), 'taxonomy.yaml')
  writeFileSync(file, yaml)
  try {
    loadTaxonomy(file)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

const code = (name: string, more = '') => `
  - code: ${name}
    name: { en: A, ja: あ }
    description: { en: A, ja: あ }
    department: x
    severity: 1
    ${more || `examples: { en: [${name} one], ja: [${name} いち] }`}`

describe('a taxonomy file', () => {
  test('with a code twice, no examples or an unknown word list says where', () => {
    const message = faultsOf(`version: 1\ncodes:${code('none')}${code('question')}${code('none')}`)
    expect(message).toMatch(/taxonomy\.yaml:15:11: "none" stands in this file twice/)
    expect(
      faultsOf(`version: 1\ncodes:${code('none')}${code('question', 'examples: { en: [], ja: [い] }')}`),
    ).toMatch(/taxonomy\.yaml:\d+:\d+: codes\.1\.examples\.en: needs at least one example/)
    const cue = 'examples: { en: [b], ja: [い] }\n    cues: { en: [$parcels], ja: [] }'
    expect(faultsOf(`version: 1\ncodes:${code('none')}${code('question', cue)}`)).toContain(
      '$parcels is not a list',
    )
  })

  test('names what a code was called before, once and not while that is still a code', () => {
    const formerly = (names: string) =>
      `formerly: [${names}]\n    examples: { en: [e${names}], ja: [j${names}] }`
    const faults = (...codes: string[]) =>
      faultsOf(`version: 1\ncodes:${code('none')}${code('question')}${codes.join('')}`)
    expect(faults(code('a.new', formerly('a.old')))).toBe('')
    expect(faults(code('a.new', formerly('question')))).toContain('"question" is still a code of its own')
    expect(
      faults(
        code('a.new', formerly('a.old')),
        code('b.new', 'formerly: [a.old]\n    examples: { en: [x], ja: [い] }'),
      ),
    ).toContain('"a.old" became two codes')
  })

  test('that is missing is a fault like any other', () => {
    expect(() => loadTaxonomy('no/such/taxonomy.yaml')).toThrow(
      /no\/such\/taxonomy\.yaml:1:1: can not be read/,
    )
  })

  test('keeps its hash while its meaning stays', () => {
    expect(loadTaxonomy('templates/taxonomy.yaml').hash).toBe(taxonomy.hash)
  })

  test('as shipped has at least 30 examples per language for each code', () => {
    const thin = taxonomy.codes.filter(({ examples }) => examples.en.length < 30 || examples.ja.length < 30)
    expect(thin.map((entry) => entry.code)).toEqual([])
  })
})
