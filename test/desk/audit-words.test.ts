import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadDictionary } from '../../src/desk/i18n.ts'

/** Actions that are put together, as the source writes them, and what comes of them. */
const MADE: Record<string, string[]> = {
  'dead-letters.ts action': ['dead-letter.retried', 'dead-letter.dropped'],
  'mails.ts `mail.${state}`': ['mail.sent', 'mail.failed'],
  'replacements.ts `replacement.${move}`': [
    'replacement.approved',
    'replacement.denied',
    'replacement.retried',
    'replacement.given-up',
  ],
}

/** The third argument of every call of `audit` in a source file. */
function actionsWritten(source: string): string[] {
  return [...source.matchAll(/(?<![\w.])audit\(/g)]
    .filter(({ index }) => !/function\s+$/.test(source.slice(0, index)))
    .map(({ index, 0: call }) => argumentsAt(source, index + call.length)[2]?.trim() ?? '')
}

function argumentsAt(source: string, from: number): string[] {
  const all = ['']
  let depth = 0
  let quote = ''
  for (const letter of source.slice(from)) {
    if (quote) {
      if (letter === quote) quote = ''
    } else if (letter === "'" || letter === '`') quote = letter
    else if ('([{'.includes(letter)) depth++
    else if (')]}'.includes(letter) && --depth < 0) return all
    else if (letter === ',' && depth === 0) {
      all.push('')
      continue
    }
    all[all.length - 1] += letter
  }
  return all
}

const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)
const written = files.flatMap((file) => {
  const source = readFileSync(file, 'utf8')
  return actionsWritten(source).flatMap((action) => {
    // A name chosen just above: `const action = ok ? 'a.b' : 'c.d'`.
    const chosen = /^\w+$/.test(action)
      ? new RegExp(`const ${action} =((?:.|\\n\\s+[?:])*)`).exec(source)?.[1]
      : undefined
    const whole = [...(chosen ?? action).matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, name]) => name as string)
    if (whole.length > 0) return whole
    return MADE[`${file.split('/').at(-1)} ${action}`] ?? [`${file}: ${action}`]
  })
})

describe('every action of the audit log', () => {
  test.each(['en', 'ja'] as const)('has a phrase of its own (%s)', (language) => {
    expect(written.length).toBeGreaterThan(50)
    const phrases = loadDictionary(language).action ?? {}
    expect([...new Set(written)].filter((action) => !(action in phrases)).sort()).toEqual([])
  })
})
