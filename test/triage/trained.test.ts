import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTriage, parseTaxonomy } from '../../src/triage/index.ts'

const code = (name: string) => `
  - code: ${name}
    name: { en: A, ja: あ }
    description: { en: A, ja: あ }
    department: x
    severity: 0
    examples: { en: [${name} one, ${name} two], ja: [${name} いち] }`
const taxonomy = parseTaxonomy('t.yaml', `version: 1\ncodes:${code('none')}${code('question')}`)
const posts = ['none one', 'is that a question two?', 'どこですか', 'the parcel never came']

describe('what was learnt', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'trained-'))
  const cacheDir = join(folder, 'triage')
  const files = () => readdirSync(cacheDir)
  const judge = (dir: string | null) => {
    const triage = createTriage(taxonomy, { cacheDir: dir })
    return posts.map((text) => triage.classify({ text }))
  }

  test('is kept for the next start, which judges the same', () => {
    const fresh = judge(null)
    expect(judge(cacheDir)).toEqual(fresh)
    expect(files()).toHaveLength(1)
    const file = join(cacheDir, files()[0] as string)
    expect(statSync(file).mode & 0o077).toBe(0)
    const written = statSync(file).ino
    expect(judge(cacheDir)).toEqual(fresh)
    expect(statSync(file).ino).toBe(written)
  })

  test('is learnt again where the file is broken', () => {
    const file = join(cacheDir, files()[0] as string)
    const bytes = readFileSync(file)
    bytes[200] = (bytes[200] as number) ^ 1
    writeFileSync(file, bytes)
    expect(judge(cacheDir)).toEqual(judge(null))
    expect(readFileSync(file).equals(bytes)).toBe(false)
  })

  test('is learnt all the same where it can not be kept', () => {
    const notAFolder = join(folder, 'file')
    writeFileSync(notAFolder, '')
    expect(judge(join(notAFolder, 'triage'))).toEqual(judge(null))
  })

  test('of another taxonomy is another file', () => {
    createTriage(parseTaxonomy('t.yaml', `version: 2\ncodes:${code('none')}${code('question')}`), {
      cacheDir,
    })
    expect(files()).toHaveLength(2)
  })
})
