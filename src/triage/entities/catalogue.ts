import { existsSync } from 'node:fs'
import { z } from 'zod'
import { isCurrency } from '../../money.ts'
import { type Fault, readYamlFile, TemplateFileError } from '../../yaml-file.ts'
import { canonicalText } from '../normalise.ts'
import type { Signs } from './amounts.ts'

export interface CatalogueItem {
  /** The shop's own name for it: SKU, or id of a title. */
  id: string
  name: { en: string; ja: string }
  /** Other names that customers use, in any language. */
  aliases: string[]
}

/** `templates/catalogue.yaml`: what customers may be talking about. */
export interface Catalogue {
  currencies: Signs
  products: CatalogueItem[]
  titles: CatalogueItem[]
}

const line = z.string().trim().min(1, 'is empty: write a name or remove the line').max(200)
const currency = z.string().refine(isCurrency, 'is not an ISO 4217 currency such as USD or JPY')
const item = z.strictObject({
  id: line,
  name: z.strictObject({ en: line, ja: line }),
  aliases: z.array(line).default([]),
})
const schema = z.preprocess(
  (value) => value ?? {},
  z.strictObject({
    currencies: z
      .strictObject({ $: currency.default('USD'), '¥': currency.default('JPY') })
      .default({ $: 'USD', '¥': 'JPY' }),
    products: z
      .array(item)
      .nullish()
      .transform((items) => items ?? []),
    titles: z
      .array(item)
      .nullish()
      .transform((items) => items ?? []),
  }),
)

/** A shop that did not say what it sells. */
export const EMPTY_CATALOGUE: Catalogue = {
  currencies: { $: 'USD', '¥': 'JPY' },
  products: [],
  titles: [],
}

/**
 * Reads the catalogue. An empty file, or none, is a catalogue of nothing.
 * @throws TemplateFileError with every fault: ids that stand twice, names that mean two things or nothing
 */
export function loadCatalogue(file: string): Catalogue {
  if (!existsSync(file)) return EMPTY_CATALOGUE
  const { value, at } = readYamlFile<Catalogue>(file, schema as z.ZodType<Catalogue>)
  const faults: Fault[] = []
  const ids = new Set<string>()
  const owners = new Map<string, string>()
  for (const list of ['products', 'titles'] as const) {
    for (const [index, { id, name, aliases }] of value[list].entries()) {
      const fault = (path: PropertyKey[], message: string) =>
        faults.push({
          file,
          ...at([list, index, ...path]),
          message: `${list}.${index}.${path.join('.')}: ${message}`,
        })
      if (ids.has(id)) fault(['id'], `"${id}" stands in this file twice: give each its own id`)
      ids.add(id)
      const names: [PropertyKey[], string][] = [
        [['name', 'en'], name.en],
        [['name', 'ja'], name.ja],
        ...aliases.map((alias, i): [PropertyKey[], string] => [['aliases', i], alias]),
      ]
      for (const [path, text] of names) {
        const key = `${canonicalText(text).trim()} ${text.normalize('NFKC').replace(/\D/g, '')}`
        if (!/[\p{L}\p{N}]/u.test(key)) fault(path, 'has no letters, so that no post can ever name it')
        const owner = owners.get(key)
        if (owner !== undefined && owner !== id) {
          fault(path, `"${text}" is a name of ${owner} too: a post could mean either, so keep one`)
        }
        owners.set(key, id)
      }
    }
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return value
}
