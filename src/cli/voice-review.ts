import { z } from 'zod'
import { loadReplies } from '../replies/index.ts'
import { businessDay } from '../time-zone.ts'

import {
  lastSpan,
  lastWeekOver,
  plusDays,
  type Review,
  readSpan,
  reviewCsv,
  reviewHtml,
  reviewMarkdown,
  reviewOf,
  type Span,
  sheetOf,
  staysOf,
  stayTables,
} from '../voice/index.ts'
import { type Command, readArgs, UsageError } from './command.ts'
import { withStore } from './connect.ts'
import { printJson, write } from './output.ts'
import { typedPath } from './paths.ts'

const VOICES = 5
const STAY_WEEKS = 4
const FORMATS = ['html', 'md', 'csv'] as const

export const voiceReview: Command = {
  help: `Usage: npm run --silent kikimimi -- voice review [--week 2026-W47 | --day 2026-11-20] [--format html|md|csv]
         [--country JP] [--language ja] [--department NAME] [--in en|ja] [--json]

What customers said in a week (Monday to Sunday) or a day of the company's time zone: contacts by wrap-up code and per 1,000
orders, held against the span before and the same one a year before with a test of whether it is more than chance, products and
titles, first answers, refunds, and raw voices with personal data masked. Without a span: the last whole week.

  --format      html (the default: one file that needs nothing else, fit to print), md or csv
  --country     only contacts of a country (ISO 3166-1); those whose country is unknown are left out, and counted as such
  --language    only contacts in a language of customers
  --department  only codes that a department of templates/taxonomy.yaml owns
  --in          the language of the report's own words; default: the brand's first
  --json        one JSON object with every number

Orders come from the shop; where it can not tell, rates are unknown. docs/voice-reviews.md says how everything is counted.
`,
  async run(args) {
    const { values } = readArgs(args, {
      week: { type: 'string' },
      day: { type: 'string' },
      format: { type: 'string', default: 'html' },
      country: { type: 'string' },
      language: { type: 'string' },
      department: { type: 'string' },
      in: { type: 'string' },
    })
    const format = FORMATS.find((known) => known === values.format)
    if (!format) throw new UsageError(`--format takes html, md or csv, not ${JSON.stringify(values.format)}`)
    if (values.week !== undefined && values.day !== undefined)
      throw new UsageError('--week and --day do not go together')
    const filter = {
      country: shaped('--country', values.country, /^[A-Z]{2}$/, 'JP'),
      language: shaped('--language', values.language, /^[a-z]{2,3}$/, 'ja'),
    }
    const department = shaped('--department', values.department, /^[a-z][a-z0-9_-]*$/, 'logistics')
    const own = z.enum(['en', 'ja']).optional().safeParse(values.in)
    if (!own.success) throw new UsageError(`--in takes en or ja, not ${JSON.stringify(values.in)}`)
    await withStore(async ({ store, config }) => {
      const { brand } = loadReplies(typedPath(config.templatesDir))
      const zone = brand.timeZone
      const now = new Date()
      const span = spanOf(values, now, zone)
      const review = await reviewOf(store, { span, zone, filter, now, department, voices: VOICES })
      if (values.json) return printJson(asJson(review))
      if (format === 'csv') return write(process.stdout, reviewCsv(review))
      const language = own.data ?? (brand.locales[0] === 'ja' ? 'ja' : 'en')
      const sheet = sheetOf(review, language, department)
      if (span.kind === 'week' && department === null && review.counted) {
        const to = lastWeekOver(businessDay(now < span.to ? now : span.to, zone))
        const stays = await staysOf(store, plusDays(to, -7 * (STAY_WEEKS - 1)), to, filter)
        sheet.tables.push(...stayTables(stays, language, false))
      }
      const deskUrl = config.publicUrl.endsWith(':0')
        ? null
        : `${config.publicUrl}/voice?${span.kind}=${span.name}`
      if (format === 'md') return write(process.stdout, reviewMarkdown(sheet, { deskUrl }))
      const { reviewChart } = await import('../desk/review-charts.ts')
      const { title, svg, legend } = reviewChart(review, language)
      const charts = svg && review.lines.length > 0 ? [{ title, svg, legend }] : []
      await write(process.stdout, reviewHtml(sheet, { charts, deskUrl }))
    })
    return 0
  },
}

function spanOf({ week, day }: { week?: string; day?: string }, now: Date, zone: string): Span {
  if (week === undefined && day === undefined) return lastSpan('week', now, zone)
  const span = readSpan(week ?? day ?? '', zone)
  if (span && span.kind === (week === undefined ? 'day' : 'week')) return span
  if (week !== undefined)
    throw new UsageError(`--week takes a week such as 2026-W47, not ${JSON.stringify(week)}`)
  throw new UsageError(`--day takes a day such as 2026-11-20, not ${JSON.stringify(day)}`)
}

function shaped(option: string, given: string | undefined, shape: RegExp, example: string): string | null {
  if (given === undefined) return null
  if (!shape.test(given))
    throw new UsageError(`${option} takes something like ${example}, not ${JSON.stringify(given)}`)
  return given
}

/** Infinity is null in JSON: no limit. */
function asJson({ trend, ...review }: Review) {
  return { ...review, trend: { weeks: trend.weeks, counts: Object.fromEntries(trend.counts) } }
}
