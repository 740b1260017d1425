import type { Brand } from './brand.ts'
import { weighText } from './weigh.ts'

/** Who lets a reply go out: a person, or policy without one. */
export type Signer = { name: string; login: string } | 'policy'

/** Marks that people put at the end: ^KS. Of another person's, too: a text may be approved by a second one. */
const AGENTS_MARK = /\s*\^[A-Z]{1,3}$/
const LONGEST_MARK = '.^WWW'

/**
 * Closes a text with the mark of whoever lets it go out, where the brand signs so: a person's initials, or the
 * label for what went out by itself. The mark of somebody else who approved it before goes.
 */
export function signText(brand: Brand, text: string, signer: Signer, locale: string): string {
  const { signature } = brand
  if (signature === undefined || typeof signature === 'string') return text
  const bare = unsign(brand, text, locale)
  const mark =
    signer === 'policy' ? signature.automated?.[locale] : signature.agents && `^${initials(signer)}`
  return mark ? `${bare} ${mark}` : bare
}

/** The text without a mark that `signText` put there. */
export function unsign(brand: Brand, text: string, locale: string): string {
  const { signature } = brand
  if (signature === undefined || typeof signature === 'string') return text
  const label = signature.automated?.[locale]
  const labelled = label !== undefined && text.endsWith(` ${label}`)
  const bare = labelled ? text.slice(0, -label.length - 1) : text
  return signature.agents ? bare.replace(AGENTS_MARK, '') : bare
}

/** Room that the longest mark of a person takes. The brand's one mark for all is part of the text already. */
export function markWeight({ signature }: Brand): number {
  return typeof signature === 'object' && signature.agents ? weighText(LONGEST_MARK) : 0
}

/** Up to three letters: of the name where it is written in Latin letters, else of the login. */
function initials({ name, login }: { name: string; login: string }): string {
  const words = [name, login.replace(/@.*/, '')].map((text) => text.match(/[a-z]+/gi) ?? [])
  const chosen = words.find(({ length }) => length > 0) ?? []
  const letters = chosen.length > 1 ? chosen.map((word) => word[0]).join('') : (chosen[0] ?? '').slice(0, 2)
  return letters.slice(0, 3).toUpperCase()
}
