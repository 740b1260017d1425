import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PROBLEMS } from '../../src/claims/problem.ts'
import { consentVersion, loadDictionary } from '../../src/claims/words.ts'

const [en, ja] = [loadDictionary('en'), loadDictionary('ja')]
const places = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()

test('both languages say the same things', () => {
  expect(Object.keys(ja)).toEqual(Object.keys(en))
  for (const key of Object.keys(en)) {
    // The name of the company may be understood in one language and needed in the other.
    const others = (text = '') => places(text).filter((place) => place !== '{brand}')
    expect(others(ja[key]), key).toEqual(others(en[key]))
  }
})

test('every problem and every phrase of a page has its words', () => {
  for (const problem of Object.keys(PROBLEMS)) {
    expect(en[`problem.${problem}.title`], problem).toBeDefined()
    expect(en[`problem.${problem}.text`], problem).toBeDefined()
  }
  const views = readdirSync('src/claims/views').map((name) =>
    readFileSync(`src/claims/views/${name}`, 'utf8'),
  )
  const used = views.flatMap((view) => [...view.matchAll(/'([\w.]+)' \| t/g)].map((match) => match[1] ?? ''))
  expect(used.length).toBeGreaterThan(15)
  expect(used.filter((key) => !en[key])).toEqual([])
})

test('who agrees agrees to words that can be told apart', () => {
  expect(consentVersion('en')).not.toBe(consentVersion('ja'))
})
