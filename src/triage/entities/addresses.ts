import { HAN, HIRAGANA, isDigit, KATAKANA, type Plain, type Span } from './plain-text.ts'

/** Street addresses, down to the door. */
export function findAddresses({ text, hasDigit, hasJapanese, hasLatin }: Plain): Span[] {
  const found: Span[] = []
  if (hasJapanese) findJapanese(text, found)
  if (hasDigit && hasLatin) findWestern(text, found)
  return found
}

const NUMBER = '(?:\\d{1,5}|[一二三四五六七八九十]{1,3})'
const BLOCK = new RegExp(`(?<!\\d)${NUMBER}(?:丁目|番地?(?!号|組|目)|-(?=\\d{1,4}(?!\\d)))`, 'g')
const BLOCKS = new RegExp(
  `${NUMBER}(?:(?:丁目|番地の?|番|号|-|の) ?${NUMBER}){0,5}(?:丁目|番地?|号室?|室)?`,
  'y',
)
const BUILDING = new RegExp(
  `[ \\n、,]{0,2}([${HAN}${KATAKANA}${HIRAGANA}A-Za-z]{1,20}?) ?(?:\\d{1,5}|[A-Z]\\d{0,4}|\\d{1,3}-\\d{1,4})(号室|号|室|F|階)?(?![\\d-])`,
  'y',
)
const HOUSE =
  /マンション|アパート|ハイツ|荘$|ビル|コーポ|レジデンス|パレス|メゾン|タワー|ハウス|ヒルズ|団地|コート|ハイム|号棟|棟$|シャトー|グラン|プラザ/
const PLACE = new RegExp(`[${HAN}${KATAKANA}${HIRAGANA}]`)
const PREFECTURE =
  /東京都|北海道|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県/
const CITY = new RegExp(`(?:[${HAN}ァ-ヴー]{1,6}|(?<![${HIRAGANA}])[${HIRAGANA}]{2,4})[市区町村郡]`)
const KANA_CITY = new RegExp(`[はがをへ、。 ]([${HIRAGANA}]{2,4}市)`)
const RUN_BEFORE = 36

function findJapanese(text: string, found: Span[]): void {
  let past = 0
  for (const { index } of text.matchAll(BLOCK)) {
    if (index < past) continue
    let from = index
    while (from > past && index - from < RUN_BEFORE && isPlace(text, from - 1)) from--
    const run = text.slice(from, index)
    BLOCKS.lastIndex = index
    const blocks = BLOCKS.exec(text)?.[0] ?? ''
    const start = startOf(run, blocks)
    if (start < 0) continue
    let end = index + blocks.length
    BUILDING.lastIndex = end
    const building = BUILDING.exec(text)
    if (building && (building[2]?.includes('室') || HOUSE.test(building[1] as string)))
      end = BUILDING.lastIndex
    found.push({ start: from + start, end })
    past = end
  }
}

function isPlace(text: string, at: number): boolean {
  // Sapporo counts its blocks within the name: 北1条西2丁目
  return (
    PLACE.test(text[at] as string) || (isDigit(text.charCodeAt(at)) && /[\d条線]/.test(text[at + 1] ?? ''))
  )
}

/** Where the address begins in what stands before its first number; -1 where that is no address. */
function startOf(run: string, blocks: string): number {
  // "東京都の3-4日" counts days
  if (/[にでをはがともへの]$/.test(run)) return -1
  const prefecture = PREFECTURE.exec(run)
  if (prefecture) return prefecture.index
  const kana = KANA_CITY.exec(run)
  if (kana) return kana.index + 1
  const city = CITY.exec(run)
  if (city && run.length > city.index + city[0].length) return city.index
  // 「神南1丁目2-3」
  const town = new RegExp(`[${HAN}]{2,8}$`).exec(run)
  return town && /丁目/.test(blocks) && /丁目 ?(?:\d|[一二三四五六七八九十])/.test(blocks) ? town.index : -1
}

const STREET =
  /(?<![\w$£€¥.,#/-])\d{1,5}[A-Za-z]?,? ((?:(?:[A-Za-z][A-Za-z'’.]{0,20}|\d{1,3}(?:st|nd|rd|th)) ){1,3})(street|road|rd|avenue|ave|lane|boulevard|blvd|crescent|terrace|gardens|drive|st|ln|dr|court|ct|close|way|place|pl|square|mews|grove|parkway|highway|hwy)(?![A-Za-z])\.?/gi
/** Suffixes that are hardly anything else; the others need their capitals. */
const SURE = /^(?:street|road|rd|avenue|ave|boulevard|blvd|crescent|lane|parkway)$/i
const NOT_A_STREET = new Set(
  'hour hours hr hrs day days week weeks month months minute minutes min mins mile miles times year years on in of at off down up per to from the my your our their for and is was are star stars gb tb mb usb hard ssd flash disk external items people cars lane-way first same next this that middle other one two k km busy'.split(
    ' ',
  ),
)
const DOOR_BEFORE = /(?:flat|apt\.?|apartment|unit|suite|room) ?#?\w{1,5},? $/i
const DOOR_AFTER = /,? (?:(?:flat|apt\.?|apartment|unit|suite|ste\.?) ?#?\w{1,5}|#\w{1,5})(?!\w)/iy
const OTHERS = [
  /(?<![A-Za-z])P\.?O\.? ?Box ?\d{1,6}/gi,
  /(?<![A-Za-zÀ-ɏ])(?:[A-ZÄÖÜ][A-Za-zäöüß-]{1,24}(?:straße|strasse|str\.|gasse|allee|weg|platz)|[A-ZÄÖÜ][a-zäöüß]{2,20} (?:Straße|Strasse|Str\.|Allee|Platz)) \d{1,4} ?[a-z]?(?![A-Za-z0-9])(?:, \d{5} [A-ZÄÖÜ][a-zäöüß]{2,24})?/g,
  /(?<![\w€])\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|impasse|quai|via|calle) (?:[A-Za-zÀ-ɏ'’-]{1,20} ?){1,4}(?:, \d{5} [A-ZÀ-Ý][a-zà-ÿ-]{2,24})?/g,
  /(?<![A-Za-z])(?:Via|Calle|Rua) (?:[A-ZÀ-Ý][a-zà-ÿ'’]{1,20} ){1,3}\d{1,4}(?![A-Za-z0-9])/g,
]

function findWestern(text: string, found: Span[]): void {
  for (const match of text.matchAll(STREET)) {
    const [all, name = '', suffix = ''] = match
    const words = name.trim().split(' ')
    if (words.some((word) => NOT_A_STREET.has(word.toLowerCase()))) continue
    const capital = [...words, suffix].every((word) => /^[A-Z\d]/.test(word))
    if (!capital && !(SURE.test(suffix) && words.length <= 2)) continue
    const before = DOOR_BEFORE.exec(text.slice(Math.max(0, match.index - 24), match.index))
    let end = match.index + all.length
    DOOR_AFTER.lastIndex = end
    if (DOOR_AFTER.test(text)) end = DOOR_AFTER.lastIndex
    found.push({ start: match.index - (before?.[0].length ?? 0), end })
  }
  for (const pattern of OTHERS) {
    for (const match of text.matchAll(pattern)) {
      found.push({ start: match.index, end: match.index + match[0].trimEnd().length })
    }
  }
}
