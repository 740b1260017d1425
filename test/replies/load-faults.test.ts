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
const HEAD = '---\ntone: plain\nfollowUp: customer\n'

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
    `${HEAD}---\nWe are sorry\n{% if severity %}late`,
    `${late}:6:1: tag {% if severity %} not closed`,
  ],
  ['an unknown tag', `${HEAD}---\n{% sorry %}`, `${late}:5:1: tag "sorry" not found`],
  ['an unknown filter', `${HEAD}---\nSorry {{ severity | shout }}`, `${late}:5:7: undefined filter: shout`],
  [
    'an unknown variable',
    `${HEAD}link: false\n---\nSorry\n---\nSorry,\n  {{ custmer.name }}`,
    `${late}:9:6: unknown variable custmer.name; known are`,
  ],
  [
    'a name that the front matter does not give',
    `${HEAD}---\nSorry that {{ what }}`,
    `${late}:5:15: unknown variable what`,
  ],
  [
    'a link where none may be',
    `${HEAD}---\nSee {{ links.contact }}`,
    `${late}:5:1: uses links.contact but the front matter says link: false`,
  ],
  ['no front matter', 'We are sorry', `${late}:1:1: has no front matter`],
  [
    'an unknown setting',
    `${HEAD}links: true\n---\nSorry`,
    `${late}:2:1: the file: Unrecognized key: "links"`,
  ],
  [
    'too few variants',
    `${HEAD}variants: [{}]\n---\nSorry\n---\nSorry again`,
    `${late}:4:11: variants: has 1 entries for 2 texts`,
  ],
  ['nothing to say', `${HEAD}---\n  \n`, `${late}:5:1: this text comes out empty`],
  ['a file from the disk', `${HEAD}---\n{% render 'brand.yaml' %}`, `${late}:5:1: `],
])('%s in a template is a fault at its place', (_what, source, expected) => {
  const faults = faultsOf(templatesWith({ [late]: source }))
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(expected)
})

test.each([
  ['a tone that is none', 'tone: loud\nfollowUp: nothing', `${late}:2:7: tone: write one of apology`],
  ['no follow-up', 'tone: plain', `${late}:2:1: followUp: write nothing, customer or us`],
  [
    'a promise without a clock',
    'tone: plain\nfollowUp: us\nby: whenever',
    `${late}:4:5: by: write by: and one of promiseHours in brand.yaml: reply, findings`,
  ],
  [
    'an apology that does not apologise',
    'tone: apology\nfollowUp: nothing',
    `${late}:5:1: this text has no word of the tone "apology"`,
  ],
  [
    'a name without its place',
    'tone: plain\nfollowUp: nothing\nthing: { product: it, otherwise: it }',
    `${late}:4:19: thing.product: has no {name}`,
  ],
  [
    'an unknown variable in what happened',
    'tone: plain\nfollowUp: nothing\nwhat: { words: [], otherwise: "{{ customer.words }}" }',
    `${late}:4:4: unknown variable customer.words; known are day, wait`,
  ],
])('%s is a fault of the front matter', (_what, head, expected) => {
  expect(faultsOf(templatesWith({ [late]: `---\n${head}\n---\nWe will be there.\n` }))[0]).toContain(expected)
})

test('a text that goes on with a next step where the file has none is a fault', () => {
  const dir = templatesWith({ [late]: `${HEAD}---\nWe are sorry.\n{% then %}\n` })
  expect(faultsOf(dir)).toEqual([`${late}:7:1: no text of this file has a next step to go on with`])
})

test('a choice that is never closed is a fault where it begins', () => {
  const dir = templatesWith({ [late]: `${HEAD}---\nSorry.\n{% one %}a{% or %}b` })
  expect(faultsOf(dir)[0]).toContain(`${late}:6:1: tag {% one %} not closed`)
})

test('a text that can not fit into a post is a fault, also when only its longest wording is too long', () => {
  const long = templatesWith({ [late]: `${HEAD}---\n${'Sorry. '.repeat(41)}` })
  expect(faultsOf(long)).toEqual([`${late}:5:1: this text can reach 286 characters of X's 280; cut 6`])
  const sometimes = templatesWith({ [late]: `${HEAD}---\nSorry {{ "a" | or: "${'b'.repeat(280)}" }}` })
  expect(faultsOf(sometimes)[0]).toContain('can reach 286')
  const japanese = templatesWith({ 'replies/delivery.late/ja.liquid': `${HEAD}---\n${'あ'.repeat(141)}` })
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
