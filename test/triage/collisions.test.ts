import { describe, expect, test } from 'vitest'
import { findCollisions, parseTaxonomy } from '../../src/triage/index.ts'

const code = (name: string, en: string[], ja: string[]) => `
  - code: ${name}
    name: { en: A, ja: あ }
    description: { en: A, ja: あ }
    department: x
    severity: 1
    examples:
      en: ${JSON.stringify(en)}
      ja: ${JSON.stringify(ja)}`

describe('codes whose examples collide', () => {
  const garden = ['roses', 'tulips', 'ferns', 'lilies', 'daisies', 'herbs', 'shrubs', 'moss', 'ivy', 'palms']
  const late = garden.map((plant) => `my ${plant} need water before the gardener comes on friday`)
  const same = ['kale', 'leeks', 'beans', 'peas', 'mint', 'chard', 'corn', 'figs', 'limes', 'yams'].map(
    (plant) => `my ${plant} need water before the gardener comes on friday`,
  )
  const engines = garden.map(
    (_, index) => `engine number ${'abcdefghij'[index]} of the old steam train whistles`,
  )
  const 庭 = garden.map((_, index) => `庭の花に水をやる時間です${'あいうえおかきくけこ'[index]}`)
  const 機 = garden.map((_, index) => `蒸気機関車の汽笛が鳴りました${'あいうえおかきくけこ'[index]}`)

  test('are found, with the examples that sound like the other code', () => {
    const taxonomy = parseTaxonomy(
      't.yaml',
      `version: 1\ncodes:${code('garden.water', late, 庭)}${code('garden.thirst', same, 機)}${code('question', engines, ['これは何ですか'])}${code('none', ['la la la la'], ['らららら'])}`,
    )
    const { collisions, recognised } = findCollisions(taxonomy)
    const pairs = collisions.map(
      ({ language, code, readAs }) => `${language} ${[code, readAs].sort().join(' ')}`,
    )
    expect(pairs).toContain('en garden.thirst garden.water')
    expect(collisions.every(({ code, readAs }) => code !== readAs)).toBe(true)
    expect(recognised.find((each) => each.code === 'question' && each.language === 'en')).toMatchObject({
      examples: 10,
    })
  })

  test('are not reported where examples differ', () => {
    const apart = parseTaxonomy(
      't.yaml',
      `version: 1\ncodes:${code('garden.water', late, 庭)}${code('train.whistle', engines, 機)}${code('question', ['is this the right place?'], ['ここですか'])}${code('none', ['la la la la'], ['らららら'])}`,
    )
    const { collisions } = findCollisions(apart)
    expect(collisions.map(({ code, readAs }) => [code, readAs])).not.toContainEqual([
      'garden.water',
      'train.whistle',
    ])
  })
})
