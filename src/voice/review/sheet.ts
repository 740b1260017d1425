import { formatMoney } from '../../money.ts'
import type { ReviewVoice } from '../../store/review-counts.ts'
import type { Held, Review, ReviewLine } from './review.ts'
import { clockChange, spanAYearBefore, spanBeside } from './span.ts'
import {
  changeName,
  dayName,
  type Language,
  momentName,
  numberOf,
  percentName,
  say,
  waitName,
} from './words.ts'

/** What stands behind a number: which voices to show. */
export interface Behind {
  code?: string
  product?: string
  refunds?: boolean
}

export interface Cell {
  text: string
  /** Smaller, beneath. */
  sub?: string
  tone?: 'more' | 'less' | 'dim'
  behind?: Behind
  /** Several things in one cell, each with its number. */
  list?: { text: string; behind?: Behind }[]
}

export interface SheetTable {
  id: string
  title: string
  hint: string | null
  head: { text: string; right: boolean }[]
  rows: Cell[][]
}

/** A review in words, for every way to show it. */
export interface Sheet {
  language: Language
  title: string
  lead: string
  /** What a reader must know before believing the numbers. */
  notes: string[]
  facts: { name: string; cell: Cell }[]
  tables: SheetTable[]
  voices: { code: string; name: string; quotes: { text: string; about: string; language: string | null }[] }[]
  foot: string
}

/** Puts a review into words. @param departmentName of the department it was asked for */
export function sheetOf(review: Review, language: Language, departmentName: string | null = null): Sheet {
  const { span, zone, filter, counted } = review
  const title = say(language, span.kind, {
    name: span.kind === 'week' ? span.name : dayName(language, span.name),
  })
  const from = dayName(language, span.firstDay)
  const only = [
    ...(filter.country ? [say(language, 'country', { country: filter.country })] : []),
    ...(filter.language ? [say(language, 'language', { language: filter.language })] : []),
  ]
  const lead = [
    span.kind === 'day'
      ? say(language, 'oneDay', { from, zone })
      : say(language, 'span', { from, to: dayName(language, span.lastDay), zone }),
    ...(departmentName ? [say(language, 'forDepartment', { department: departmentName })] : []),
    ...(only.length > 0
      ? [say(language, 'filtered', { what: only.join(language === 'ja' ? '・' : ', ') })]
      : []),
  ].join(language === 'ja' ? '　' : ' · ')
  const sheet: Sheet = {
    language,
    title,
    lead,
    notes: notesOf(review, language),
    facts: [],
    tables: [],
    voices: [],
    foot: say(language, 'masked', { zone }),
  }
  if (!counted) return sheet
  sheet.facts = factsOf(review, language)
  if (review.lines.length === 0) return sheet
  sheet.tables = [codesTable(review, language), behindTable(review, language)]
  sheet.voices = review.lines
    .filter(({ contacts }) => contacts > 0)
    .map(({ code, name, voices }) => ({
      code,
      name: name[language],
      quotes: voices.map((voice) => ({
        text: voice.text ?? '',
        about: aboutVoice(voice, language, zone),
        language: voice.language,
      })),
    }))
  return sheet
}

/** When a voice was, and what about. */
export function aboutVoice(voice: ReviewVoice, language: Language, zone: string): string {
  return [momentName(language, voice.at, zone), voice.region, voice.productName].filter(Boolean).join(' · ')
}

function notesOf(review: Review, language: Language): string[] {
  const { span, zone, counted, filter } = review
  if (!counted) return [say(language, 'future')]
  const notes: string[] = []
  const running = counted.until < counted.to
  if (running) notes.push(say(language, 'running', { until: momentName(language, counted.until, zone) }))
  if (review.total.contacts === 0) notes.push(say(language, 'none'))
  const change = clockChange(span)
  if (change !== 0) {
    notes.push(
      say(language, change < 0 ? 'shorter' : 'longer', { hours: numberOf(language, Math.abs(change)) }),
    )
  }
  for (const which of ['before', 'yearBefore'] as const) {
    const gap = review.gaps[which]
    if (gap) notes.push(say(language, gap === 'empty' ? 'empty' : 'notYet', { name: review[which].name }))
  }
  if (!review.orders) {
    const why = running
      ? 'noOrdersYet'
      : filter.language !== null
        ? 'noOrdersByLanguage'
        : review.orders === 0
          ? 'zeroOrders'
          : 'noOrders'
    notes.push(say(language, 'noRate', { why: say(language, why) }))
  }
  if (review.unplaced > 0) {
    notes.push(say(language, 'unplaced', { count: numberOf(language, review.unplaced) }))
  }
  if (!review.knowsSpread) notes.push(say(language, 'noSpread'))
  if (review.isBehind) notes.push(say(language, 'behind'))
  return notes
}

