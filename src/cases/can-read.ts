import { reads } from '../store/readers.ts'

/** Somebody would be handed a case that they can not read. */
export interface Unread {
  outcome: 'unread'
  /** Whom it was meant for. */
  name: string
  language: string
}

/** What speaks against handing a case to somebody, or null; nothing where the giver insists. */
export function unreadBy(
  person: { name: string; languages: string[] | null },
  language: string,
  insists: boolean,
): Unread | null {
  if (insists || reads(person.languages, language)) return null
  return { outcome: 'unread', name: person.name, language }
}
