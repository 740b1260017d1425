import { HAN, HIRAGANA, KATAKANA, type Span } from './entities/plain-text.ts'

/** 「田中さん」「山田 太郎様」: what stands before a title. */
const CALLED = new RegExp(
  `((?:[${HAN}]{1,4} )?[${HAN}]{1,5}|[${HAN}]{1,2}[${HIRAGANA}]{1,3}|(?<![${KATAKANA}])[${KATAKANA}]{2,10}(?: [${KATAKANA}]{2,10})?|(?<![${HIRAGANA}])[${HIRAGANA}]{2,4}|(?<![A-Za-z])[A-Za-z]{2,20}(?: [A-Za-z]{2,20})?) ?(?:さん|さま|様(?![子々相式態変])|氏(?![名族])|殿(?!堂)|ちゃん|くん|君(?!が|は|の|に|を|も|と))`,
  'g',
)
/** 「担当の佐藤」「オペレーターの鈴木という方」 */
const STAFF = new RegExp(
  `(?:担当|担当者|オペレーター|店員|店長|配達員|ドライバー|責任者|窓口|係)の([${HAN}]{1,3}|[${KATAKANA}]{2,8})(?=さん|様|氏|とい|と名乗|と申|に|が|は|から|って|、|。|\\n|$)`,
  'g',
)
/** Before さん and 様 without being anybody: roles, callings, relatives, words that end in 様. 花子 and 土屋 are somebody. */
const NOBODY = new RegExp(
  [
    '(?:業者|店員|配達員|係員|職員|社員|局員|駅員|会員|店長|社長|先生|担当|運転手|責任者|当者|関係者|利用者|消費者|お客|疲れ|苦労|お世話|互い|気の毒|待ち遠)$',
    '(?:本|郵便|電気|宅配|運送|配送|花|八百|魚|肉|薬|酒|米|靴|時計|修理|不動産|業)屋$',
    '(?:運営|お客|相手|会社|企業|店|先方|売り手|メーカー)側$',
    '^[お御ご義祖叔伯]{0,2}(?:母|父|兄|姉|妹|弟|婆|爺|嫁|娘|奥|客|皆|子|店|主人|旦那|隣|陰|馳走|愁傷|粗末|疲れ|医者)$',
    '^(?:屋|息子|患者|読者|若者|役者|相手|助手|大家|御社|貴社|各社|会社|両社|他社|赤|沢山|係|窓口|管理人|世話|お世話)$',
    '^(?:仕|同|多|模|異|一|左|何|有|貴|外|両|各|図|生|お|ご|みな|みんな|たく|あか|かみ|おきゃく|お?じい|お?ばあ|おじ|おば|おとう|おかあ|おにい|おねえ|ごちそう|おかげ|たくさん)$',
    '^(?:アマゾン|ヤマト|クロネコ|スタッフ|ドライバー|オペレーター|サポート|メーカー|ショップ|カスタマー|センター|ユーザー|ファン|メンバー|コールセンター)$',
  ].join('|'),
)
/** 神様 is nobody, 神さん may be. */
const NOBODY_HIGH = /^(?:神|王|仏|殿|皇|孫)$/
const ENGLISH = [
  /(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? ((?:[A-ZÀ-Ý][A-Za-zà-ÿ'’-]{1,24})(?: [A-ZÀ-Ý][A-Za-zà-ÿ'’-]{1,24}){0,2})/g,
  /(?<![A-Za-z])(?:spoke (?:to|with)|talked (?:to|with)|speaking (?:to|with)|chatted with|(?:agent|driver|guy|man|woman|lady|rep|colleague|advisor|manager|courier|someone|somebody|person) (?:called|named)|served by|attn:?|attention:?|c\/o|care of|this is|it'?s|i am|i'?m|I’m|on behalf of|name'?s|signed(?: for)? by|addressed to|account of|belongs to|wife|husband|daughter|son|mother|father|neighbou?r|colleague) ((?:[A-ZÀ-Ý][a-zà-ÿ'’]{1,24})(?:[ -][A-ZÀ-Ý][a-zà-ÿ'’]{1,24}){1,2})/g,
  /(?<![A-Za-z])(?:spoke (?:to|with)|talked (?:to|with)|speaking (?:to|with)|chatted with|(?:agent|driver|guy|man|woman|lady|rep|colleague|advisor|manager|courier|someone|somebody|person) (?:called|named)|served by|signed(?: for)? by) ([A-ZÀ-Ý][a-zà-ÿ'’]{1,24})/g,
  /(?:regards|cheers|thanks|thank you|sincerely|best|yours|faithfully|love|xx?),? *[\n-]+ *((?:[A-ZÀ-Ý][A-Za-zà-ÿ'’.-]{0,24})(?: [A-ZÀ-Ý][A-Za-zà-ÿ'’.-]{0,24}){0,2})[ .!]*$/gim,
]
const NOT_A_NAME =
  /^(?:Amazon|Customer|Support|Service|Team|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|English|Japanese|Prime|The|A|An|No|Not|So|Very)(?![a-z])/

/** People who are named in passing, as far as a title or the words before tell. Of plain text. */
export function findPeople(text: string): Span[] {
  const found: Span[] = []
  const take = (match: RegExpExecArray, name: string) => {
    const start = match.index + match[0].indexOf(name)
    found.push({ start, end: start + name.length })
  }
  for (const match of text.matchAll(CALLED)) {
    const name = match[1] as string
    const high = match[0].endsWith('様') && NOBODY_HIGH.test(name)
    if (!NOBODY.test(name) && !high && !isManner(match[0], name)) take(match, name)
  }
  for (const match of text.matchAll(STAFF))
    if (!NOBODY.test(match[1] as string)) take(match, match[1] as string)
  for (const pattern of ENGLISH) {
    for (const match of text.matchAll(pattern)) {
      if (!NOT_A_NAME.test(match[1] as string)) take(match, match[1] as string)
    }
  }
  return found
}

/** 「壊れた様です」 says how it seems. */
function isManner(called: string, name: string): boolean {
  return called.endsWith('様') && /\p{sc=Han}.*[たなるのいうくすつむぶぐ]$/u.test(name)
}
