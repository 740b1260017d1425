import {
  type DossierCosts,
  type DossierNumbers,
  type DossierSubject,
  type DossierVoice,
  dossierCosts,
  dossierDays,
  dossierNumbers,
  dossierVoices,
  productName,
} from '../store/dossier.ts'
import { type Tried, whatWasTried } from '../store/dossier-tries.ts'
import { codeNames } from '../store/review-counts.ts'
import { listSuggestions, voicesOfSuggestions } from '../store/suggestions.ts'
import { businessDay } from '../time-zone.ts'
import { ABUSE } from '../triage/index.ts'
import {
  cutTo,
  daysBetween,
  groupVoices,
  mondayOf,
  mostTypical,
  plusDays,
  startOfDay,
  type VoiceGroup,
} from '../voice/index.ts'
import { type ChartView, chartOf, daysOf, theMost } from './charts/index.ts'
import { departmentName } from './department-names.ts'
import type { Desk } from './desk.ts'
import { formatDay } from './format.ts'
import { translate } from './i18n.ts'
import { languageName } from './language-names.ts'
import type { Visit } from './visit.ts'

/** Days of a month, or weeks of a quarter and of a year. */
export const DOSSIER_SPANS = ['month', 'quarter', 'year'] as const
export type DossierSpanName = (typeof DOSSIER_SPANS)[number]

const WEEKS = { quarter: 13, year: 53 }
const MONTH_DAYS = 30
/** Voices that are read for the groups: the newest. */
const VOICES = 600
const GROUPS = 8
const TYPICAL = 2
const ALONE = 3
const TITLE_WIDTH = 90
/** Of a voice on the page; the file of voices has all of it. */
const VOICE_WIDTH = 400
/** What was tried is held against so many days before and after. */
const EFFECT_DAYS = 28
const LOOKS_BACK_DAYS = 400

/** Something tried, with how often voices came before and since; null where it is too early to tell. */
export interface TriedView extends Tried {
  effect: { days: number; before: number; since: number } | null
}

export interface Dossier {
  subject: DossierSubject
  title: string
  department: string | null
  span: DossierSpanName
  from: string
  to: string
  numbers: DossierNumbers
  /** Voices in as many days before. */
  before: { days: number; voices: number }
  chart: ChartView
  /** Every voice that was read, with those that say the same; the most first. */
  groups: VoiceGroup<DossierVoice>[]
  /** Groups of two and more, as many as fit. */
  shown: VoiceGroup<DossierVoice>[]
  /** Voices of the other groups, and the newest of them. */
  rest: { voices: number; newest: DossierVoice[] }
  /** Voices with words, and how many of them the groups were made of. */
  read: { voices: number; all: number }
  tried: TriedView[]
  costs: DossierCosts
}

/** All that is known of one code, product or cluster; null where nothing has that name. */
export async function dossierOf(
  desk: Desk,
  visit: Visit,
  subject: DossierSubject,
  spanName: DossierSpanName,
): Promise<Dossier | null> {
  const named = await nameOf(desk, visit, subject)
  if (!named) return null
  const { store } = desk
  const { language } = visit
  const zone = desk.replies.brand.timeZone
  const to = businessDay(new Date(), zone)
  const from =
    spanName === 'month' ? plusDays(to, 1 - MONTH_DAYS) : plusDays(mondayOf(to), -7 * (WEEKS[spanName] - 1))
  const start = (day: string) => startOfDay(day, zone)
  const span = { from: start(from), to: start(plusDays(to, 1)) }
  const days = daysBetween(from, to) + 1
  const firstKnown = plusDays(to, -LOOKS_BACK_DAYS)
  const earliest = plusDays(from, -days) < firstKnown ? plusDays(from, -days) : firstKnown
  const [counts, numbers, said, costs, tried] = await Promise.all([
    dossierDays(store, subject, { from: start(earliest), to: span.to }, zone),
    dossierNumbers(store, subject, span),
    dossierVoices(store, subject, span, { limit: VOICES, without: ABUSE }),
    dossierCosts(store, subject, span),
    whatWasTried(store, subject, zone),
  ])
  const between = (first: string, last: string) =>
    counts.reduce((sum, { day, voices }) => (day >= first && day <= last ? sum + voices : sum), 0)
  const cut = (voice: DossierVoice) => ({ ...voice, text: cutTo(voice.text, VOICE_WIDTH) })
  const groups = groupVoices(said.voices, TYPICAL).map((group) => ({
    ...group,
    typical: group.typical.map(cut),
  }))
  const shown = groups.filter(({ voices }) => voices.length > 1).slice(0, GROUPS)
  const rest = groups.filter((group) => !shown.includes(group))
  const dayOf = (at: Date) => businessDay(at, zone)
  const names = await codeNames(store)
  const seriesName = (by: string) =>
    subject.kind === 'product'
      ? (names.get(by)?.[language] ?? by)
      : by === ''
        ? translate(language, 'dossier.noLanguage')
        : languageName(language, by)
  return {
    subject,
    ...named,
    span: spanName,
    from,
    to,
    numbers,
    before: { days, voices: between(plusDays(from, -days), plusDays(from, -1)) },
    chart: trend(visit, spanName, { from, to }, counts, seriesName, tried, dayOf),
    groups,
    shown,
    rest: {
      voices: rest.reduce((sum, { voices }) => sum + voices.length, 0),
      newest: rest
        .flatMap(({ voices }) => voices)
        .toSorted((a, b) => b.at.getTime() - a.at.getTime())
        .slice(0, ALONE)
        .map(cut),
    },
    read: { voices: said.voices.length, all: said.all },
    tried: tried.map((each) => {
      const day = each.ended && dayOf(each.ended)
      const since = day ? Math.min(EFFECT_DAYS, daysBetween(day, to)) : 0
      const effect =
        day && since > 0 && plusDays(day, -since) >= earliest
          ? {
              days: since,
              before: between(plusDays(day, -since), plusDays(day, -1)),
              since: between(plusDays(day, 1), plusDays(day, since)),
            }
          : null
      const isPolicy = each.what === 'cord' && each.who === 'policy'
      return { ...each, title: isPolicy ? translate(language, 'andon.byPolicy') : each.title, effect }
    }),
    costs,
  }
}

