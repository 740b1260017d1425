// Every expression is bounded and has no nested repetition, so that no text can make it slow.
const CANDIDATES: [RegExp, string, ((found: string) => boolean)?][] = [
  [/[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,4}/gu, '[mail]'],
  [/〒\s?[0-9０-９]{3}[-‐-―−ー-]?[0-9０-９]{4}/gu, '[postcode]'],
  [
    /(?<![0-9０-９-])[0-9０-９]{4}[ -]?[0-9０-９]{4}[ -]?[0-9０-９]{4}[ -]?[0-9０-９]{1,7}(?![0-9０-９-])/gu,
    '[card]',
    isCard,
  ],
  [/(?<![0-9０-９-])3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}(?![0-9-])/gu, '[card]', isCard],
  [
    /(?<![0-9０-９A-Za-z-])(?:[+＋][0-9０-９]{1,3}[ -]?)?[(（]?[0０][0-9０-９]{1,4}[)）]?[-‐-―−ー .-]?[0-9０-９]{1,4}[-‐-―−ー .-]?[0-9０-９]{3,4}(?![0-9０-９-])/gu,
    '[phone]',
    isPhone,
  ],
  [
    /(?<![0-9A-Za-z-])[+＋][0-9]{1,3}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9]{1,4}(?:[ .-]?[0-9]{2,4}){1,4}(?![0-9-])/gu,
    '[phone]',
    isPhone,
  ],
  [/(?<![0-9A-Za-z-])(?:1[ .-])?\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}(?![0-9-])/gu, '[phone]'],
  [
    /(?:東京都|北海道|(?:京都|大阪)府|\p{Script=Han}{2,3}県)[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}ヶケノ]{1,24}[0-9０-９一二三四五六七八九十]{1,4}(?:丁目|番地?|号|[-‐-―−ー-][0-9０-９]{1,4}|[0-9０-９]{1,4}){0,6}/gu,
    '[address]',
  ],
  [
    /[\p{Script=Han}ヶケノ]{1,6}[市区町村][\p{Script=Han}\p{Script=Katakana}ヶケノ]{1,12}[0-9０-９]{1,4}(?:丁目|[-‐-―−ー-])[0-9０-９]{1,4}(?:番地?|号|[-‐-―−ー-][0-9０-９]{1,4}){0,3}/gu,
    '[address]',
  ],
  [
    /(?<![\p{L}\p{N}])[0-9]{1,5}[A-Za-z]? (?:[A-Z][A-Za-z'.]{1,20} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Way|Place|Pl|Terrace|Crescent|Square|Gardens)\b\.?/gu,
    '[address]',
  ],
  [/(?<![\p{L}\p{N}])[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}(?![\p{L}\p{N}])/gu, '[postcode]'],
  [/(?<![\p{L}\p{N}])[A-Z]{2} [0-9]{5}(?:-[0-9]{4})?(?![\p{L}\p{N}-])/gu, '[postcode]'],
]

/**
 * Replaces phone numbers, mail addresses, card numbers, postal codes and street addresses by `[phone]`,
 * `[mail]`, `[card]`, `[postcode]` and `[address]`, so that a text may stand in a log. Order numbers stay.
 * Handles are not touched. Never throws.
 */
export function maskPersonalData(text: string): string {
  let masked = text
  for (const [pattern, replacement, accept] of CANDIDATES) {
    masked = masked.replace(pattern, (found) => (!accept || accept(found) ? replacement : found))
  }
  return masked
}

function digitsOf(text: string): number[] {
  const digits: number[] = []
  for (const character of text.normalize('NFKC')) {
    if (character >= '0' && character <= '9') digits.push(Number(character))
  }
  return digits
}

/** Luhn's check digit: order numbers of the same length rarely pass it. */
function isCard(found: string): boolean {
  const digits = digitsOf(found)
  if (digits.length < 13 || digits.length > 19) return false
  let sum = 0
  for (const [index, digit] of digits.reverse().entries()) {
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function isPhone(found: string): boolean {
  const { length } = digitsOf(found)
  return length >= 9 && length <= 15
}
