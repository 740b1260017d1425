import { type Amount, findAmounts } from './amounts.ts'
import type { Catalogue } from './catalogue.ts'
import { createNameFinder, type NamedItem } from './catalogue-names.ts'
import { findDates, type SaidDate, type Written } from './dates.ts'
import { findReferenceNumbers } from './order-numbers.ts'
import { claimPersonal, type PersonalData } from './personal-data.ts'
import { plainText, type Span } from './plain-text.ts'
import { createTaken } from './taken.ts'

export { type Catalogue, type CatalogueItem, EMPTY_CATALOGUE, loadCatalogue } from './catalogue.ts'
export type { Written } from './dates.ts'
export { findPersonalData, PERSONAL_KINDS, type PersonalData, type PersonalKind } from './personal-data.ts'

/** An order's or a parcel's number, as the customer wrote it but for full-width forms. */
export interface NumberEntity extends Span {
  kind: 'order' | 'tracking'
  text: string
}

/**
 * Something a post names. `text` is as it was written; personal data has none, so that it stands in the post alone
 * and goes when the post goes.
 */
export type Entity =
  | NumberEntity
  | (NamedItem & { text: string })
  | (Amount & { kind: 'amount'; text: string })
  | (SaidDate & { kind: 'date'; text: string })
  | PersonalData

export interface EntityFinder {
  /**
   * Everything that a text names, in its order, no two overlapping; at most `MOST_ENTITIES`. Never throws. Names of
   * the catalogue are looked for in the first 4,000 characters, all else everywhere.
   */
  find(text: string, written: Written): Entity[]
}

const MOST_ENTITIES = 50

/** Builds a finder for order numbers, products and titles, amounts, dates and personal data. */
export function createEntityFinder(catalogue: Catalogue): EntityFinder {
  const findNames = createNameFinder(catalogue)
  return {
    find(source, written) {
      const plain = plainText(source)
      const taken = createTaken(source.length)
      const { personal, orders } = claimPersonal(plain, findReferenceNumbers(plain), taken)
      const found: Entity[] = [...personal]
      for (const { kind, value, start, end } of orders) found.push({ kind, text: value, start, end })
      const textOf = ({ start, end }: Span) => source.slice(start, end)
      for (const named of findNames(source)) {
        if (taken.claim(named)) found.push({ ...named, text: textOf(named) })
      }
      for (const date of findDates(plain, written)) {
        if (taken.claim(date)) found.push({ kind: 'date', ...date, text: textOf(date) })
      }
      for (const amount of findAmounts(plain, catalogue.currencies)) {
        if (taken.claim(amount)) found.push({ kind: 'amount', ...amount, text: textOf(amount) })
      }
      return found.sort((a, b) => a.start - b.start).slice(0, MOST_ENTITIES)
    },
  }
}