function factsOf({ total, orders, span, zone }: Review, language: Language): Sheet['facts'] {
  const { answers } = total
  return [
    {
      name: say(language, 'contacts'),
      cell: { ...numberCell(total, language), behind: {} },
    },
    {
      name: say(language, span.kind === 'week' ? 'lastWeek' : 'lastDay'),
      cell: changeCell(total.before, language),
    },
    {
      name: say(language, 'aYearBefore', { name: spanAYearBefore(span, zone).name }),
      cell: changeCell(total.yearBefore, language),
    },
    {
      name: say(language, 'rate'),
      cell: {
        ...rateCell(total.rate, language),
        ...(orders === null
          ? {}
          : { sub: say(language, 'ordersOf', { orders: numberOf(language, orders) }) }),
      },
    },
    ...(answers
      ? [
          { name: say(language, 'firstAnswer'), cell: answerCell(answers, language) },
          {
            name: say(language, 'withinTen'),
            cell: {
              text:
                answers.answered === 0
                  ? '–'
                  : percentName(language, answers.withinTenMinutes / answers.answered),
              sub: say(language, 'withinTenOf', {
                part: numberOf(language, answers.withinTenMinutes),
                whole: numberOf(language, answers.answered),
                posts: numberOf(language, answers.posts),
              }),
            },
          },
        ]
      : []),
    { name: say(language, 'refunds'), cell: refundsCell(total, language, {}) },
  ]
}

function codesTable(review: Review, language: Language): SheetTable {
  const { span, zone, lines } = review
  return {
    id: 'codes',
    title: say(language, 'byCode'),
    hint: say(language, 'changeHint'),
    head: [
      { text: say(language, 'code'), right: false },
      { text: say(language, 'contacts'), right: true },
      { text: say(language, 'rate'), right: true },
      {
        text: `${say(language, span.kind === 'week' ? 'lastWeek' : 'lastDay')} (${spanBeside(span, -1, zone).name})`,
        right: false,
      },
      { text: say(language, 'aYearBefore', { name: spanAYearBefore(span, zone).name }), right: false },
    ],
    rows: lines.map((line) => [
      codeCell(line, language),
      { ...numberCell(line, language), behind: { code: line.code } },
      rateCell(line.rate, language),
      changeCell(line.before, language),
      changeCell(line.yearBefore, language),
    ]),
  }
}

function behindTable({ lines }: Review, language: Language): SheetTable {
  return {
    id: 'behind',
    title: say(language, 'behindEach'),
    hint: null,
    head: [
      { text: say(language, 'code'), right: false },
      { text: say(language, 'things'), right: false },
      { text: say(language, 'answerTime'), right: false },
      { text: say(language, 'withinTen'), right: true },
      { text: say(language, 'refunds'), right: false },
    ],
    rows: lines.map((line) => {
      const { code, things, answers } = line
      return [
        codeCell(line, language),
        {
          text: things.length === 0 ? '–' : '',
          list: things.map(({ productId, productName, contacts }) => ({
            text: `${productName ?? productId} ${numberOf(language, contacts)}`,
            behind: { code, product: productId },
          })),
        },
        answers ? answerCell(answers, language) : { text: '–' },
        {
          text: answers?.answered ? percentName(language, answers.withinTenMinutes / answers.answered) : '–',
          ...(answers
            ? {
                sub: `${numberOf(language, answers.withinTenMinutes)} / ${numberOf(language, answers.answered)}`,
              }
            : {}),
        },
        refundsCell(line, language, { code }),
      ]
    }),
  }
}

function codeCell({ code, name, formerly }: ReviewLine, language: Language): Cell {
  const sub = [
    ...(name[language] === code ? [] : [code]),
    ...(formerly.length > 0 ? [say(language, 'renamedFrom', { codes: formerly.join(', ') })] : []),
    ...(name.state === 'removed' || name.state === 'unknown' ? [say(language, 'removed')] : []),
  ]
  return { text: name[language], sub: sub.join(' · '), behind: { code } }
}

function numberCell({ contacts, severe }: { contacts: number; severe: number }, language: Language): Cell {
  return {
    text: numberOf(language, contacts),
    ...(severe > 0 ? { sub: say(language, 'severeOf', { count: numberOf(language, severe) }) } : {}),
  }
}

function rateCell(rate: number | null, language: Language): Cell {
  if (rate === null) return { text: say(language, 'unknown'), tone: 'dim' }
  return { text: numberOf(language, rate, rate < 10 ? 2 : 1) }
}

/** How it changed, and whether that is more than noise. */
export function changeCell(held: Held | null, language: Language): Cell {
  if (held === null) return { text: say(language, 'notCompared'), tone: 'dim' }
  if (held.ratio === null) return { text: say(language, 'nothingBoth'), tone: 'dim' }
  const was = say(language, 'wasBefore', { count: numberOf(language, held.count) })
  const interval = say(language, 'interval', {
    low: changeName(language, held.low),
    high: changeName(language, held.high),
  })
  const change = held.count === 0 ? say(language, 'fromNone') : changeName(language, held.ratio)
  return {
    text: `${change} ${language === 'ja' ? `（${say(language, held.verdict)}）` : `· ${say(language, held.verdict)}`}`,
    sub: `${interval} · ${was}`,
    tone: held.verdict === 'noise' ? 'dim' : held.verdict,
  }
}

function answerCell(
  { medianS, ninetiethS }: { medianS: number | null; ninetiethS: number | null },
  language: Language,
): Cell {
  if (medianS === null || ninetiethS === null) return { text: '–' }
  return {
    text: waitName(language, medianS),
    sub: say(language, 'ninetieth', { span: waitName(language, ninetiethS) }),
  }
}

function refundsCell({ refunds }: Pick<ReviewLine, 'refunds'>, language: Language, behind: Behind): Cell {
  if (refunds.length === 0) return { text: say(language, 'noRefunds'), tone: 'dim' }
  return {
    text: '',
    list: refunds.map(({ currency, minor, refunds: count }) => ({
      text: `${formatMoney(minor, currency, language)} (${numberOf(language, count)})`,
      behind: { ...behind, refunds: true },
    })),
  }
}
