import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { DraftInput } from '../../src/replies/index.ts'

export const templatesDir = join(import.meta.dirname, '../../templates')

const folders: string[] = []

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

interface Changes {
  post?: Partial<DraftInput['post']>
  classification?: Partial<DraftInput['classification']>
  seed?: string
  avoidTemplates?: string[]
  recentTexts?: string[]
  handover?: boolean
}

/** A complaint about a late parcel by somebody who mentioned us on X. */
export function draftInput(changes: Changes = {}): DraftInput {
  return {
    seed: 'case-1',
    ...changes,
    post: {
      id: '1',
      text: '@hinata_shop my parcel is three days late',
      authorUsername: 'rick',
      summoned: true,
      network: 'x',
      ...changes.post,
    },
    classification: {
      language: 'en',
      code: 'delivery.late',
      codes: ['delivery.late'],
      severity: 2,
      confidence: 0.9,
      sentiment: { label: 'negative', score: -0.6 },
      needsPerson: null,
      optOut: false,
      ...changes.classification,
    },
  }
}

/** A copy of the shipped templates with some files replaced: the new text, or what to make of the old one. */
export function templatesWith(files: Record<string, string | ((old: string) => string)>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-replies-'))
  folders.push(folder)
  cpSync(templatesDir, folder, { recursive: true })
  for (const [name, change] of Object.entries(files)) {
    const file = join(folder, name)
    const text = typeof change === 'string' ? change : change(readFileSync(file, 'utf8'))
    writeFileSync(file, text)
  }
  return folder
}