async function nameOf(
  desk: Desk,
  { language }: Visit,
  { kind, name }: DossierSubject,
): Promise<{ title: string; department: string | null } | null> {
  if (kind === 'code') {
    const known = (await codeNames(desk.store)).get(name)
    const listed = desk.taxonomy.codes.find(({ code }) => code === name)
    const department = listed?.department ?? known?.department
    if (!known && !listed) return null
    return {
      title: listed?.name[language] ?? known?.[language] ?? name,
      department: department ? departmentName(desk, language, department) : null,
    }
  }
  if (kind === 'product') {
    const title = desk.andon?.things.nameOf(name)?.[language] ?? (await productName(desk.store, name))
    return title ? { title, department: null } : null
  }
  const [cluster] = await listSuggestions(desk.store, { id: Number(name) }, 1)
  if (!cluster) return null
  return { title: cluster.name ?? (await titleBySaying(desk, cluster.id)), department: null }
}

/** A cluster that nobody named is called by the voice that says best what all say. */
async function titleBySaying(desk: Desk, id: number): Promise<string> {
  const [typical] = mostTypical(await voicesOfSuggestions(desk.store, [id], 40), 1)
  return typical ? cutTo(typical.text, TITLE_WIDTH) : `${id}`
}

function trend(
  { language }: Visit,
  span: DossierSpanName,
  { from, to }: { from: string; to: string },
  counts: readonly { day: string; by: string; voices: number }[],
  nameOfSeries: (by: string) => string,
  tried: readonly Tried[],
  dayOf: (at: Date) => string,
): ChartView {
  const say = (key: string) => translate(language, `dossier.${key}`)
  const isWeekly = span !== 'month'
  const steps = daysOf(language, from, to).filter((_, n) => !isWeekly || n % 7 === 0)
  const stepOf = (day: string) => Math.floor(daysBetween(from, day) / (isWeekly ? 7 : 1))
  const bySeries = Map.groupBy(
    counts.filter(({ day }) => day >= from && day <= to),
    ({ by }) => by,
  )
  const marks = tried.flatMap((each) => {
    const first = dayOf(each.began)
    const last = each.ended ? dayOf(each.ended) : to
    // A rule or a note is a day; a cord, a letter and a case last.
    if (last < from || first > to) return []
    const name = `${translate(language, `dossierWhat.${each.what}`)}: ${cutTo(each.title, 60)}`
    return [{ name, from: Math.max(0, stepOf(first)), to: Math.min(steps.length - 1, stepOf(last)) }]
  })
  return chartOf(language, {
    kind: 'bars',
    title: say(isWeekly ? 'trendWeeks' : 'trendDays'),
    unit: { kind: 'count' },
    stepName: say(isWeekly ? 'weekOf' : 'day'),
    steps: steps.map(({ name, short, day }) => ({ name: isWeekly ? formatDay(language, day) : name, short })),
    series: theMost(
      language,
      [...bySeries].map(([by, rows]) => {
        const values = steps.map(() => 0)
        for (const { day, voices } of rows) {
          const step = stepOf(day)
          values[step] = (values[step] ?? 0) + voices
        }
        return { name: nameOfSeries(by), values }
      }),
    ),
    marks,
    markName: say('mark'),
    empty: say('noVoices'),
  })
}
