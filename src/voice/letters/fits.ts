/** How wide the printed page is at its smallest size, in half-width characters. */
const PAGE_WIDTH = 146
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u

/** Lines that each part of an answer may take, so that the whole letter stays on one page. */
export const ANSWER_LINES = 8
export const FACT_LINES = 5

/** How many printed lines a text takes. */
export function linesOf(text: string): number {
  if (text.trim() === '') return 0
  return text
    .trim()
    .split(/\r?\n/)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / PAGE_WIDTH)), 0)
}

/** A text cut to so many characters of half width, with an ellipsis where something is missing. */
export function cutTo(text: string, width: number): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  if (widthOf(plain) <= width) return plain
  let cut = ''
  let taken = 0
  for (const each of plain) {
    taken += WIDE.test(each) ? 2 : 1
    if (taken > width - 2) break
    cut += each
  }
  return `${cut}…`
}

function widthOf(text: string): number {
  let width = 0
  for (const each of text) width += WIDE.test(each) ? 2 : 1
  return width
}
