import { stringify } from 'csv-stringify/sync'
import { CONTACT_COLUMNS, type Contact, PERSONAL_COLUMNS } from '../../store/contacts.ts'

/** Cells that a spreadsheet would take for a formula. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@＝＋－＠|%]|^[\t\r\n]/

/**
 * Pages of contacts as CSV (RFC 4180, UTF-8), a line of column names first. Several codes stand in one cell with spaces
 * between them. A text that a spreadsheet would run as a formula gets an apostrophe before it.
 */
export async function* contactsCsv(
  pages: AsyncIterable<readonly Contact[]>,
  texts: boolean,
): AsyncGenerator<string> {
  const columns = columnsOf(texts)
  yield stringify([[...columns]], { record_delimiter: '\r\n' })
  for await (const page of pages) {
    yield stringify(
      page.map((contact) => columns.map((column) => cellOf(contact[column]))),
      { record_delimiter: '\r\n' },
    )
  }
}

/** The columns of an export with or without what is about one person. */
export function columnsOf(texts: boolean) {
  const hidden: readonly string[] = texts ? [] : PERSONAL_COLUMNS
  return CONTACT_COLUMNS.filter((column) => !hidden.includes(column))
}

function cellOf(value: Contact[keyof Contact]): string | number {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return String(value)
  return plainCell(typeof value === 'string' ? value : value.join(' '))
}

/** A text that no spreadsheet runs as a formula. */
export function plainCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}
