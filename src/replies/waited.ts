const ENGLISH_NUMBERS = [
  ...[
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ],
]
const JAPANESE_NUMBERS = '〇一二三四五六七八九十'
const HOURS = { hour: 1, day: 24, week: 168, month: 720 } as const
const JAPANESE_UNITS = { 時間: 1, 日: 24, 週間: 168, か月: 720, ヶ月: 720, カ月: 720, ヵ月: 720 } as const
const MOST = 60

const ENGLISH = new RegExp(
  `(?<!\\b(?:within|in|next|to|or|every|under|takes?|first|last|only|for up to)\\s(?:the\\s|another\\s)?)(?<![\\w-])(\\d{1,2}|an?|${ENGLISH_NUMBERS.slice(1).join('|')}) (hour|day|week|month)(s?)\\b(?![- ](?:delivery|shipping|left|return|trial|free|pass|warranty|guarantee|old|off|later))`,
  'g',
)
// A bare 日 is a date (20日に届く) or a rate (1日2回): only what stands behind it makes a span of it.
const JAPANESE =
  /(?<![\d月第])(\d{1,2}|[一二三四五六七八九十])(時間|週間|[かヶカヵ]月|日(?=間|も|経|た[っつ]|過|待|以上|音|かけ|かか|遅|前に(?:発送|返品|出荷|注文|頼)))(?!後|以内|前後|保証|無料)/g

/** "Day 9 of my two-day delivery." */
const DAY_OF = /\bday (\d{1,2}) of\b/g

/**
 * How long a customer says that they have waited, in our own words ("nine days", 9日): the longest span that the
 * post names; null where it names none, or none that reads like waiting.
 */
export function waitedFor(text: string, locale: string): string | null {
  const plain = text.normalize('NFKC').toLowerCase().replace(DAY_OF, '$1 days')
  const spans = locale === 'ja' ? japaneseSpans(plain) : englishSpans(plain)
  return spans.toSorted((a, b) => b.hours - a.hours)[0]?.said ?? null
}

function englishSpans(text: string): { said: string; hours: number }[] {
  return [...text.matchAll(ENGLISH)].flatMap(([, number = '', unit = '', plural]) => {
    const one = number === 'a' || number === 'an'
    const count = one
      ? 1
      : ENGLISH_NUMBERS.indexOf(number) > 0
        ? ENGLISH_NUMBERS.indexOf(number)
        : Number(number)
    // "2 day shipping" is a kind of shipping, "2 days" is a wait; one hour is nothing to be sorry for by name.
    if (count > MOST || count < 1 || count > 1 !== (plural === 's')) return []
    const said = `${ENGLISH_NUMBERS[count] ?? count} ${unit}${count > 1 ? 's' : ''}`
    return [
      {
        said: count === 1 ? `${unit === 'hour' ? 'an' : 'a'} ${unit}` : said,
        hours: count * HOURS[unit as 'day'],
      },
    ]
  })
}

function japaneseSpans(text: string): { said: string; hours: number }[] {
  return [...text.matchAll(JAPANESE)].flatMap(([, number = '', unit = '']) => {
    const index = JAPANESE_NUMBERS.indexOf(number)
    const count = index > 0 ? index : Number(number)
    if (count > MOST || count < 1 || (count === 1 && unit === '日')) return []
    return [
      { said: `${count}${unit.replace(/^[ヶカヵ]/, 'か')}`, hours: count * JAPANESE_UNITS[unit as '日'] },
    ]
  })
}
