import type { ChatMessage, ChatPost } from './message.ts'

const MOST_ROWS = 20

/**
 * A message for a workflow of Teams ("when a webhook request is received"), as an Adaptive Card. All text stands in
 * rich text blocks, where Markdown is not read; mentions need entities, of which there are none.
 */
export function teamsPost(message: ChatMessage, url: string): ChatPost {
  const { title, quote, lines, table, link, id } = message
  const body = [
    block(title, { weight: 'Bolder', size: 'Medium' }),
    ...(quote
      ? [{ type: 'Container', style: 'emphasis', items: quote.split('\n').map((line) => block(line)) }]
      : []),
    ...lines.map((line) => block(line)),
    ...(table ? [tableOf(table)] : []),
    block(id, { isSubtle: true, size: 'Small' }),
  ]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    body,
    ...(link ? { actions: [{ type: 'Action.OpenUrl', title: link.text, url: link.url }] } : {}),
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'message', attachments: [attachment] }),
  }
}

function block(text: string, style: Record<string, unknown> = {}) {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: text || ' ', ...style }] }
}

function tableOf({ head, rows }: NonNullable<ChatMessage['table']>) {
  const row = (cells: readonly string[], style?: Record<string, unknown>) => ({
    type: 'TableRow',
    cells: cells.map((cell) => ({ type: 'TableCell', items: [block(cell, style)] })),
  })
  return {
    type: 'Table',
    firstRowAsHeader: true,
    columns: head.map(() => ({ width: 1 })),
    rows: [row(head, { weight: 'Bolder' }), ...rows.slice(0, MOST_ROWS).map((cells) => row(cells))],
  }
}
