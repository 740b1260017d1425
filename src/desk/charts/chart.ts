import { escapeHtml } from '../../escape-html.ts'
import { createRecent } from '../../recent.ts'
import type { Language } from '../i18n.ts'
import { translate } from '../i18n.ts'
import { scaleOf, spanScaleOf, widthOf } from './axis.ts'
import { render } from './engine.ts'
import { plainSvg } from './plain-svg.ts'
import { formatOf, type Unit } from './unit.ts'

/** Colours by what they say; desk.css has them for light and dark. */
export type Tone = 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'c6' | 'late'

export interface Series {
  name: string
  tone: Tone
  /** One for each step; null: nothing was seen. */
  values: readonly (number | null)[]
}

/** A chart over steps of time. */
export interface ChartSpec {
  /** Stacked bars, lines, or a line over its surface. */
  kind: 'bars' | 'lines' | 'surface'
  title: string
  unit: Unit
  /** What the first column of the table says: "Hour". */
  stepName: string
  /** Each step's name, whole for the table and short for the axis. */
  steps: readonly { name: string; short: string }[]
  series: readonly Series[]
  /** A dashed line: a budget, a target. */
  limit?: { name: string; value: number } | null
  /** Spans of steps that something is to be known about, both ends included. */
  marks?: readonly { name: string; from: number; to: number }[]
  /** What the marks are, for the legend. */
  markName?: string
  /** Said where there is nothing to be shown. */
  empty: string
}

/** What `chart.liquid` shows. */
export interface ChartView {
  title: string
  /** null: nothing to be shown, `empty` says so. */
  svg: string | null
  empty: string
  /** What is to be seen, in words. */
  summary: string
  legend: { name: string; tone: Tone | 'limit' | 'mark' }[]
  table: { columns: string[]; rows: { name: string; cells: string[] }[] }
}

const WIDTH = 440
const HEIGHT = 176
const TOP = 12
const BOTTOM = 22
const RIGHT = 10
const MOST_LABELS = 6
const drawn = createRecent<string>(64)

/** Draws a chart in the house's one style; the same data are drawn once. */
export function chartOf(language: Language, spec: ChartSpec): ChartView {
  const format = formatOf(language, spec.unit)
  const { title, empty } = spec
  const series = spec.series.filter(({ values }) => values.some((value) => value !== null && value !== 0))
  const known = spec.series.some(({ values }) => values.some((value) => value !== null))
  const shown = series.length > 0 ? series : spec.series.slice(0, 1)
  const view = { title, empty, summary: summaryOf(language, spec), legend: legendOf(spec, series) }
  if (!known || (series.length === 0 && spec.kind === 'bars')) {
    return { ...view, svg: null, table: { columns: [], rows: [] } }
  }
  const table = {
    columns: [spec.stepName, ...shown.map(({ name }) => name)],
    rows: spec.steps.map(({ name }, step) => ({
      name,
      cells: shown.map(({ values }) => (values[step] == null ? '–' : format.exact(values[step]))),
    })),
  }
  const key = JSON.stringify([language, spec])
  let svg = drawn.get(key)
  if (svg === undefined) {
    svg = draw(language, { ...spec, series: shown }, view.summary)
    drawn.set(key, svg)
  }
  return { ...view, svg, table }
}

function draw(language: Language, spec: ChartSpec, label: string): string {
  const format = formatOf(language, spec.unit)
  const highest = highestOf(spec)
  const { max, step } =
    spec.unit.kind === 'seconds'
      ? spanScaleOf(highest)
      : scaleOf(highest, spec.unit.kind === 'count' || spec.unit.kind === 'money')
  const count = spec.steps.length
  const ticks = Array.from({ length: Math.round(max / step) + 1 }, (_, i) => i * step)
  const left = Math.ceil(Math.max(...ticks.map((tick) => widthOf(format.short(tick))))) + 12
  const every = Math.ceil(count / MOST_LABELS)
  const dashed = { color: 'var(--ink)', type: [4, 3], width: 1.25 }
  const [first, ...rest] = spec.series.map(({ name, tone, values }) => ({
    name,
    type: spec.kind === 'bars' ? 'bar' : 'line',
    silent: true,
    data: values,
    itemStyle: { color: `var(--${tone})` },
    ...(spec.kind === 'bars'
      ? { stack: 'all', barCategoryGap: count > 20 ? '20%' : '35%' }
      : { symbol: loneValues(values) ? 'circle' : 'none', symbolSize: 4, lineStyle: { width: 2 } }),
    ...(spec.kind === 'surface' ? { areaStyle: { color: `var(--${tone})`, opacity: 0.14 } } : {}),
  }))
  const svg = render(
    {
      grid: { left, right: RIGHT, top: TOP, bottom: BOTTOM, containLabel: false },
      xAxis: {
        type: 'category',
        data: spec.steps.map(({ short }) => short),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: 'var(--edge)' } },
        axisLabel: { color: 'var(--dim)', fontSize: 11, interval: (i: number) => i % every === 0 },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max,
        interval: step,
        splitLine: { lineStyle: { color: 'var(--line)' } },
        axisLabel: { color: 'var(--dim)', fontSize: 11, formatter: format.short },
      },
      series: [
        {
          ...first,
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            data: spec.limit ? [{ yAxis: spec.limit.value, lineStyle: dashed }] : [],
          },
        },
        ...rest,
      ],
    },
    WIDTH,
    HEIGHT,
  )
  const stepWidth = (WIDTH - left - RIGHT) / count
  const place = { left, stepWidth, height: HEIGHT - TOP - BOTTOM }
  return plainSvg(svg, label, marksOf(spec, place) + hintsOf(language, spec, place))
}

