import { describe, expect, test } from 'vitest'
import { findPersonalData } from '../../src/triage/entities/index.ts'
import { maskPersonalData } from '../../src/triage/index.ts'
import { HARMLESS, PLANTED, readPlanted } from './planted.ts'

describe.each(['en', 'ja'] as const)('masking (%s)', (language) => {
  test.each(PLANTED[language])('%s', (marked) => {
    const { text, masked } = readPlanted(marked)
    expect(maskPersonalData(text)).toBe(masked)
  })

  test.each(HARMLESS[language])('%s stays as it is', (text) => {
    expect(maskPersonalData(text)).toBe(text)
  })
})

test('what is masked once stays masked', () => {
  for (const marked of [...PLANTED.en, ...PLANTED.ja]) {
    const masked = maskPersonalData(readPlanted(marked).text)
    expect(maskPersonalData(masked)).toBe(masked)
  }
})

test('several of a kind are all found, at their places', () => {
  const text = '電話090-1234-5678か03-1234-5678、mail a@example.jp / b@example.jp'
  expect(findPersonalData(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ['phone', '090-1234-5678'],
    ['phone', '03-1234-5678'],
    ['mail', 'a@example.jp'],
    ['mail', 'b@example.jp'],
  ])
})
