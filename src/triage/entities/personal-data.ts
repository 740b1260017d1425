import { findAddresses } from './addresses.ts'
import { findBankAccounts } from './bank-accounts.ts'
import { findMailAddresses } from './mail-addresses.ts'
import { findReferenceNumbers, type ReferenceNumber } from './order-numbers.ts'
import { findPersonNames } from './person-names.ts'
import { findPhonesAndCards } from './phones-and-cards.ts'
import { type Plain, plainText, type Span } from './plain-text.ts'
import { findPostcodes } from './postcodes.ts'
import { createTaken, type Taken } from './taken.ts'

export const PERSONAL_KINDS = ['phone', 'mail', 'card', 'account', 'address', 'postcode', 'name'] as const
export type PersonalKind = (typeof PERSONAL_KINDS)[number]

/** A place in a text that tells who somebody is, where they live or how they pay. */
export interface PersonalData extends Span {
  kind: PersonalKind
}

/** Personal data in the order of the text, no two overlapping. Never throws; time grows with length only. */
export function findPersonalData(source: string): PersonalData[] {
  const plain = plainText(source)
  const taken = createTaken(source.length)
  return claimPersonal(plain, findReferenceNumbers(plain), taken).personal
}

/**
 * Claims personal data and the numbers of orders and parcels: what looks like both is an order number, unless it is
 * a valid card or account.
 */
export function claimPersonal(
  plain: Plain,
  references: readonly ReferenceNumber[],
  taken: Taken,
): { personal: PersonalData[]; orders: ReferenceNumber[] } {
  const { text, hasDigit, hasLatin } = plain
  const personal: PersonalData[] = []
  const add = (kind: PersonalKind, spans: readonly Span[]) => {
    for (const { start, end } of spans) if (taken.claim({ start, end })) personal.push({ kind, start, end })
  }
  if (hasLatin) add('mail', findMailAddresses(text))
  const numbers = hasDigit ? findPhonesAndCards(text) : []
  if (hasDigit) add('account', findBankAccounts(text))
  for (const found of numbers) if (found.kind === 'card') add('card', [found])
  const orders = references.filter((reference) => taken.claim(reference))
  add('address', findAddresses(plain))
  if (hasDigit) add('postcode', findPostcodes(text))
  for (const found of numbers) if (found.kind === 'phone') add('phone', [found])
  add('name', findPersonNames(plain))
  return { personal: personal.sort((a, b) => a.start - b.start), orders }
}
