import type { Desk } from './desk.ts'
import { signedIn, type Visit } from './visit.ts'

/** Closes a reply with the mark of whoever is signed in, where the brand signs so. */
export function signAs(desk: Desk, visit: Visit): ((text: string, locale: string) => string) | undefined {
  const { sign } = desk.replies
  if (!sign) return undefined
  const { name, login } = signedIn(visit)
  return (text, locale) => sign(text, { name, login }, locale)
}
