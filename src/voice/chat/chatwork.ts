import { type ChatMessage, type ChatPost, tableLines } from './message.ts'

/** Chatwork takes 65,535 characters; nobody reads so many. */
const MOST = 8000

/** A message for Chatwork's API v2: a form, with the token in a header (https://developer.chatwork.com/reference). */
export function chatworkPost(
  message: ChatMessage,
  { origin, room, token }: { origin: string; room: string; token: string },
): ChatPost {
  const { title, quote, lines, table, link, id } = message
  const parts = [
    ...(quote ? [escapeTags(quote)] : []),
    ...lines.map(escapeTags),
    ...(table ? [`[code]${tableLines(table).map(escapeTags).join('\n')}[/code]`] : []),
    ...(link ? [`${escapeTags(link.text)}: ${link.url}`] : []),
    escapeTags(id),
  ]
  const body = `[info][title]${escapeTags(title)}[/title]${parts.join('\n').slice(0, MOST)}[/info]`
  return {
    url: `${origin}/v2/rooms/${room}/messages`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-chatworktoken': token },
    body: new URLSearchParams({ body, self_unread: '0' }).toString(),
  }
}

/** Chatwork has no escape for its tags such as [toall] and [To:1]: brackets become their wide forms. */
export function escapeTags(text: string): string {
  return text.replaceAll('[', '［').replaceAll(']', '］')
}
