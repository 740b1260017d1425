import { type ChatMessage, type ChatPost, tableLines } from './message.ts'

/** Longest text of a section; Slack takes 3,000 characters, escapes among them. */
const MOST = 2500

/**
 * A message for an incoming webhook of Slack, as Block Kit. Words of customers stand in rich text, where nothing is
 * markup; in the notification they are escaped (https://docs.slack.dev/messaging/formatting-message-text).
 */
export function slackPost(message: ChatMessage, url: string): ChatPost {
  const { title, quote, lines, table, link, id } = message
  const text = (words: string) => ({ type: 'text', text: words })
  const blocks: unknown[] = [section(`*${escapeMrkdwn(title)}*`)]
  if (quote) blocks.push(richText({ type: 'rich_text_quote', elements: [text(quote)] }))
  if (lines.length > 0) blocks.push(section(lines.map(escapeMrkdwn).join('\n')))
  if (table) {
    blocks.push(
      richText({
        type: 'rich_text_preformatted',
        elements: [text(tableLines(table).join('\n').slice(0, MOST))],
      }),
    )
  }
  const more = link ? `<${link.url}|${escapeMrkdwn(link.text)}> · ` : ''
  blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: `${more}${escapeMrkdwn(id)}` }] })
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      text: escapeMrkdwn(quote ? `${title}: ${quote}` : title).slice(0, MOST),
      blocks,
      unfurl_links: false,
      unfurl_media: false,
    }),
  }
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, MOST), verbatim: true } }
}

function richText(element: unknown) {
  return { type: 'rich_text', elements: [element] }
}

/**
 * The three characters that Slack reads, so that no `<!channel>` and no link begins; and a break that nobody sees after
 * each @ and within formatting, for which Slack has no escape.
 */
export function escapeMrkdwn(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[@*_~`]/g, '$&\u2060')
}
