import { once } from 'node:events'

/** Writes and waits where the reader is slower than we are. */
export async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

export function printJson(value: unknown): Promise<void> {
  return write(process.stdout, `${JSON.stringify(value)}\n`)
}

const segments = new Intl.Segmenter('und', { granularity: 'grapheme' })
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u

/** Lays rows out in columns that line up in a terminal, where Japanese characters are two columns wide. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => oneLine(String(cell))))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))))
  return cells
    .map((row) =>
      row
        .map((cell, column) => `${cell}${' '.repeat((widths[column] as number) - widthOf(cell))}`)
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Words of strangers: nothing in them may move the cursor or break the line. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}

function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segments.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}
