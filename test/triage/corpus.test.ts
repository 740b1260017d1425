import { describe, expect, test } from 'vitest'
import { readCorpus, readWordClasses } from '../../src/triage/corpus.ts'
import { taxonomy } from './triage.ts'

const known = new Set(taxonomy.codes.map(({ code }) => code))

describe.each(['en', 'ja'] as const)('the shipped corpus in %s', (language) => {
  const posts = readCorpus(language)

  test('knows no code that the shipped taxonomy does not, and none twice for one post', () => {
    expect(posts.filter(({ codes }) => !codes.every((code) => known.has(code)))).toEqual([])
    expect(posts.filter(({ codes }) => new Set(codes).size < codes.length)).toEqual([])
  })

  test('has no post twice', () => {
    expect(posts.length - new Set(posts.map(({ text }) => text)).size).toBe(0)
  })

  test('has many posts of every code', () => {
    const counts = new Map(
      [...known].map((code) => [code, posts.filter((post) => post.codes[0] === code).length]),
    )
    expect([...counts].filter(([, count]) => count < 100)).toEqual([])
  })

  test('comes with word classes that all have words', () => {
    const classes = readWordClasses(language)
    expect(classes.length).toBeGreaterThan(100)
    expect(classes.filter((words) => words.length < 5 || words.some((word) => word.trim() === ''))).toEqual(
      [],
    )
  })
})
