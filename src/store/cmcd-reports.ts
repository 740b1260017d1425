import { sql } from 'kysely'
import { type Db, poolOf, type Store } from './database.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'

export interface NewReport {
  mode: 'query' | 'header' | 'event'
  /** Sequence number, where the player sends one: a repeated report is stored once. */
  sn: number | null
  cmcd: string
}

/** What one request brings for one session. */
export interface Delivery {
  sid: string
  reports: readonly NewReport[]
}

/** How many reports were new; null where the session is not registered; 'full' where it has sent too much. */
export type Stored = number | null | 'full'

/** A session takes this many reports and no more: enough for a day of five-second intervals. */
const MAX_REPORTS = 20_000
/** A two-hour film in five-second intervals, every request of it told, is about a quarter of this. */
const MAX_REPORT_BYTES = 2_000_000
/** Bodies of one session that are put aside because they could not be read. */
const MAX_QUARANTINED = 20

/** Bytes of one write, counting something for each request and report. */
const MOST_A_WRITE = 1_000_000
/** Bytes of what waits: some 100,000 reports, a few seconds of a database at its limit. */
const MOST_WAITING = 32_000_000
const REPORT_OVERHEAD = 200

/**
 * Takes deliveries and answers each after the commit that holds it; what comes in meanwhile shares the next commit.
 * A session's deliveries are written in the order of their coming. One that can not be stored fails alone.
 */
export function createReportIntake(store: Store): GroupCommit<Delivery, Stored> {
  return createGroupCommit({
    write: (deliveries) => storeDeliveries(store, deliveries),
    weigh: ({ reports }) => reports.reduce((sum, { cmcd }) => sum + cmcd.length + REPORT_OVERHEAD, 0),
    mostWeight: MOST_A_WRITE,
    mostWaiting: MOST_WAITING,
  })
}

async function storeDeliveries(store: Store, deliveries: readonly Delivery[]): Promise<(Stored | Error)[]> {
  try {
    const stored = await storeTogether(store, deliveries)
    const outcomes: (Stored | Error)[] = []
    for (const [n, delivery] of deliveries.entries()) {
      const count = stored[n]
      outcomes.push(count ?? (await storeAlone(store, delivery)))
    }
    return outcomes
  } catch (error) {
    if (!concernsTheData(error)) throw error
    if (deliveries.length === 1) return [error]
    const half = deliveries.length >> 1
    return [
      ...(await storeDeliveries(store, deliveries.slice(0, half))),
      ...(await storeDeliveries(store, deliveries.slice(half))),
    ]
  }
}

async function storeAlone(store: Store, { sid, reports }: Delivery): Promise<Stored | Error> {
  return storeReports(store, sid, reports).catch((error: unknown) => error as Error)
}

/** SQLSTATE classes: data exception, integrity constraint, deadlock, program limit. Others concern the connection. */
function concernsTheData(error: unknown): error is Error {
  return /^(22|23|40|54)/.test((error as { code?: string }).code ?? '')
}

/**
 * One statement, one commit. Lists come as text, which costs both sides less than arrays. Sessions are found by
 * `= any`, which the planner answers from the primary key whatever it thinks of the lists. Which reports were new is
 * told only where some were not.
 */
const TOGETHER = `
  with touched as (
    update streaming_sessions as session
    set last_report_at = now(), reports = session.reports + given.reports,
      report_bytes = session.report_bytes + given.bytes
    from unnest(string_to_array($1, e'\\n'), string_to_array($2, ',')::int[], string_to_array($3, ',')::int[])
      as given (sid, reports, bytes)
    where session.sid = given.sid and session.sid = any(string_to_array($1, e'\\n'))
      and session.state <> 'decided'
      and session.reports <= ${MAX_REPORTS} - given.reports
      and session.report_bytes <= ${MAX_REPORT_BYTES} - given.bytes
    returning session.sid
  ), stored as (
    insert into cmcd_reports (sid, mode, sn, cmcd)
    select given.sid, given.mode, given.sn, given.cmcd
    from unnest(string_to_array($4, e'\\n'), string_to_array($5, ','),
      string_to_array($6, ',', '')::bigint[], string_to_array($7, e'\\n')) as given (sid, mode, sn, cmcd)
    join touched on touched.sid = given.sid
    on conflict do nothing
    returning sid, mode, sn
  )
  select
    case when (select count(*) from touched) < $8::int
      then (select coalesce(json_agg(sid), '[]') from touched) end as touched,
    case when (select count(*) from stored) < $9::int
      then (select coalesce(json_agg(stored), '[]') from stored) end as stored`

interface TogetherRow {
  /** Null where all were. */
  touched: string[] | null
  stored: { sid: string; mode: string; sn: number | null }[] | null
}

/**
 * The way of nearly all: sessions that are registered, not decided and not full.
 * @returns how many reports of each delivery were new; null for those that are left to `storeReports`
 */
