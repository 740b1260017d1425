import { escapeHtml } from '../../escape-html.ts'
import type { Cell, Sheet, SheetTable } from './sheet.ts'
import { say } from './words.ts'

export interface ReportOptions {
  /** SVG that is taken as it is. */
  charts?: readonly { title: string; svg: string; legend: readonly { name: string; tone: string }[] }[]
  /** Where the desk shows the same; null: nowhere. */
  deskUrl?: string | null
}

const STYLE = `:root{--ink:#23221f;--dim:#615e57;--line:#d8d4ca;--edge:#8d8980;--late:#ab2a1f;--calm:#2d6a4b;--c1:#2b4c7e;--c2:#6f9fb5;--c3:#c08a2e;--c4:#7a5c91;--c5:#4f8a6b;--c6:#a9a49a}
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem;max-width:72rem;color:var(--ink);background:#fff;font:400 .9375rem/1.55 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Noto Sans","Hiragino Sans","Yu Gothic UI",Meiryo,"Noto Sans JP","Noto Sans CJK JP","IPAexGothic",sans-serif;overflow-wrap:break-word}
h1{margin:0;font-size:1.6rem;line-height:1.25}h2{margin:1.75rem 0 .4rem;font-size:1.1rem}h3{margin:1rem 0 .25rem;font-size:.95rem}
p{margin:.25rem 0}.dim,small,figcaption{color:var(--dim)}.notes{margin:.9rem 0;padding:.6rem .9rem .6rem 1.9rem;background:#f6f1e3;border-radius:6px}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.9rem 1.25rem;margin:1.1rem 0}dt{color:var(--dim);font-size:.8125rem}dd{margin:0;font-size:1.2rem;font-weight:600;line-height:1.3}dd small{display:block;font-size:.7em;font-weight:400}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-size:.875rem}th,td{padding:.4rem .6rem;border-bottom:1px solid var(--line);text-align:start;vertical-align:top}td{overflow-wrap:anywhere}thead th{border-bottom-color:var(--edge);font-size:.92em;color:var(--dim)}th[scope=row]{font-weight:600}.right{text-align:end}td small,th small{display:block;font-weight:400;font-size:.88em}
.more{color:var(--late);font-weight:600}.less{color:var(--calm);font-weight:600}a{color:#2b4c7e}
blockquote{margin:.35rem 0;padding:.1rem 0 .1rem .7rem;border-inline-start:3px solid var(--line);white-space:pre-line}blockquote small{display:block;font-size:.85em}
figure{margin:.5rem 0;max-width:34rem}figure>svg{width:100%;height:auto}figure text{font-size:11px}.key{margin-inline-start:.6em;white-space:nowrap}.key svg{width:.7em;height:.7em;margin-inline-end:.3em}.step,.mark-span{fill:none}footer{margin-top:2rem;padding-top:.6rem;border-top:1px solid var(--line);color:var(--dim);font-size:.8rem}
@page{size:A4;margin:12mm}@media print{body{padding:0;font-size:8.5pt}.scroll{overflow:visible}table{font-size:7.75pt}th,td{padding:.25rem .35rem}tr,blockquote,figure,dl>div{break-inside:avoid}h2,h3{break-after:avoid}thead{display:table-header-group}a{color:inherit;text-decoration:none}}
@media (max-width:40rem){body{padding:1rem}dl{grid-template-columns:1fr 1fr}}`

