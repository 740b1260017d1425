import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import type { Contact } from '../../store/contacts.ts'
import { columnsOf } from './contacts-csv.ts'

type Column = ReturnType<typeof columnsOf>[number]
type Kind = NonNullable<ColumnSource['type']>

const KINDS: Partial<Record<Column, Kind>> = {
  id: 'INT64',
  at: 'TIMESTAMP',
  severity: 'INT32',
  open: 'BOOLEAN',
  refund_minor: 'INT64',
  first_answer_s: 'INT32',
  cost_micro_usd: 'INT64',
  case_id: 'INT64',
  written_at: 'TIMESTAMP',
  amended_at: 'TIMESTAMP',
}
/** A row group for each so many contacts: what is held in memory at once. */
const GROUP = 20_000

/**
 * Pages of contacts as one Parquet file (Snappy), chunk by chunk. Times are UTC in milliseconds; several codes stand in
 * one cell with spaces between them.
 */
export async function* contactsParquet(
  pages: AsyncIterable<readonly Contact[]>,
  texts: boolean,
): AsyncGenerator<Uint8Array> {
  const columns = columnsOf(texts)
  const out = new ByteWriter()
  const writer = new ParquetWriter({
    writer: out,
    schema: schemaFromColumnData({ columnData: dataOf(columns, []) }),
    createdBy: 'kikimimi',
  })
  // the offset goes on counting, only what was handed on leaves the buffer
  const drain = () => {
    const bytes = out.getBytes().slice()
    out.index = 0
    return bytes
  }
  let held: Contact[] = []
  for await (const page of pages) {
    held.push(...page)
    if (held.length < GROUP) continue
    writer.write({ columnData: dataOf(columns, held), rowGroupSize: held.length })
    held = []
    yield drain()
  }
  if (held.length > 0) writer.write({ columnData: dataOf(columns, held), rowGroupSize: held.length })
  writer.finish()
  yield drain()
}

function dataOf(columns: readonly Column[], contacts: readonly Contact[]): ColumnSource[] {
  return columns.map((name) => {
    const type = KINDS[name] ?? 'STRING'
    return { name, type, nullable: true, data: contacts.map((contact) => cellOf(contact[name], type)) }
  })
}

function cellOf(value: Contact[keyof Contact], type: Kind) {
  if (value === null || value === undefined) return null
  if (type === 'INT64') return BigInt(value as number)
  return Array.isArray(value) ? value.join(' ') : value
}
