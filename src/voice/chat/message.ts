/** A message in one language, before it is put into the markup of a chat. None of it is escaped yet. */
export interface ChatMessage {
  /** The same whenever it is sent again. */
  id: string
  kind: string
  severity: number
  codes: readonly string[]
  title: string
  /** Words of a customer, masked; null: none, or they were deleted. */
  quote: string | null
  lines: readonly string[]
  table: { head: readonly string[]; rows: readonly (readonly string[])[] } | null
  /** Where the desk has more of it. */
  link: { url: string; text: string } | null
  at: Date
}

/** One POST. */
export interface ChatPost {
  url: string
  headers: Record<string, string>
  body: string
}

const MOST_QUOTED = 500
const MOST_ROWS = 20

/** A customer's words, short enough for a chat; whole characters, and no control characters. */
export function clip(text: string, most = MOST_QUOTED): string {
  const clean = text
    .slice(0, most * 20)
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  const characters = [...new Intl.Segmenter('en').segment(clean)]
  if (characters.length <= most) return clean
  return `${characters
    .slice(0, most)
    .map(({ segment }) => segment)
    .join('')}…`
}

/** A table as lines of text, for chats that have none. */
export function tableLines({ head, rows }: NonNullable<ChatMessage['table']>): string[] {
  return [head, ...rows.slice(0, MOST_ROWS)].map((row) => row.join(' | '))
}