/** A review as one HTML file that needs nothing else, fit to print. Every text is escaped. */
export function reviewHtml(sheet: Sheet, { charts = [], deskUrl = null }: ReportOptions = {}): string {
  const { language, title } = sheet
  const codes = new Set(sheet.voices.map(({ code }) => code))
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1>
<p class="dim">${escapeHtml(sheet.lead)}</p></header>
${sheet.notes.length > 0 ? `<ul class="notes">${sheet.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : ''}
${sheet.facts.length > 0 ? `<dl>${sheet.facts.map(({ name, cell }) => `<div><dt>${escapeHtml(name)}</dt><dd>${cellHtml({ ...cell, behind: {} }, codes)}</dd></div>`).join('')}</dl>` : ''}
${charts.map((chart) => `<figure><figcaption>${escapeHtml(chart.title)} ${chart.legend.map(({ name, tone }) => `<span class="key"><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="var(--${tone})"/></svg>${escapeHtml(name)}</span>`).join(' ')}</figcaption>${chart.svg}</figure>`).join('\n')}
${sheet.tables.map((table) => tableHtml(table, codes)).join('\n')}
${voicesHtml(sheet)}
<footer>${escapeHtml(sheet.foot)}${deskUrl ? ` <a href="${escapeHtml(deskUrl)}">${escapeHtml(say(language, 'atDesk'))}</a>` : ''}</footer>
</body>
</html>
`
}

function tableHtml({ id, title, hint, head, rows }: SheetTable, codes: ReadonlySet<string>): string {
  const th = head.map(
    ({ text, right }) => `<th scope="col"${right ? ' class="right"' : ''}>${escapeHtml(text)}</th>`,
  )
  const body = rows.map((row) => {
    const cells = row.map((cell, n) => {
      const html = cellHtml(cell, codes)
      return n === 0
        ? `<th scope="row">${html}</th>`
        : `<td${head[n]?.right ? ' class="right"' : ''}>${html}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<section><h2 id="${id}">${escapeHtml(title)}</h2>${hint ? `<p class="dim">${escapeHtml(hint)}</p>` : ''}
<div class="scroll"><table><thead><tr>${th.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div></section>`
}

function cellHtml({ text, sub, tone, behind, list }: Cell, codes: ReadonlySet<string>): string {
  const linked = (words: string, code: string | undefined) =>
    code !== undefined && codes.has(code) ? `<a href="#voices-${escapeHtml(code)}">${words}</a>` : words
  const whole = list?.length
    ? list.map((each) => linked(escapeHtml(each.text), each.behind?.code)).join('<br>')
    : linked(escapeHtml(text), behind?.code)
  return `${tone ? `<span class="${tone}">${whole}</span>` : whole}${sub ? `<small>${escapeHtml(sub)}</small>` : ''}`
}

function voicesHtml({ language, voices }: Sheet): string {
  if (voices.length === 0) return ''
  const parts = voices.map(({ code, name, quotes }) => {
    const said = quotes.map(
      ({ text, about, language: spoken }) =>
        `<blockquote dir="auto"${spoken ? ` lang="${escapeHtml(spoken)}"` : ''}>${escapeHtml(text)}<small lang="${language}">${escapeHtml(about)}</small></blockquote>`,
    )
    const none = `<p class="dim">${escapeHtml(say(language, 'noVoices'))}</p>`
    return `<h3 id="voices-${escapeHtml(code)}">${escapeHtml(name)}</h3>${said.join('') || none}`
  })
  return `<section><h2 id="voices">${escapeHtml(say(language, 'voices'))}</h2>${parts.join('\n')}</section>`
}

/** A review as Markdown: tables and quotes, nothing of a customer's words taken as markup. */
export function reviewMarkdown(sheet: Sheet, { deskUrl = null }: ReportOptions = {}): string {
  const { language } = sheet
  const lines = [`# ${md(sheet.title)}`, '', md(sheet.lead), '']
  for (const note of sheet.notes) lines.push(`> ${md(note)}`, '')
  for (const { name, cell } of sheet.facts) lines.push(`- **${md(name)}**: ${cellText(cell, md)}`)
  if (sheet.facts.length > 0) lines.push('')
  for (const { title, hint, head, rows } of sheet.tables) {
    lines.push(`## ${md(title)}`, '', ...(hint ? [md(hint), ''] : []))
    lines.push(`| ${head.map(({ text }) => md(text)).join(' | ')} |`)
    lines.push(`| ${head.map(({ right }) => (right ? '---:' : '---')).join(' | ')} |`)
    for (const row of rows) lines.push(`| ${row.map((cell) => cellText(cell, md)).join(' | ')} |`)
    lines.push('')
  }
  if (sheet.voices.length > 0) lines.push(`## ${md(say(language, 'voices'))}`, '')
  for (const { name, quotes } of sheet.voices) {
    lines.push(`### ${md(name)}`, '')
    if (quotes.length === 0) lines.push(md(say(language, 'noVoices')), '')
    for (const { text, about } of quotes) {
      lines.push(
        ...text.split(/\r\n|[\n\r\u2028\u2029]/u).map((line) => `> ${md(line)}`),
        `> — ${md(about)}`,
        '',
      )
    }
  }
  lines.push(md(sheet.foot), ...(deskUrl ? ['', `<${deskUrl}>`] : []))
  return `${lines.join('\n')}\n`
}

/** A review as plain text, for mails. */
export function reviewText(sheet: Sheet, deskUrl: string | null): string {
  const lines = [sheet.title, sheet.lead, '', ...sheet.notes.flatMap((note) => [`* ${note}`])]
  if (sheet.notes.length > 0) lines.push('')
  for (const { name, cell } of sheet.facts) lines.push(`${name}: ${cellText(cell, oneLine)}`)
  for (const { title, head, rows } of sheet.tables) {
    lines.push('', `== ${title} ==`)
    for (const [first, ...rest] of rows) {
      lines.push(first ? cellText(first, oneLine) : '')
      for (const [n, cell] of rest.entries())
        lines.push(`   ${head[n + 1]?.text}: ${cellText(cell, oneLine)}`)
    }
  }
  for (const { name, quotes } of sheet.voices.filter((voice) => voice.quotes.length > 0)) {
    lines.push('', `== ${name} ==`, ...quotes.map(({ text, about }) => `「${oneLine(text)}」 ${about}`))
  }
  lines.push('', sheet.foot, ...(deskUrl ? [deskUrl] : []))
  return `${lines.join('\n')}\n`
}

function cellText({ text, sub, list }: Cell, escaped: (text: string) => string): string {
  const whole = list?.length ? list.map((each) => escaped(each.text)).join('; ') : escaped(text)
  return sub ? `${whole} (${escaped(sub)})` : whole
}

/** A text in which nothing is Markdown, on one line. */
export function md(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|~!]/g, '\\$&')
    .replace(/^(\s*)([-+=]|\d+[.)])/, '$1\\$2')
    .replaceAll('://', ':\\//')
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}
