import { describe, expect, test } from 'vitest'
import { type Cluster, createClusters, termsOf } from '../../src/voice/index.ts'
import { SUGGESTIONS } from './suggestions.ts'

/** B-cubed precision and recall (Bagga and Baldwin 1998): of a voice's cluster, and of its matter, how much is right. */
function score(clusters: Cluster[], matterOf: Map<string, string>): { precision: number; recall: number } {
  let precision = 0
  let recall = 0
  for (const { voices } of clusters) {
    for (const voice of voices) {
      const matter = matterOf.get(voice)
      const same = voices.filter((other) => matterOf.get(other) === matter).length
      precision += same / voices.length
      recall += same / [...matterOf.values()].filter((other) => other === matter).length
    }
  }
  return { precision: precision / matterOf.size, recall: recall / matterOf.size }
}

/** Voices as they would come: every matter now and then. */
function mixed(language: 'en' | 'ja', shift = 0) {
  const voices = SUGGESTIONS[language].flatMap(({ matter, texts }) =>
    texts.map((text, n) => ({
      id: `${matter}-${n}`,
      matter,
      text,
      order: (n * 7 + shift * matter.length) % 11,
    })),
  )
  return voices.sort((one, other) => one.order - other.order)
}

describe.each(['en', 'ja'] as const)('voices in %s', (language) => {
  test.each([0, 1, 2])('that say the same are mostly one line, in whatever order they come (%i)', (shift) => {
    const clusters = createClusters()
    const voices = mixed(language, shift)
    for (const { id, text } of voices) clusters.add({ id, terms: termsOf(text, language) })
    const { precision, recall } = score(
      clusters.list(),
      new Map(voices.map(({ id, matter }) => [id, matter])),
    )
    expect(precision).toBeGreaterThan(0.95)
    expect(recall).toBeGreaterThan(0.8)
  })
})

test('forty people who ask for a longer notes field are one line with forty voices', () => {
  const asks = [
    'Please make the notes field longer',
    'The notes field is too short',
    'Notes field cuts off my text',
  ]
  const clusters = createClusters()
  for (let n = 0; n < 40; n++) {
    clusters.add({ id: `v${n}`, terms: termsOf(asks[n % asks.length] as string, 'en') })
    if (n % 8 === 0) clusters.add({ id: `w${n}`, terms: termsOf('Where do I find my receipt?', 'en') })
  }
  expect(clusters.list().map(({ id, voices }) => [id, voices.length])).toEqual([
    ['v0', 40],
    ['w0', 5],
  ])
})

test('what is kept goes on where it was', () => {
  const voices = mixed('ja').map(({ id, text }) => ({ id, terms: termsOf(text, 'ja') }))
  const one = createClusters()
  for (const voice of voices) one.add(voice)
  const half = createClusters()
  for (const voice of voices.slice(0, 20)) half.add(voice)
  const other = createClusters(JSON.parse(JSON.stringify(half.list())))
  for (const voice of voices.slice(20)) other.add(voice)
  const asSets = (clusters: Cluster[]) => clusters.map(({ voices: ids }) => ids.toSorted().join(' ')).sort()
  expect(asSets(other.list())).toEqual(asSets(one.list()))
})

test('a voice that is removed leaves nothing behind', () => {
  const clusters = createClusters()
  const kept = { id: 'kept', terms: ['notes', 'field'] }
  const gone = { id: 'gone', terms: ['notes', 'field', 'tanaka'] }
  clusters.add(kept)
  clusters.add(gone)
  clusters.remove(gone)
  expect(clusters.list()).toEqual([{ id: 'kept', voices: ['kept'], terms: { notes: 1, field: 1 } }])
  clusters.remove(kept)
  clusters.remove(kept)
  expect(clusters.list()).toEqual([])
})

test('words of grammar, numbers and endings do not count', () => {
  expect(termsOf('The boxes are still too big for my 3 shelves!', 'en')).toEqual(['box', 'big', 'shelv'])
  expect(termsOf('備考欄をもう少し長くしてほしいです', 'ja')).toContain('備考')
  expect(termsOf('備考欄をもう少し長くしてほしいです', 'ja')).not.toContain('ほしい')
  expect(termsOf('invoice missing', 'en', [['receipt', 'invoice']])).toEqual(['receipt', 'miss'])
})
