import { escapeHtml } from '../../escape-html.ts'

/**
 * An SVG of ECharts' as a strict Content-Security-Policy lets a page have it: no style attributes, no style sheet, no
 * ids that two charts would share. Its texts get their font from desk.css.
 */
export function plainSvg(svg: string, label: string, overlay = ''): string {
  const inner = svg
    .replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ (?:style|class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    // Lines are clipped to the plot, which ours never leave.
    .replace(/<defs\s*>[\s\S]*?<\/defs>/g, '')
    .replace(/ clip-path="[^"]*"/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>/g, '')
    .replace(/<(path|polygon|polyline|rect)([^>]*)><\/\1>/g, '<$1$2/>')
    // Bars of no height.
    .replace(/<path d="M[\d. ]+l[\d.]+ 0l0 0l-[\d.]+ 0Z"[^>]*\/>/g, '')
    .replace(/\n+/g, '')
    // Bars of one colour are one shape.
    .replace(/<path d="[^"]*" fill="([^"]*)"\/>(?:<path d="[^"]*" fill="\1"\/>)+/g, (paths, fill) => {
      const shapes = [...paths.matchAll(/ d="([^"]*)"/g)].map((shape) => shape[1])
      return `<path d="${shapes.join('')}" fill="${fill}"/>`
    })
  const [, box = ''] = /viewBox="([^"]*)"/.exec(svg) ?? []
  return `<svg viewBox="${box}" role="img" aria-label="${escapeHtml(label)}">${inner}${overlay}</svg>`
}
