import { z } from 'zod'
import { codeNames, placesOf, type ReviewFilter, voicesBehind } from '../store/review-counts.ts'
import { businessDay } from '../time-zone.ts'
import {
  aboutVoice,
  type Behind,
  type Cell,
  lastSpan,
  lastWeekOver,
  plusDays,
  readSpan,
  reviewCsv,
  reviewOf,
  type Sheet,
  type SheetTable,
  type Span,
  sheetOf,
  spanBeside,
  stayLead,
  staysOf,
  stayTables,
} from '../voice/index.ts'
import { departmentName, departments } from './department-names.ts'
import { type Desk, sendPage } from './desk.ts'
import { languageName } from './language-names.ts'
import { reviewChart } from './review-charts.ts'
import { ProblemError, type Route, type Visit, withoutNul } from './visit.ts'

const VOICES_SHOWN = 50
const STAY_WEEKS = 12
const MOST_STAY_WEEKS = 53

const country = z.string().regex(/^[A-Z]{2}$/)
const language = z.string().regex(/^[a-z]{2,3}$/)
const cursor = z.string().regex(/^\d{1,15}~\d{1,15}$/)

/** What customers said: reviews by week and day, the voices behind each number, and whether people stayed. */
export function reviewRoutes(desk: Desk): Route[] {
  const { store } = desk
  const zone = () => desk.replies.brand.timeZone
  return [
    {
      method: 'get',
      path: '/voice',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit, zone())
        const review = await reviewOf(store, { ...asked, zone: zone(), now: new Date() })
        const name = asked.department ? departmentName(desk, visit.language, asked.department) : null
        const sheet = sheetOf(review, visit.language, name)
        const to = (span: Span) => addressOf('/voice', { ...asked, span })
        await sendPage(desk, visit, 'voice', {
          ...(await choicesOf(desk, visit, asked)),
          ...shownSheet(sheet, asked),
          chart: review.counted ? reviewChart(review, visit.language) : null,
          lead: sheet.lead,
          isFuture: review.counted === null,
          hrefs: {
            before: to(spanBeside(asked.span, -1, zone())),
            after: to(spanBeside(asked.span, 1, zone())),
            week: to(lastSpan('week', new Date(), zone())),
            day: to(lastSpan('day', new Date(), zone())),
            csv: addressOf('/voice/review.csv', asked),
          },
          kind: asked.span.kind,
        })
      },
    },
    {
      method: 'get',
      path: '/voice/review.csv',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit, zone())
        const review = await reviewOf(store, { ...asked, zone: zone(), now: new Date() })
        visit.response
          .set('cache-control', 'no-store')
          .attachment(`review-${asked.span.name}.csv`)
          .type('text/csv')
          .send(reviewCsv(review))
      },
    },
    {
      method: 'get',
      path: '/voice/voices',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit, zone())
        const { code, product, refunds } = readBehind(visit)
        const before = readCursor(visit.request.query.before)
        const [rows, names] = await Promise.all([
          voicesBehind(
            store,
            {
              from: asked.span.from,
              to: asked.span.to < new Date() ? asked.span.to : new Date(),
              filter: asked.filter,
              code: code ?? null,
              product: product ?? null,
              refunds: refunds ?? false,
            },
            { before, limit: VOICES_SHOWN + 1 },
          ),
          codeNames(store),
        ])
        const shown = rows.slice(0, VOICES_SHOWN)
        const last = shown.at(-1)
        const named = (of: string) => names.get(of)?.[visit.language] ?? of
        const behind = {
          ...(code ? { code } : {}),
          ...(product ? { product } : {}),
          ...(refunds ? { refunds } : {}),
        }
        await sendPage(desk, visit, 'voices', {
          voices: shown.map((voice) => ({
            ...voice,
            name: named(voice.code),
            about: aboutVoice(voice, visit.language, zone()),
            lang: visit.language,
            spoken: voice.language,
          })),
          span: asked.span.name,
          about: [...(code ? [named(code)] : []), ...(product ? [product] : [])].join(' · '),
          refunds: refunds ?? false,
          back: addressOf('/voice', asked),
          isFirst: before === null,
          firstHref: behindAddress(asked, behind),
          moreHref:
            rows.length > VOICES_SHOWN && last
              ? `${behindAddress(asked, behind)}&before=${last.at.getTime()}~${last.id}`
              : null,
        })
      },
    },
    {
      method: 'get',
      path: '/voice/stayed',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit, zone())
        const to = lastWeekOver(businessDay(new Date(), zone()))
        const weeks = z.coerce.number().int().min(1).max(MOST_STAY_WEEKS).catch(STAY_WEEKS)
        const shown = weeks.parse(visit.request.query.weeks ?? STAY_WEEKS)
        const stays = await staysOf(store, plusDays(to, -7 * (shown - 1)), to, asked.filter)
        await sendPage(desk, visit, 'stayed', {
          ...(await choicesOf(desk, visit, asked)),
          lead: stayLead(stays, visit.language),
          tables: stayTables(stays, visit.language, true).map((table) => ({
            ...shownTable(table, asked),
            hint: null,
          })),
          weeks: shown,
          spans: [4, STAY_WEEKS, 26, 52],
        })
      },
    },
  ]
}

