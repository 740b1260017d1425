import { findPersonalData } from './entities/personal-data.ts'

/**
 * Replaces what `findPersonalData` finds by its kind (`[phone]`, `[mail]`, `[card]`, `[account]`, `[postcode]`,
 * `[address]`, `[name]`), so that a text may stand in a log or go to a model. Order numbers and handles stay.
 * Names are found only where somebody gives them as such. Never throws.
 */
export function maskPersonalData(text: string): string {
  const found = findPersonalData(text)
  if (found.length === 0) return text
  let masked = ''
  let place = 0
  for (const { kind, start, end } of found) {
    masked += `${text.slice(place, start)}[${kind}]`
    place = end
  }
  return masked + text.slice(place)
}
