import type { Share } from './share.ts'
import type { Cell, SheetTable } from './sheet.ts'
import { weekOf } from './span.ts'
import type { Groups, Stay, Stays } from './stays.ts'
import { dayName, type Language, numberOf, percentName, say } from './words.ts'

const GROUPS = ['answered', 'unanswered', 'refunded', 'unrefunded'] as const

/** What to say above the tables: what they are, or why there are none. */
export function stayLead(stays: Stays, language: Language): string {
  if (stays.groups.all.people === 0) return say(language, 'staysNone')
  return say(language, 'staysLead', { from: weekOf(stays.from), to: weekOf(stays.to) })
}

/** How people went on: altogether, and where `whole` is true by week and by code too. */
export function stayTables(stays: Stays, language: Language, whole: boolean): SheetTable[] {
  if (stays.groups.all.people === 0) return []
  const join = (answered: boolean, refunded: boolean) =>
    say(language, 'and', {
      one: say(language, answered ? 'answered' : 'unanswered'),
      other: say(language, refunded ? 'refunded' : 'unrefunded'),
    })
  const groups = {
    id: 'stays',
    title: say(language, whole ? 'altogether' : 'stays'),
    hint: stayLead(stays, language),
    head: (['group', 'people', 'again', 'nextContent', 'nextUnhappy', 'bought'] as const).map((key, n) => ({
      text: say(language, key),
      right: n === 1,
    })),
    rows: [
      stayRow(say(language, 'everybody'), stays.groups.all, language),
      ...GROUPS.map((group) => stayRow(say(language, group), stays.groups[group], language)),
      ...stays.both.map(({ answered, refunded, stay }) => stayRow(join(answered, refunded), stay, language)),
    ],
  }
  if (!whole) return [groups]
  return [
    groups,
    againTable(
      'stays-weeks',
      say(language, 'byWeek'),
      say(language, 'weekOf'),
      stays.weeks.map(({ week, groups }) => ({
        first: { text: weekOf(week), sub: dayName(language, week) },
        groups,
      })),
      language,
    ),
    againTable(
      'stays-codes',
      say(language, 'againByCode'),
      say(language, 'code'),
      stays.codes.map(({ code, name, groups }) => ({ first: { text: name[language], sub: code }, groups })),
      language,
    ),
  ]
}

function stayRow(name: string, stay: Stay, language: Language): Cell[] {
  return [
    { text: name },
    { text: numberOf(language, stay.people) },
    shareCell(stay.again, language),
    shareCell(stay.nextContent, language),
    shareCell(stay.nextUnhappy, language),
    stay.bought.whole === 0
      ? { text: say(language, 'unknown'), tone: 'dim' }
      : shareCell(stay.bought, language),
  ]
}

function againTable(
  id: string,
  title: string,
  firstHead: string,
  lines: { first: Cell; groups: Groups }[],
  language: Language,
): SheetTable {
  return {
    id,
    title,
    hint: null,
    head: [firstHead, ...(['everybody', ...GROUPS] as const).map((key) => say(language, key))].map(
      (text) => ({
        text,
        right: false,
      }),
    ),
    rows: lines.map(({ first, groups }) => [
      first,
      ...(['all', ...GROUPS] as const).map((group) => shareCell(groups[group].again, language)),
    ]),
  }
}

function shareCell(share: Share, language: Language): Cell {
  if (share.share === null) return { text: say(language, 'nobody'), tone: 'dim' }
  const interval = say(language, 'interval', {
    low: percentName(language, share.low),
    high: percentName(language, share.high),
  })
  const count = say(language, 'shareOf', {
    part: numberOf(language, share.part),
    whole: numberOf(language, share.whole),
  })
  return { text: percentName(language, share.share), sub: `${count} · ${interval}` }
}