interface Asked {
  span: Span
  filter: ReviewFilter
  department: string | null
}

/** What the address asks for; without a span, the last whole week. @throws ProblemError 404 where there is no such span */
function readAsked(visit: Visit, zone: string): Asked {
  const { query } = visit.request
  const name = query.week ?? query.day
  const span =
    typeof name === 'string' && name !== '' ? readSpan(name, zone) : lastSpan('week', new Date(), zone)
  if (!span) throw new ProblemError(404, 'noSuchSpan')
  const named = z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/)
    .nullable()
  return {
    span,
    filter: {
      country: country.nullable().catch(null).parse(query.country),
      language: language.nullable().catch(null).parse(query.language),
    },
    department: named.catch(null).parse(query.department),
  }
}

function readBehind(visit: Visit): Behind {
  const { code, product, refunds } = visit.request.query
  const text = (given: unknown) =>
    typeof given === 'string' && given !== '' ? withoutNul(given).slice(0, 200) : undefined
  const behind: Behind = { refunds: refunds === '1' }
  const [aCode, aProduct] = [text(code), text(product)]
  if (aCode !== undefined) behind.code = aCode
  if (aProduct !== undefined) behind.product = aProduct
  return behind
}

function readCursor(given: unknown): { at: Date; id: number } | null {
  const parsed = cursor.safeParse(given)
  if (!parsed.success) return null
  const [ms, id] = parsed.data.split('~').map(Number) as [number, number]
  const at = new Date(ms)
  return Number.isNaN(at.getTime()) ? null : { at, id }
}

function addressOf(path: string, { span, filter, department }: Asked): string {
  const query = new URLSearchParams({ [span.kind]: span.name })
  if (filter.country) query.set('country', filter.country)
  if (filter.language) query.set('language', filter.language)
  if (department) query.set('department', department)
  return `${path}?${query}`
}

function behindAddress(asked: Asked, { code, product, refunds }: Behind): string {
  const query = new URLSearchParams()
  if (code !== undefined) query.set('code', code)
  if (product !== undefined) query.set('product', product)
  if (refunds) query.set('refunds', '1')
  const rest = query.toString()
  return `${addressOf('/voice/voices', { ...asked, department: null })}${rest === '' ? '' : `&${rest}`}`
}

/** Filters that the page offers: countries and languages of the last year. */
async function choicesOf(desk: Desk, visit: Visit, asked: Asked) {
  const { span, filter, department } = asked
  const { countries, languages } = await placesOf(desk.store, plusDays(span.lastDay, -400), span.lastDay)
  const also = (all: string[], chosen: string | null) =>
    chosen === null || all.includes(chosen) ? all : [...all, chosen]
  const regions = new Intl.DisplayNames([visit.language], { type: 'region', fallback: 'code' })
  return {
    span: span.name,
    spanKind: span.kind,
    chosen: { country: filter.country ?? '', language: filter.language ?? '', department: department ?? '' },
    countries: also(countries, filter.country)
      .filter((each) => country.safeParse(each).success)
      .map((id) => ({ id, name: regions.of(id) ?? id })),
    languages: also(languages, filter.language).map((id) => ({ id, name: languageName(visit.language, id) })),
    departments: Object.values(departments(desk, visit.language)).flat(),
  }
}

function shownSheet(sheet: Sheet, asked: Asked) {
  return {
    title: sheet.title,
    notes: sheet.notes,
    facts: sheet.facts.map(({ name, cell }) => ({ name, cell: shownCell(cell, asked) })),
    tables: sheet.tables.map((table) => shownTable(table, asked)),
    foot: sheet.foot,
  }
}

function shownTable(table: SheetTable, asked: Asked) {
  return { ...table, rows: table.rows.map((row) => row.map((cell) => shownCell(cell, asked))) }
}

function shownCell({ text, sub, tone, behind, list }: Cell, asked: Asked) {
  // the voices of a whole department are not one list
  const href = (each: Behind | undefined) =>
    each && (each.code !== undefined || asked.department === null) ? behindAddress(asked, each) : null
  return {
    text,
    sub: sub ?? '',
    tone: tone ?? '',
    href: href(behind),
    list: (list ?? []).map((each) => ({ text: each.text, href: href(each.behind) })),
  }
}
