import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { deskLog } from '../log.ts'
import { type AuditFilter, type AuditRow, auditActions, auditPage, auditRows } from '../store/audit-page.ts'
import { listUsers } from '../store/users.ts'
import { type Desk, sendPage } from './desk.ts'
import { type Language, translate, translateOr } from './i18n.ts'
import { ProblemError, type Route, readNumber, type Visit, withoutNul } from './visit.ts'

const PAGE = 50
const COLUMNS = ['id', 'at', 'actor', 'name', 'action', 'subject', 'before', 'after', 'detail']
/** Subjects that have a page of their own. */
const PAGES: Record<string, (id: string) => string> = {
  case: (id) => `/cases/${id}`,
  incident: (id) => `/streaming/incidents/${id}`,
  cord: (id) => `/andon/cords/${id}`,
  signal: (id) => `/andon/signals/${id}`,
  'listing-case': (id) => `/listing-cases/${id}`,
}

/** Who did what, before and after: to look through, and as a file. */
export function auditRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/audit',
      allow: 'operate',
      async handle(visit) {
        const filter = readFilter(visit)
        const before = readNumber(visit.request.query.before)
        const [rows, actions, users] = await Promise.all([
          auditPage(desk.store, filter, before, PAGE + 1),
          auditActions(desk.store),
          listUsers(desk.store),
        ])
        const shown = rows.slice(0, PAGE)
        await sendPage(desk, visit, 'audit', {
          filter,
          actions,
          people: users.map(({ id, name }) => ({ actor: `user:${id}`, name })),
          rows: shown.map((row) => rowOf(visit.language, row)),
          query: queryOf(filter),
          older: rows.length > PAGE ? queryOf(filter, { before: String(shown.at(-1)?.id) }) : null,
          newest: before === null,
        })
      },
    },
    {
      method: 'get',
      path: '/audit/export',
      allow: 'operate',
      async handle(visit) {
        const { request, response } = visit
        const csv = request.query.format === 'csv'
        const rows = auditRows(desk.store, readFilter(visit))
        response.set({
          'content-type': csv ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
          'content-disposition': `attachment; filename="audit-${new Date().toISOString().slice(0, 10)}.${csv ? 'csv' : 'ndjson'}"`,
          'cache-control': 'no-store',
        })
        const file = csv
          ? [Readable.from(csvRows(rows)), stringify({ header: true, columns: COLUMNS, bom: true })]
          : [Readable.from(ndjson(rows))]
        // A file that breaks off must not look whole: the connection is cut.
        await pipeline([...file, response]).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
            deskLog.error({ err: error }, 'the export of the audit log broke off')
          response.destroy()
        })
      },
    },
  ]
}

/** @throws ProblemError 400 where a day is none */
function readFilter({ request }: Visit): AuditFilter {
  const { query } = request
  const text = (given: unknown) =>
    typeof given === 'string' && given.trim() !== '' ? withoutNul(given.trim()).slice(0, 100) : null
  const day = (given: unknown) => {
    const written = text(given)
    if (written === null) return null
    const time = /^\d{4}-\d{2}-\d{2}$/.test(written) ? Date.parse(written) : Number.NaN
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== written)
      throw new ProblemError(400, 'badDays')
    return written
  }
  return {
    actor: text(query.actor),
    action: text(query.action),
    subject: text(query.subject),
    from: day(query.from),
    to: day(query.to),
  }
}

function queryOf(filter: AuditFilter, more: Record<string, string> = {}): string {
  const given = Object.entries(filter).filter(([, value]) => value)
  return new URLSearchParams([...given, ...Object.entries(more)] as [string, string][]).toString()
}

function rowOf(language: Language, row: AuditRow) {
  const { before, after, ...rest } = row.detail
  const [kind = '', id = ''] = row.subject.split(':')
  return {
    at: row.at,
    who: row.actorName ?? translateOr(language, 'actor', row.actor),
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    subjectName: row.subjectName,
    href: /^\d+$/.test(id) ? (PAGES[kind]?.(id) ?? null) : null,
    changed: before !== undefined || after !== undefined,
    before: shown(language, before),
    after: shown(language, after),
    rest: Object.entries(rest)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({ name, value: shown(language, value) })),
  }
}

function shown(language: Language, value: unknown): string {
  if (value === undefined || value === null || value === '') return translate(language, 'audit.nothing')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

async function* ndjson(rows: AsyncIterable<AuditRow>): AsyncGenerator<string> {
  for await (const { actorName, subjectName: _, ...row } of rows)
    yield `${JSON.stringify({ ...row, name: actorName })}\n`
}

async function* csvRows(rows: AsyncIterable<AuditRow>): AsyncGenerator<string[]> {
  for await (const row of rows) {
    const { before, after, ...rest } = row.detail
    const cell = (value: unknown) =>
      value === undefined || value === null
        ? ''
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value)
    const cells = [
      row.id,
      row.at.toISOString(),
      row.actor,
      row.actorName ?? '',
      row.action,
      row.subject,
      cell(before),
      cell(after),
      Object.keys(rest).length > 0 ? JSON.stringify(rest) : '',
    ]
    yield cells.map((each) => harmless(String(each)))
  }
}

/** A spreadsheet takes what begins so for a formula (OWASP, CSV injection); numbers may stay. */
function harmless(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell
}
