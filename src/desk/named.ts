import { formatMoney } from '../money.ts'
import type { StoredEntity } from '../store/schema.ts'
import { formatDay } from './format.ts'
import { type Language, translateOr } from './i18n.ts'

export interface NamedThing {
  kind: string
  /** In the reader's words where we have them, else the customer's. */
  text: string
  /** What it comes to: the day that "last Tuesday" was. */
  means: string
  /** A number that people copy into another system. */
  copied: boolean
}

const MOST = 16
/** A name is not flagged: people on X have one anyway. */
const UNSAFE_IN_PUBLIC = ['phone', 'mail', 'card', 'account', 'address', 'postcode']

/** What the posts of a case name, each once. */
export function namedIn(language: Language, entities: readonly StoredEntity[]): NamedThing[] {
  const found = new Map<string, NamedThing>()
  for (const entity of entities) {
    const thing = describe(language, entity)
    if (thing) found.set(`${thing.kind} ${thing.text.toLowerCase()} ${thing.means}`, thing)
  }
  return [...found.values()].slice(0, MOST)
}

/** The personal data that a post shows to everybody, as a list in words; null where it shows none. */
export function shownInPublic(language: Language, entities: readonly StoredEntity[]): string | null {
  const kinds = UNSAFE_IN_PUBLIC.filter((kind) => entities.some((entity) => entity.kind === kind))
  if (kinds.length === 0) return null
  const words = kinds.map((kind) => translateOr(language, 'personalKind', kind))
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(words)
}

function describe(language: Language, entity: StoredEntity): NamedThing | null {
  const { kind, text = '', name, amountMinor, currency, date } = entity
  const plain = { kind, text, means: '', copied: false }
  switch (kind) {
    case 'order':
    case 'tracking':
      return { ...plain, copied: true }
    case 'product':
    case 'title':
      return { ...plain, text: name?.[language] ?? text }
    case 'amount':
      if (amountMinor === undefined || currency === undefined) return plain
      return { ...plain, text: formatMoney(amountMinor, currency, language) }
    case 'date':
      return { ...plain, means: date ? formatDay(language, date) : '' }
    default:
      return null
  }
}
