import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadReplies } from '../../src/replies/index.ts'
import { TemplateFileError } from '../../src/yaml-file.ts'
import { templatesDir, templatesWith } from './fixtures.ts'

function faultsOf(dir: string): string[] {
  try {
    loadReplies(dir)
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateFileError)
    return (error as Error).message.split('\n').map((line) => line.replace(`${dir}/`, ''))
  }
  return []
}

const late = 'replies/delivery.late/en.liquid'

test('the shipped templates have no fault', () => {
  expect(faultsOf(templatesDir)).toEqual([])
})

test('every fault of every file is told at once, with file, line and column', () => {
  const dir = templatesWith({
    'policy.yaml': (old) => old.replace('crisis: false', 'crisis: perhaps'),
    'brand.yaml': (old) => old.replace('timeZone: Asia/Tokyo', 'timeZone: Mars/Olympus'),
    'prices.yaml': 'prices: []\n',
  })
  const faults = faultsOf(dir)
  expect(faults.some((fault) => /^policy\.yaml:\d+:9: crisis: /.test(fault))).toBe(true)
  expect(faults.some((fault) => /^brand\.yaml:\d+:11: timeZone: is not a time zone/.test(fault))).toBe(true)
  expect(faults).toContain('prices.yaml:1:9: prices: has no price for reply.summoned')
})

test.each([
  [
    'a tag that is not closed',
    '---\n---\nWe are sorry\n{% if severity %}late',
    `${late}:4:1: tag {% if severity %} not closed`,
  ],
  ['an unknown tag', '---\n---\n{% sorry %}', `${late}:3:1: tag "sorry" not found`],
  ['an unknown filter', '---\n---\nSorry {{ severity | shout }}', `${late}:3:7: undefined filter: shout`],
  [
    'an unknown variable',
    '---\nlink: false\n---\nSorry\n---\nSorry,\n  {{ custmer.name }}',
    `${late}:7:6: unknown variable custmer.name; known are`,
  ],
  [
    'a name that the front matter does not give',
    '---\n---\nSorry that {{ what }}',
    `${late}:3:15: unknown variable what`,
  ],
  [
    'a link where none may be',
    '---\n---\nSee {{ links.contact }}',
    `${late}:3:1: uses links.contact but the front matter says link: false`,
  ],
  ['no front matter', 'We are sorry', `${late}:1:1: has no front matter`],
  ['an unknown setting', '---\nlinks: true\n---\nSorry', `${late}:2:1: the file: Unrecognized key: "links"`],
  [
    'too few variants',
    '---\nvariants: [{}]\n---\nSorry\n---\nSorry again',
    `${late}:2:11: variants: has 1 entries for 2 texts`,
  ],
  ['nothing to say', '---\n---\n  \n', `${late}:3:1: this text comes out empty`],
  ['a file from the disk', "---\n---\n{% render 'brand.yaml' %}", `${late}:3:1: `],
])('%s in a template is a fault at its place', (_what, source, expected) => {
  const faults = faultsOf(templatesWith({ [late]: source }))
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(expected)
})

test('a text that can not fit into a post is a fault, also when only its longest wording is too long', () => {
  const long = templatesWith({ [late]: `---\n---\n${'Sorry. '.repeat(41)}` })
  expect(faultsOf(long)).toEqual([`${late}:3:1: this text can reach 286 characters of X's 280; cut 6`])
  const sometimes = templatesWith({ [late]: `---\n---\nSorry {{ "a" | or: "${'b'.repeat(280)}" }}` })
  expect(faultsOf(sometimes)[0]).toContain('can reach 286')
  const japanese = templatesWith({ 'replies/delivery.late/ja.liquid': `---\n---\n${'あ'.repeat(141)}` })
  expect(faultsOf(japanese)[0]).toContain('can reach 282')
})

test('a code that lacks one of the languages of the brand is a fault', () => {
  const dir = templatesWith({})
  rmSync(join(dir, 'replies/question/ja.liquid'))
  expect(faultsOf(dir)[0]).toContain('replies/question/ja.liquid:1:1: can not be read')
})

test('a tone rule that its own examples disprove is a fault at the example', () => {
  const dir = templatesWith({
    'tone.yaml': (old) => old.replace('"Please calm down."', '"Please sit down."'),
  })
  expect(faultsOf(dir)[0]).toMatch(/^tone\.yaml:\d+:\d+: rule emotional: this example must fail, but passes$/)
})

test('a tone pattern that is no regular expression is a fault', () => {
  const dir = templatesWith({ 'tone.yaml': (old) => old.replace("'[!?]{2,}'", "'[!?{2,}'") })
  expect(faultsOf(dir).join()).toMatch(
    /tone\.yaml:\d+:\d+: rules\.1\.forbid\.en\.0: is not a regular expression/,
  )
})
