import { stringify } from 'csv-stringify/sync'
import { formatMoney } from '../money.ts'
import type { DossierVoice } from '../store/dossier.ts'
import type { SuggestionRow } from '../store/suggestions.ts'
import { md, plainCell } from '../voice/index.ts'
import type { Dossier } from './dossier-view.ts'
import { formatDay, formatNumber, formatPrice } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'

const VOICE_COLUMNS = [
  'group',
  'voices_in_group',
  'at',
  'language',
  'region',
  'network',
  'code',
  'severity',
  'outcome',
  'product',
  'text',
] as const

/** The voices of a dossier as CSV, with the group of those that say the same; an empty group: nobody else says it. */
export function dossierCsv({ groups }: Pick<Dossier, 'groups'>): string {
  const line = (group: number | '', size: number, voice: DossierVoice) => [
    group,
    size,
    voice.at.toISOString(),
    voice.language,
    voice.region,
    voice.network,
    voice.code,
    voice.severity,
    voice.outcome,
    voice.productName,
    voice.text,
  ]
  return csv(
    VOICE_COLUMNS,
    groups.flatMap(({ voices }, n) =>
      voices.map((voice) => line(voices.length > 1 ? n + 1 : '', voices.length, voice)),
    ),
  )
}

/** A dossier as Markdown; nothing of anybody's words is taken as markup. */
export function dossierMarkdown(language: Language, dossier: Dossier, address: string): string {
  const say = (key: string, values: Record<string, unknown> = {}) =>
    translate(language, `dossier.${key}`, values)
  const { numbers, before, costs, chart, tried, shown, rest } = dossier
  const count = (value: number) => formatNumber(language, value)
  const lines = [
    `# ${md(dossier.title)}`,
    '',
    md(`${formatDay(language, dossier.from)} – ${formatDay(language, dossier.to)}`),
    '',
    `- **${md(say('voices'))}**: ${count(numbers.voices)} (${md(say('before', { days: before.days, count: before.voices }))})`,
    `- **${md(say('people'))}**: ${count(numbers.people)}`,
    `- **${md(say('severe'))}**: ${count(numbers.severe)}`,
    `- **${md(say('unanswered'))}**: ${count(numbers.unanswered)}`,
    '',
    `## ${md(say('costs'))}`,
    '',
    ...costs.refunds.map(
      ({ refunds, minor, currency }) =>
        `- ${md(say('refunds', { count: refunds }))}: ${formatMoney(minor, currency, language)}`,
    ),
    `- ${md(say('replacements'))}: ${count(costs.replacements)}`,
    `- ${md(say('api'))}: ${formatPrice(costs.microUsd)}`,
    '',
    `## ${md(chart.title)}`,
    '',
  ]
  if (chart.table.rows.length === 0) lines.push(md(chart.empty), '')
  else {
    lines.push(`| ${chart.table.columns.map(md).join(' | ')} |`)
    lines.push(`| ${chart.table.columns.map((_, n) => (n === 0 ? '---' : '---:')).join(' | ')} |`)
    for (const { name, cells } of chart.table.rows) lines.push(`| ${[name, ...cells].map(md).join(' | ')} |`)
    lines.push('')
  }
  lines.push(`## ${md(say('said'))}`, '')
  for (const { voices, typical } of shown) {
    lines.push(`### ${md(say('groupOf', { count: voices.length }))}`, '', ...typical.flatMap(quote))
  }
  if (rest.newest.length > 0)
    lines.push(`### ${md(say('rest', { count: rest.voices }))}`, '', ...rest.newest.flatMap(quote))
  lines.push(`## ${md(say('tried'))}`, '')
  if (tried.length === 0) lines.push(md(say('noneTried')), '')
  for (const each of tried) {
    const { effect } = each
    lines.push(
      `- ${each.began.toISOString().slice(0, 10)} **${md(translateOr(language, 'dossierWhat', each.what))}** ${md(each.title)}`,
      `  - ${md(say('result'))}: ${each.result === null ? md(say('noResult')) : md(each.result)}`,
      ...(effect ? [`  - ${md(say('effect', effect))}`] : []),
    )
  }
  lines.push('', md(say('foot')), '', `<${address}>`)
  return `${lines.join('\n')}\n`
}

/** A cluster with voices that say best what all of its voices say. */
export interface SaidSuggestion extends SuggestionRow {
  typical: { id: number; language: string | null; text: string }[]
}

const SUGGESTION_COLUMNS = [
  'cluster',
  'name',
  'code',
  'language',
  'voices',
  'people',
  'first',
  'last',
  'done',
  'done_at',
  'voices_since',
  'example',
] as const

/** Clusters as CSV, a line each. */
export function suggestionsCsv(clusters: readonly SaidSuggestion[]): string {
  return csv(
    SUGGESTION_COLUMNS,
    clusters.map((each) => [
      each.id,
      each.name,
      each.code,
      each.language,
      each.voices,
      each.people,
      each.first?.toISOString() ?? null,
      each.last?.toISOString() ?? null,
      each.done,
      each.doneAt?.toISOString() ?? null,
      each.done === null ? null : each.since,
      each.typical[0]?.text ?? null,
    ]),
  )
}

/** Clusters as Markdown: what is wished for, by how many, with voices. */
export function suggestionsMarkdown(
  language: Language,
  clusters: readonly SaidSuggestion[],
  address: string,
): string {
  const say = (key: string, values: Record<string, unknown> = {}) =>
    translate(language, `suggestions.${key}`, values)
  const lines = [`# ${md(say('title'))}`, '']
  for (const { name, typical, voices, people, done, since } of clusters) {
    lines.push(`## ${md(name ?? typical[0]?.text ?? '')}`, '')
    lines.push(md(`${say('voices', { count: voices })} · ${say('people', { count: people })}`), '')
    if (done !== null) lines.push(md(`${say('done')}: ${done} · ${say('since', { count: since })}`), '')
    lines.push(...typical.flatMap(quote))
  }
  lines.push(`<${address}>`)
  return `${lines.join('\n')}\n`
}

function quote({ text }: { text: string }): string[] {
  return [...text.split(/\r\n|[\n\r\u2028\u2029]/u).map((line) => `> ${md(line)}`), '']
}

function csv(columns: readonly string[], rows: readonly (string | number | null)[][]): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? plainCell(cell) : (cell ?? ''))),
  )
  return stringify([[...columns], ...cells], { record_delimiter: '\r\n' })
}
