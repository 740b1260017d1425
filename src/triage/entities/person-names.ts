import { HAN, HIRAGANA, KATAKANA, type Plain, type Span } from './plain-text.ts'

const ENGLISH =
  /(?<![a-z])(?:my (?:full |real |last |first )?name is|my (?:full )?name's|my (?:full |real )?name ?:|(?:full |customer )?name ?: |(?:order|account|parcel|package) is under the name(?: of)?|name on the (?:order|account|parcel) (?:is|was)) {0,2}((?:[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.-]{0,24})(?: [A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]{0,24}){0,3})/gi
const NOT_A_NAME = new Set(
  'on not in wrong misspelled misspelt spelled spelt still missing being the a an nowhere mud correct incorrect right clearly also never listed printed written there all under at and but with from i it its no now just even only so really very same different what who for to by being shown showing displayed cut off unknown hidden private irrelevant changed misprinted everywhere somewhere used what easy long short common unique taken'.split(
    ' ',
  ),
)
const WRITTEN = `(?:[${HAN}]{1,4}[ ・]?[${HAN}]{1,4}?|[${HAN}]{1,4} ?[${HIRAGANA}]{1,5}?|[${KATAKANA}]{2,12}(?: [${KATAKANA}]{2,12})?|[${HIRAGANA}]{2,5}?(?: [${HIRAGANA}]{2,5}?)?|[A-Za-z]{2,20}(?: [A-Za-z]{2,20})?)`
const CALLED = new RegExp(
  `(?:名前|氏名|名義)(?:は|:) ?「?(${WRITTEN})」?(?=です|でございます|だ[。よ]|と申|とい[いう]|と言[いう]|、|。|\\n|$| )`,
  'g',
)
const INTRODUCED = new RegExp(
  `(?:(?<=^|[。、！!？?\\n 「はの])|(?<=[${HIRAGANA}]))(${WRITTEN})」?(?:と申し?ます|と申す|と申しまして|と言います|といいます)`,
  'gm',
)
const NOBODY = new Set(
  '同じ 別 不明 違う 間違い 正しい 一緒 本名 匿名 偽名 内緒 秘密 無し なし そのまま このまま 者 客 もの とは あれ これ それ どこ だれ 誰 何 なに 無記名 旧姓 合って あって 伏せ 非公開'.split(
    ' ',
  ),
)

/** Names that somebody gives as such: "my name is …", 「名前は…」, 「…と申します」. Names in passing are not found. */
export function findPersonNames({ text, hasLatin, hasJapanese }: Plain): Span[] {
  const found: Span[] = []
  if (hasLatin) {
    for (const match of text.matchAll(ENGLISH)) {
      const said = match[1] as string
      const name = nameIn(said)
      const start = match.index + match[0].length - said.length
      if (name !== '') found.push({ start, end: start + name.length })
    }
  }
  if (hasJapanese) {
    for (const pattern of [CALLED, INTRODUCED]) {
      for (const match of text.matchAll(pattern)) {
        const name = match[1] as string
        if (NOBODY.has(name)) continue
        const start = match.index + match[0].indexOf(name)
        found.push({ start, end: start + name.length })
      }
    }
  }
  return found
}

/** Of the words after "my name is" those that are a name: with capitals, or the first two where nothing has any. */
function nameIn(said: string): string {
  const words = said.split(' ')
  const first = words[0] as string
  if (NOT_A_NAME.has(first.toLowerCase()) || (first.length < 2 && words.length < 2)) return ''
  const capital = /^[A-ZÀ-Ý]/.test(first)
  const size = words.findIndex(
    (word, index) =>
      index > 0 && (NOT_A_NAME.has(word.toLowerCase()) || (capital ? !/^[A-ZÀ-Ý]/.test(word) : index > 1)),
  )
  return (size === -1 ? words : words.slice(0, size)).join(' ').replace(/[.'’-]+$/, '')
}