async function storeTogether(store: Store, deliveries: readonly Delivery[]): Promise<(number | null)[]> {
  const sessions = new Map<string, { reports: number; bytes: number }>()
  const [sids, modes, sns, cmcds]: [string[], string[], string[], string[]] = [[], [], [], []]
  const alone = new Set(deliveries.filter(holdsLineFeed))
  for (const delivery of deliveries) {
    if (alone.has(delivery)) continue
    const { sid, reports } = delivery
    let session = sessions.get(sid)
    if (!session) {
      session = { reports: 0, bytes: 0 }
      sessions.set(sid, session)
    }
    session.reports += reports.length
    for (const { mode, sn, cmcd } of reports) {
      session.bytes += Buffer.byteLength(cmcd)
      sids.push(sid)
      modes.push(mode)
      sns.push(sn === null ? '' : String(sn))
      cmcds.push(cmcd)
    }
  }
  if (sids.length === 0) return deliveries.map(() => null)
  const totals = [...sessions.values()]
  const { rows } = await poolOf(store).query<TogetherRow>({
    name: 'cmcd-reports',
    text: TOGETHER,
    values: [
      [...sessions.keys()].join('\n'),
      totals.map(({ reports }) => reports).join(','),
      totals.map(({ bytes }) => bytes).join(','),
      sids.join('\n'),
      modes.join(','),
      sns.join(','),
      cmcds.join('\n'),
      sessions.size,
      sids.length,
    ],
  })
  const { touched, stored } = rows[0] as TogetherRow
  const known = touched && new Set(touched)
  const fresh = stored && countByKey(stored)
  return deliveries.map((delivery) => {
    const { sid, reports } = delivery
    if (alone.has(delivery) || (known && !known.has(sid))) return null
    if (!fresh) return reports.length
    return reports.filter((report) => takeKey(fresh, keyOf(sid, report))).length
  })
}

function holdsLineFeed({ sid, reports }: Delivery): boolean {
  return sid.includes('\n') || reports.some(({ cmcd }) => cmcd.includes('\n'))
}

function keyOf(sid: string, { mode, sn }: { mode: string; sn: number | null }): string {
  return `${mode} ${sn} ${sid}`
}

function countByKey(stored: NonNullable<TogetherRow['stored']>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of stored) {
    const key = keyOf(row.sid, row)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Of two alike in one write the first was the new one. */
function takeKey(counts: Map<string, number>, key: string): boolean {
  const left = counts.get(key) ?? 0
  counts.set(key, left - 1)
  return left > 0
}

/**
 * Stores reports of a registered session. One for which no rule spoke is open again when new ones come.
 * @returns how many were new; null where the session is not registered; 'full' where it has sent too much
 */
export async function storeReports(
  store: Store,
  sid: string,
  reports: readonly NewReport[],
): Promise<Stored> {
  const bytes = reports.reduce((sum, { cmcd }) => sum + Buffer.byteLength(cmcd), 0)
  return store.transaction().execute(async (trx) => {
    const session = await trx
      .updateTable('streaming_sessions')
      .set((eb) => ({
        last_report_at: sql<Date>`now()`,
        reports: eb('reports', '+', reports.length),
        report_bytes: eb('report_bytes', '+', bytes),
      }))
      .where('sid', '=', sid)
      .where('reports', '<=', MAX_REPORTS - reports.length)
      .where('report_bytes', '<=', MAX_REPORT_BYTES - bytes)
      .returning(['state'])
      .executeTakeFirst()
    if (!session) return (await isRegistered(trx, sid)) ? 'full' : null
    const stored = await trx
      .insertInto('cmcd_reports')
      .values(reports.map((report) => ({ sid, mode: report.mode, sn: report.sn, cmcd: report.cmcd })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    if (session.state === 'decided' && stored.length > 0) await reopen(trx, sid)
    return stored.length
  })
}

async function isRegistered(trx: Db, sid: string): Promise<boolean> {
  const row = await trx
    .selectFrom('streaming_sessions')
    .select('sid')
    .where('sid', '=', sid)
    .executeTakeFirst()
  return row !== undefined
}

async function reopen(trx: Db, sid: string): Promise<void> {
  await trx
    .updateTable('streaming_sessions')
    .set({ state: 'open' })
    .where('sid', '=', sid)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('refund_decisions')
          .select('refund_decisions.id')
          .whereRef('refund_decisions.order_line_id', '=', 'streaming_sessions.order_line_id')
          .where('refund_decisions.outcome', '=', 'no-rule')
          .where('refund_decisions.kind', 'in', ['playback.ended', 'playback.failed']),
      ),
    )
    .execute()
}

/** Takes one of the places for what a session sent and could not be read. @returns false where all are taken */
export async function takeQuarantinePlace(db: Db, sid: string): Promise<boolean> {
  const row = await db
    .updateTable('streaming_sessions')
    .set((eb) => ({ quarantined: eb('quarantined', '+', 1) }))
    .where('sid', '=', sid)
    .where('quarantined', '<', MAX_QUARANTINED)
    .returning('sid')
    .executeTakeFirst()
  return row !== undefined
}

/** The reports of a session in the order of their arrival. */
export function sessionReports(db: Db, sid: string) {
  return db
    .selectFrom('cmcd_reports')
    .select(['received_at as at', 'mode', 'cmcd'])
    .where('sid', '=', sid)
    .orderBy('id')
    .execute()
}
