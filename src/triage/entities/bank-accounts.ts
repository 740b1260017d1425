import type { Span } from './plain-text.ts'

const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g
const CALLED =
  /(?:口座番号[はが:の ]{0,3}|(?<=銀行.{0,20})(?:普通|当座)(?:預金)?[ :]{0,2}|(?:bank )?account (?:number|no\.?)(?: is|:)? {0,2}|sort code(?: is|:)? {0,2})(\d(?:[ -]?\d){4,15})(?![\d-])/gi

/** Bank accounts: IBANs that pass their check, and numbers that are called one. `text` is plain. */
export function findBankAccounts(text: string): Span[] {
  const found: Span[] = []
  for (const match of text.matchAll(IBAN)) {
    // the words after it may look like a part of it
    for (let value = match[0]; value.length >= 15; value = value.slice(0, value.lastIndexOf(' '))) {
      if (isIban(value.replaceAll(' ', ''))) {
        found.push({ start: match.index, end: match.index + value.length })
        break
      }
      if (!value.includes(' ')) break
    }
  }
  for (const match of text.matchAll(CALLED)) {
    const end = match.index + match[0].length
    found.push({ start: end - (match[1] as string).length, end })
  }
  return found
}

/** ISO 7064, mod 97. */
function isIban(value: string): boolean {
  if (value.length < 15 || value.length > 34) return false
  let rest = 0
  for (const unit of value.slice(4) + value.slice(0, 4)) {
    const number = Number.parseInt(unit, 36)
    rest = (rest * (number > 9 ? 100 : 10) + number) % 97
  }
  return rest === 1
}
