import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { collectFaults, strictLiquid } from '../liquid-file.ts'
import { type Fault, readYamlFile, TemplateFileError } from '../yaml-file.ts'
import { type Brand, brandSchema } from './brand.ts'
import { findWrong } from './check.ts'
import { type Policy, policySchema } from './policy.ts'
import { createPrices, type Prices, pricesSchema } from './prices.ts'
import { registerReplyFilters } from './render-scope.ts'
import { type ReplyTemplate, readReplyTemplate } from './reply-template.ts'
import { type Tone, type ToneExample, toneSchema } from './tone.ts'

/** Everything under `templates/` that replies are made from. */
export interface ReplyFiles {
  brand: Brand
  policy: Policy
  prices: Prices
  tone: Tone
  /** By `code/locale`. */
  templates: Map<string, ReplyTemplate>
}

/**
 * Reads brand, policy, prices, tone and every reply template of a folder.
 * @throws TemplateFileError with every fault of every file at once
 */
export function readReplyFiles(dir: string): ReplyFiles {
  const faults: Fault[] = []
  const read = <T>(step: () => T): T | undefined => collectFaults([step], faults)[0]
  const brand = read(() => readYamlFile(join(dir, 'brand.yaml'), brandSchema).value)
  const policy = read(() => readYamlFile(join(dir, 'policy.yaml'), policySchema).value)
  const prices = read(() => createPrices(readYamlFile(join(dir, 'prices.yaml'), pricesSchema).value))
  const tone = read(() => readTone(join(dir, 'tone.yaml'), brand))
  // Which names a template may use stands in the brand: without it every template would look wrong.
  const templates = brand ? readTemplates(join(dir, 'replies'), brand, tone, faults) : new Map()
  if (!brand || !policy || !prices || !tone || faults.length > 0) throw new TemplateFileError(faults)
  return { brand, policy, prices, tone, templates }
}

function readTemplates(
  dir: string,
  brand: Brand,
  tone: Tone | undefined,
  faults: Fault[],
): Map<string, ReplyTemplate> {
  const liquid = strictLiquid()
  registerReplyFilters(liquid)
  let codes: string[]
  try {
    codes = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    faults.push({ file: dir, line: 1, column: 1, message: `can not be read: ${(error as Error).message}` })
    return new Map()
  }
  const steps = codes.flatMap((code) =>
    brand.locales.map((locale) => () => {
      return readReplyTemplate(liquid, brand, join(dir, code, `${locale}.liquid`), code, locale, tone)
    }),
  )
  const templates = collectFaults(steps, faults)
  return new Map(templates.map((template) => [`${template.code}/${template.locale}`, template]))
}

/** Reads the tone and proves each rule on its own examples. */
function readTone(file: string, brand: Brand | undefined): Tone {
  const { value: tone, at } = readYamlFile(file, toneSchema)
  if (!brand) return tone
  const faults: Fault[] = []
  for (const [index, rule] of tone.rules.entries()) {
    for (const [locale, examples] of Object.entries(rule.examples)) {
      for (const expected of ['pass', 'fail'] as const) {
        for (const [place, example] of examples[expected].entries()) {
          const context = {
            locale,
            summoned: true,
            code: 'severity' in example ? example.code : undefined,
            severity: ('severity' in example ? example.severity : undefined) ?? 0,
            recentTexts: 'recent' in example ? example.recent : undefined,
          }
          const words = 'words' in example ? { [locale]: example.words ?? [] } : tone.forbiddenWords
          const wrong = findWrong(rule, brand, exampleText(brand, locale, example), context, words)
          if ((wrong === null) === (expected === 'pass')) continue
          const message = `rule ${rule.rule}: this example must ${expected}, but ${wrong === null ? 'passes' : `fails: ${wrong}`}`
          faults.push({ file, ...at(['rules', index, 'examples', locale, expected, place]), message })
        }
      }
    }
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return tone
}

function exampleText(brand: Brand, locale: string, example: ToneExample): string {
  const link = Object.values(brand.links)[0]?.[locale] ?? ''
  const text = example.text.replaceAll('OUR_LINK', link).replaceAll('OUR_HANDLE', brand.handles.x)
  return 'repeat' in example ? text.repeat(example.repeat ?? 1) : text
}
