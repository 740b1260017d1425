import { calm } from './format.ts'
import { type Language, translate } from './i18n.ts'

const COLUMNS = 52
const LINES = 3

/** A card in place of a picture that could not be had, as SVG, with its description. */
export function noPicture(language: Language, alt: string): string {
  const lines = [translate(language, 'picture.none'), ...wrap(language, calm(alt))]
  const top = 122 - (lines.length - 1) * 12
  const text = lines
    .map(
      (line, n) =>
        `<text x="240" y="${top + 42 + n * 24}"${n > 0 ? ' class="alt"' : ''}>${escapeXml(line)}</text>`,
    )
    .join('')
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 240" width="480" height="240" lang="${language}">` +
    '<style>svg{font:15px system-ui,"Hiragino Sans","Noto Sans CJK JP",sans-serif}rect{fill:#efede7}' +
    'text{fill:#615e57;text-anchor:middle}.alt{fill:#23221f}path{fill:none;stroke:#615e57;stroke-width:2}' +
    '@media(prefers-color-scheme:dark){rect{fill:#23272e}text{fill:#a5a29b}.alt{fill:#e9e7e2}path{stroke:#a5a29b}}</style>' +
    `<rect width="480" height="240"/><path d="M222 ${top - 14}h36v28h-36zm4 23 10-11 8 8 5-5 8 8"/>${text}</svg>`
  )
}

/** At most a few lines; wide characters count two. */
function wrap(language: Language, text: string): string[] {
  const lines: string[] = []
  let line = ''
  let width = 0
  for (const { segment } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text.trim())) {
    const wide = [...segment].reduce((sum, each) => sum + ((each.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0)
    if (width + wide > COLUMNS) {
      lines.push(line.trim())
      if (lines.length === LINES) return [...lines.slice(0, -1), `${lines.at(-1)}…`]
      line = ''
      width = 0
    }
    line += segment.slice(0, COLUMNS)
    width += wide
  }
  return line.trim() === '' ? lines : [...lines, line.trim()]
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
