import { sentencesOf } from '../check.ts'
import { findLinks } from '../weigh.ts'
import {
  CAUSES,
  ENGLISH_NUMBERS,
  ENGLISH_UNITS,
  HEDGES,
  MONEY,
  ORDINARY_KATAKANA,
  PROMISES,
  REGRET,
  TIMES,
} from './fact-words.ts'

export type FactKind =
  | 'link'
  | 'handle'
  | 'amount'
  | 'number'
  | 'time'
  | 'promise'
  | 'cause'
  | 'name'
  | 'quote'
  | 'lost'
  | 'markup'
  | 'other-words'

export interface ForeignFact {
  kind: FactKind
  /** The words in question. */
  found: string
}

/** Of its words this share must be the draft's own: else it is no wording of it. */
const LEAST_SHARED = 0.25

/**
 * What a new wording of a draft says that the draft does not, or leaves out; null where it says the same. Both with
 * their links, account names and names hidden. It errs on the side of refusing.
 */
export function foreignFact(
  wording: string,
  draft: string,
  locale: string,
  known: string,
): ForeignFact | null {
  const found = (kind: FactKind, words: string | undefined | null) => (words ? { kind, found: words } : null)
  const plain = plainOf(wording)
  const own = plainOf(draft)
  return (
    found('handle', plain.match(/[@#$][\p{L}_]\w*/u)?.[0]) ??
    found('markup', markup(wording, draft)) ??
    found('link', link(plain)) ??
    found('amount', money(plain, own)) ??
    found('number', missing(numbersOf(plain), numbersOf(own))) ??
    found('time', family(TIMES, plain, own)) ??
    found('promise', family(PROMISES, plain, own) ?? firmer(plain, own)) ??
    found('cause', family(CAUSES, plain, own)) ??
    found('quote', quote(wording, draft)) ??
    found('name', name(wording, `${draft} ${known}`, locale)) ??
    found('lost', missing(numbersOf(own), numbersOf(plain))) ??
    found('other-words', strange(plain, own, locale))
  )
}

function plainOf(text: string): string {
  return text
    .replace(/\[\[\d+\]\]/g, ' ')
    .normalize('NFKC')
    .replaceAll('’', "'")
    .replace(REGRET, ' ')
    .toLowerCase()
}

/** Markup, invisible and direction-changing characters, and what is left of templates or of a conversation. */
function markup(wording: string, draft: string): string | undefined {
  const unseen = wording.replace(/[\n\u200d]/g, '').match(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u)?.[0]
  if (unseen) return `U+${unseen.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`
  const signs = wording
    .replace(/\[\[\d+\]\]/g, '')
    .match(/[<>{}`|\\*_~^=[\]]|\bAI\b|language model|言語モデル/g)
  return signs?.find((sign) => !draft.includes(sign))
}

function link(plain: string): string | undefined {
  const spelled = plain.match(
    /h(?:tt|xx)ps?\b|\bwww\b|\w\s?[[(]\s?(?:\.|dot)\s?[\])]\s?\w+|\w+ dot (?:com|net|org|co|jp|io)\b/,
  )
  return findLinks(plain)[0] ?? spelled?.[0]
}

/** Money that only the wording names, with its figures. */
function money(plain: string, own: string): string | undefined {
  const sign = missing(plain.match(MONEY), own.match(MONEY))
  const at = sign === undefined ? -1 : plain.indexOf(sign)
  if (sign === undefined || at < 0) return undefined
  const before = /[\d.,万千百]*$/.exec(plain.slice(0, at))?.[0] ?? ''
  const after = /^[\d.,]*\d/.exec(plain.slice(at + sign.length))?.[0] ?? ''
  return `${before}${sign}${after}`
}

/** Figures and number words, as figures. */
function numbersOf(plain: string): string[] {
  const figures = (plain.match(/\d+(?:[.,:]\d+)*/g) ?? []).map((each) => each.replace(/,/g, ''))
  const others = plain.match(/(?!\d)\p{N}/gu) ?? []
  const english = [...plain.matchAll(/\b[a-z]+\b(?=[\s-]+([a-z]+)?)?/g)].flatMap(([word, next]) => {
    const figure = ENGLISH_NUMBERS[word]
    if (figure === undefined || (word === 'one' && !ENGLISH_UNITS.test(next ?? ''))) return []
    return [figure]
  })
  const kanji = plain.match(
    /[〇一二三四五六七八九十百千万億]+(?=(?:営業)?日(?!も|でも)|時間|分(?=以内|後|ほど|間)|週|か月|ヶ月|カ月|年|円|割|パーセント|%|倍)/g,
  )
  return [...figures, ...others, ...english, ...(kanji ?? []).map(figureOf)]
}

const KANJI = '〇一二三四五六七八九'
const TENS: Record<string, number> = { 十: 10, 百: 100, 千: 1000 }

function figureOf(kanji: string): string {
  let [whole, part, digit] = [0, 0, 0]
  for (const sign of kanji) {
    const ten = TENS[sign]
    if (KANJI.includes(sign)) digit = digit * 10 + KANJI.indexOf(sign)
    else if (ten) [part, digit] = [part + (digit || 1) * ten, 0]
    else [whole, part, digit] = [(whole + part + digit) * (sign === '億' ? 100_000_000 : 10_000), 0, 0]
  }
  return String(whole + part + digit)
}

/** The first of `some` that is not among `others`. */
function missing(some: readonly string[] | null, others: readonly string[] | null): string | undefined {
  return some?.find((each) => !others?.includes(each))
}

/** The first matter that only the wording names. */
function family(families: Record<string, RegExp>, plain: string, own: string): string | undefined {
  for (const words of Object.values(families)) {
    const named = plain.match(words)?.[0]
    if (named !== undefined && !words.test(own)) return named.trim()
  }
  return undefined
}

/** What the wording says more firmly than the draft: without its denial, its doubt or its condition. */
function firmer(plain: string, own: string): string | undefined {
  for (const words of Object.values(PROMISES)) {
    const asBefore = sentencesOf(own).filter((sentence) => words.test(sentence))
    const bold = sentencesOf(plain).find(
      (sentence) =>
        words.test(sentence) &&
        !asBefore.some((before) => HEDGES.every((hedge) => !hedge.test(before) || hedge.test(sentence))),
    )
    if (bold !== undefined) return bold.match(words)?.[0].trim()
  }
  return undefined
}

/** Words in quotation marks are somebody's: only the draft's own. */
function quote(wording: string, draft: string): string | undefined {
  const quoted = wording.match(/[“"「『][^”"」』]*[”"」』]?/g) ?? []
  return quoted.find((each) => !draft.includes(each.slice(1, -1)) || !/[“"「『]/.test(draft))
}

function name(wording: string, known: string, locale: string): string | undefined {
  const text = wording.replace(/\[\[\d+\]\]/g, ' ')
  const knows = known.toLowerCase()
  const isNew = (word: string) => !knows.includes(word.toLowerCase())
  if (locale === 'ja') {
    const latin = text.match(/[A-Za-z][A-Za-z'&.-]+/g) ?? []
    const katakana = (text.match(/[\p{sc=Katakana}ー・]{2,}/gu) ?? []).filter(
      (word) => !ORDINARY_KATAKANA.has(word),
    )
    const titled = [...text.matchAll(/([\p{sc=Han}\p{sc=Katakana}ー]{1,8})(?:さん|様|氏)/gu)]
      .map(([, who = '']) => who)
      .filter((who) => !/[客皆連者方店]$/.test(who))
    const agents = [...text.matchAll(/(?:担当(?:者)?|店員|社員)の(\p{sc=Han}{2,4})/gu)].map(
      ([, who = '']) => who,
    )
    return [...latin, ...katakana, ...titled, ...agents].find(isNew)
  }
  return sentencesOf(text)
    .flatMap((sentence) => {
      const words = sentence.match(/\p{L}[\p{L}'’&-]*/gu) ?? []
      const named = words.filter(
        (word, place) =>
          (place > 0
            ? /^\p{Lu}/u.test(word) && !/^I(?:['’]\w+)?$/.test(word)
            : /\p{Lu}.*\p{Lu}/u.test(word)) ||
          (place === 0 && words[1] === 'here'),
      )
      return [
        ...named,
        ...(sentence.match(/[\p{sc=Han}\p{sc=Kana}\p{sc=Hira}\p{sc=Cyrl}\p{sc=Arab}]+/gu) ?? []),
      ]
    })
    .find((word) => isNew(word) && !/^(?:DM|DMs|OK|We['’]\w+|You['’]\w+)$/i.test(word))
}

/** The beginning of a text that shares too few words with the draft: another language, or about something else. */
function strange(plain: string, own: string, locale: string): string | undefined {
  const words = wordsOf(plain, locale)
  const known = new Set(wordsOf(own, locale))
  const shared = words.filter((word) => known.has(word)).length
  return shared < words.length * LEAST_SHARED ? plain.slice(0, 40) : undefined
}

function wordsOf(text: string, locale: string): string[] {
  return [...new Intl.Segmenter(locale, { granularity: 'word' }).segment(text)]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment)
}
