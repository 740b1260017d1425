import { escapeHtml } from '../escape-html.ts'

/**
 * Makes the HTML of a mail's body from its text: paragraphs at blank lines, line breaks, and links only
 * where they are the brand's own. Everything else is escaped, whatever a title or a name holds.
 */
export function htmlBody(text: string, ownLinks: readonly string[]): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const html = paragraph.split(/(\s+)/).map((word) => {
        const safe = escapeHtml(word)
        return ownLinks.includes(word) ? `<a href="${safe}" style="color:#8a4b08">${safe}</a>` : safe
      })
      return `<p style="margin:0 0 1em">${html.join('').replaceAll('\n', '<br>\n')}</p>`
    })
    .join('\n')
}
