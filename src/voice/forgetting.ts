import type { Store } from '../store/database.ts'
import { type ErasureResult, erasePerson, lookAtPerson, type PersonFound } from '../store/erase-person.ts'
import { erasedPeople, everybody } from '../store/erasures.ts'
import {
  accountOfCase,
  findAccount,
  followPerson,
  type Person,
  peopleOfPseudonym,
} from '../store/person-traces.ts'
import type { PersonId, Pseudonyms } from './pseudonym.ts'

/** How somebody may be named: their account, their customer id, their case, or the pseudonym in a contact. */
export type PersonName =
  | { kind: 'account'; network: string; name: string }
  | { kind: 'customer'; id: string }
  | { kind: 'case'; id: number }
  | { kind: 'pseudonym'; pseudonym: string }

/**
 * Reads `x:@handle`, `x:12345`, `@handle` (on X), `shop:CUSTOMER`, `case:12` or a pseudonym such as `a1b2c3.…`.
 * @returns null where it is none of them
 */
export function readPersonName(text: string): PersonName | null {
  const written = text.normalize('NFKC').trim()
  if (written.length > 500) return null
  if (/^[0-9a-f]{6}\.[\w-]{22}$/.test(written)) return { kind: 'pseudonym', pseudonym: written }
  const [, prefix = written.startsWith('@') ? 'x' : '', rest = ''] =
    /^(?:([a-z][\w-]*):)?(.+)$/s.exec(written) ?? []
  const name = rest.trim().replace(/^@/, '')
  if (prefix === '' || name === '') return null
  if (prefix === 'shop') return { kind: 'customer', id: rest.trim() }
  if (prefix === 'case') return /^[1-9]\d{0,14}$/.test(name) ? { kind: 'case', id: Number(name) } : null
  return { kind: 'account', network: prefix, name }
}

/** Finds who is meant and everything that there is of them. Changes nothing. @returns null where nobody is known so */
export async function findPerson(
  store: Store,
  pseudonyms: Pseudonyms,
  name: PersonName,
): Promise<PersonFound | null> {
  const person = await whoIs(store, pseudonyms, name)
  if (!person) return null
  const found = await lookAtPerson(store, person, allPseudonyms(pseudonyms, person))
  return Object.keys(found.rows).length === 0 ? null : found
}

/**
 * Erases a person everywhere: in one transaction, or not at all. Their next post, if they write one, is that of somebody
 * new. The record names them by keyed hash (the pseudonym of the current key), so that it can be shown to whoever
 * knows their id, held against exports, and played again after a backup was restored (`eraseAgain`).
 * @param actor 'user:7' or 'command-line'
 */
export async function forgetPerson(
  store: Store,
  pseudonyms: Pseudonyms,
  name: PersonName,
  actor: string,
): Promise<ErasureResult> {
  const person = await whoIs(store, pseudonyms, name)
  return person ? erase(store, pseudonyms, person, actor, false) : { outcome: 'nothing' }
}

export interface ErasedAgain {
  /** People who had come back, and were erased again. */
  erased: number
  /** Who is left because something of theirs is in flight. */
  inFlight: number
  /** Records under a key that is not known any more: nobody can say who they were. */
  unknown: number
}

/**
 * Erases everybody again whom the records name and of whom there is something older than their erasure: after a backup
 * was restored. The records of this database count, and those that are given (what `person erasures --json` printed
 * before: a backup does not hold the erasures that came after it).
 */
export async function eraseAgain(
  store: Store,
  pseudonyms: Pseudonyms,
  records: readonly { at: Date; people: readonly string[] }[],
  actor: string,
): Promise<ErasedAgain> {
  const wanted = await erasedPeople(store)
  for (const { at, people } of records) {
    for (const person of people) {
      const known = wanted.get(person)
      if (!known || known < at) wanted.set(person, at)
    }
  }
  const result: ErasedAgain = {
    erased: 0,
    inFlight: 0,
    unknown: [...wanted.keys()].filter((person) => !pseudonyms.isKnown(person)).length,
  }
  if (wanted.size === 0) return result
  for await (const page of everybody(store)) {
    for (const { network, id, since } of page) {
      const erasedAt = pseudonyms
        .all({ network, id })
        .map((pseudonym) => wanted.get(pseudonym))
        .find((at) => at !== undefined)
      if (!erasedAt || since > erasedAt) continue
      const person =
        network === SHOP
          ? { accounts: [], customers: [id] }
          : { accounts: [{ network, authorId: id }], customers: [] }
      const { outcome } = await erase(store, pseudonyms, await followPerson(store, person), actor, true)
      if (outcome === 'erased') result.erased++
      if (outcome === 'in-flight') result.inFlight++
    }
  }
  return result
}

const SHOP = 'shop'

function erase(store: Store, pseudonyms: Pseudonyms, person: Person, actor: string, again: boolean) {
  const keyedHashes = idsOf(person).map((id) => pseudonyms.of(id))
  return erasePerson(store, person, allPseudonyms(pseudonyms, person), { actor, keyedHashes, again })
}

async function whoIs(store: Store, pseudonyms: Pseudonyms, name: PersonName): Promise<Person | null> {
  const person = await named(store, pseudonyms, name)
  return person.accounts.length + person.customers.length > 0 ? followPerson(store, person) : null
}

async function named(store: Store, pseudonyms: Pseudonyms, name: PersonName): Promise<Person> {
  switch (name.kind) {
    case 'account':
      return { accounts: await findAccount(store, name.network, name.name), customers: [] }
    case 'customer':
      return { accounts: [], customers: [name.id] }
    case 'case': {
      const account = await accountOfCase(store, name.id)
      return { accounts: account ? [account] : [], customers: [] }
    }
    case 'pseudonym': {
      // What a contact was made of may be somebody else's by now (an erased account): only who has this name counts.
      const near = await peopleOfPseudonym(store, name.pseudonym)
      const is = (id: PersonId) => pseudonyms.all(id).includes(name.pseudonym)
      return {
        accounts: near.accounts.filter(({ network, authorId }) => is({ network, id: authorId })),
        customers: near.customers.filter((id) => is({ network: SHOP, id })),
      }
    }
  }
}

function idsOf({ accounts, customers }: Person): PersonId[] {
  return [
    ...accounts.map(({ network, authorId }) => ({ network, id: authorId })),
    ...customers.map((id) => ({ network: SHOP, id })),
  ]
}

function allPseudonyms(pseudonyms: Pseudonyms, person: Person): string[] {
  return idsOf(person).flatMap((id) => pseudonyms.all(id))
}
