import { HAN, type Span } from './plain-text.ts'

const JAPANESE = new RegExp(
  `(?:〒 ?|(?<=郵便番号[はが: ]{0,2}))\\d{3}-?\\d{4}(?!\\d)|(?<![\\d-])\\d{3}-\\d{4}(?![\\d-])(?=[ \\n]{0,2}(?:東京都|北海道|京都府|大阪府|[${HAN}]{2,3}県|[${HAN}]{1,4}市))`,
  'g',
)
const BRITISH = /(?<![A-Za-z0-9])([A-Z]{1,2})\d[0-9A-Z]? (\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])/g
const CANADIAN =
  /(?<![A-Za-z0-9])[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d(?![A-Za-z0-9])/g
const AMERICAN = /(?<![A-Za-z0-9])([A-Z]{2}),? \d{5}(?:-\d{4})?(?![A-Za-z0-9-])/g
const CALLED =
  /(?<![a-z])(?:post ?code|zip(?: ?code)?|postal code|pin ?code)(?: is|:)? {0,2}((?=[a-z0-9 -]{0,6}\d)[a-z0-9]{2,5}(?:[ -]?[a-z0-9]{3,4})?)(?![a-z0-9])/gi

const BRITISH_AREAS = new Set(
  'AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE'.split(
    ' ',
  ),
)
const STATES = new Set(
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR'.split(
    ' ',
  ),
)
/** States that are words when somebody shouts: only behind the comma of an address. */
const WORDS = new Set('HI IN ME OH OK OR PA MA AL DE LA ID'.split(' '))

/** Postal codes of Japan, Britain, Canada and the United States, and those that are called one. `text` is plain. */
export function findPostcodes(text: string): Span[] {
  const found: Span[] = []
  const add = (match: RegExpExecArray) => {
    found.push({ start: match.index, end: match.index + match[0].length })
  }
  for (const match of text.matchAll(JAPANESE)) add(match)
  for (const match of text.matchAll(BRITISH)) {
    const [, area = '', inward = ''] = match
    // "M1 8GB" is a computer
    if (BRITISH_AREAS.has(area) && !/[GTMK]B$/.test(inward)) add(match)
  }
  for (const match of text.matchAll(CANADIAN)) add(match)
  for (const match of text.matchAll(AMERICAN)) {
    const state = match[1] as string
    if (!STATES.has(state)) continue
    if (WORDS.has(state) && !/, ?$/.test(text.slice(Math.max(0, match.index - 2), match.index))) continue
    add(match)
  }
  for (const match of text.matchAll(CALLED)) {
    const end = match.index + match[0].length
    const value = match[1] as string
    if (/\d/.test(value) && value.length >= 5) found.push({ start: end - value.length, end })
  }
  return found
}