interface Place {
  left: number
  stepWidth: number
  height: number
}

function marksOf(spec: ChartSpec, { left, stepWidth, height }: Place): string {
  const spans = (spec.marks ?? []).map(({ from, to }) => {
    const x = left + from * stepWidth
    const width = Math.max(3, (to - from + 1) * stepWidth)
    return `<rect class="mark-span" x="${round(x)}" y="${TOP}" width="${round(width)}" height="${height}"/>`
  })
  return spans.join('')
}

/** Each step tells its figures to a pointer that rests on it. */
function hintsOf(language: Language, spec: ChartSpec, { left, stepWidth, height }: Place): string {
  const format = formatOf(language, spec.unit)
  const hints = spec.steps.map(({ name }, step) => {
    const lines = spec.series.flatMap(({ name, values }) =>
      values[step] == null ? [] : [`${name}: ${format.exact(values[step])}`],
    )
    const marks = (spec.marks ?? []).filter(({ from, to }) => from <= step && step <= to)
    const text = [name, ...lines, ...marks.map((mark) => mark.name)].join('\n')
    const x = round(left + step * stepWidth)
    return `<rect class="step" x="${x}" y="${TOP}" width="${round(stepWidth)}" height="${height}"><title>${escapeHtml(text)}</title></rect>`
  })
  return hints.join('')
}

/** The highest and the latest figure in words, for whoever does not see the chart. */
function summaryOf(language: Language, spec: ChartSpec): string {
  const format = formatOf(language, spec.unit)
  const sums = spec.steps.map((_, step) => heightAt(spec, step))
  const highest = sums.reduce<number>(
    (best, sum, step) => ((sum ?? -1) > (sums[best] ?? -1) ? step : best),
    0,
  )
  const latest = sums.findLastIndex((sum) => sum !== null)
  if (latest < 0) return spec.empty
  return translate(language, 'chart.summary', {
    title: spec.title,
    highest: format.exact(sums[highest] ?? 0),
    when: spec.steps[highest]?.name,
    latest: format.exact(sums[latest] ?? 0),
    marks: (spec.marks ?? []).map(({ name }) => ` ${name}`).join(''),
  }).trim()
}

/** How high the chart is at a step: bars stand on each other. */
function heightAt({ kind, series }: ChartSpec, step: number): number | null {
  const values = series.flatMap(({ values }) => values[step] ?? [])
  if (values.length === 0) return null
  return kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values)
}

function highestOf(spec: ChartSpec): number {
  const highest = Math.max(0, ...spec.steps.map((_, step) => heightAt(spec, step) ?? 0))
  // A budget far above what is used would press everything flat; the legend still names it.
  const limit = spec.limit?.value ?? 0
  return limit <= highest * 8 || highest === 0 ? Math.max(highest, limit) : highest
}

function legendOf(spec: ChartSpec, series: readonly Series[]): ChartView['legend'] {
  return [
    ...(spec.series.length > 1 ? series.map(({ name, tone }) => ({ name, tone })) : []),
    ...(spec.limit ? [{ name: spec.limit.name, tone: 'limit' as const }] : []),
    ...(spec.marks?.length && spec.markName ? [{ name: spec.markName, tone: 'mark' as const }] : []),
  ]
}

/** A value between two gaps is a line of no length. */
function loneValues(values: readonly (number | null)[]): boolean {
  return values.some((value, i) => value !== null && values[i - 1] == null && values[i + 1] == null)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
