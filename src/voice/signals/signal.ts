import type { Kind } from './watched.ts'

/** What the watch needs to know of a contact. */
export interface CountedContact {
  /** When the customer said it. */
  at: Date
  product: string | null
  title: string | null
  code: string
  /** 0 to 3; 3 is danger. */
  severity: number
  /** Pseudonym: who says the same of the same product again within hours is counted once. Null: everybody counts. */
  person: string | null
}

/** Something happens more often than it does by chance, or somebody is in danger. */
export interface Signal {
  reason: 'surge' | 'danger'
  /** What it is about; 'company' has the name ''. */
  kind: Kind
  name: string
  /** The code that explains most of it; null: no single one does. */
  code: string | null
  at: Date
  /** Where the window begins that raised it. */
  from: Date
  seen: number
  expected: number
  /** How likely chance alone gives as many in that window; 0 for danger. */
  chance: number
}
