import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Trx } from './database.ts'
import type { Database } from './schema.ts'

export type SignalRow = Selectable<Database['signals']>
/** A signal as it is raised. */
export type NewSignal = Pick<
  SignalRow,
  'reason' | 'kind' | 'name' | 'code' | 'at' | 'began_at' | 'seen' | 'expected' | 'chance'
>

/** What a department looks at: a day after it was raised is another matter. */
const LASTS = sql`interval '1 day'`
const PERSON = sql`coalesce(c.person, c.id::text)`
const NAMED = sql<string | null>`coalesce((select users.name from users
  where signals.settled_by = 'user:' || users.id), signals.settled_by)`

/** Writes a signal down. @returns its id; null where it is known */
export async function insertSignal(trx: Trx, signal: NewSignal): Promise<number | null> {
  const row = await trx
    .insertInto('signals')
    .values(signal)
    .onConflict((conflict) => conflict.columns(['kind', 'name', 'began_at']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) return null
  const { reason, kind, code, seen } = signal
  await audit(trx, 'worker:andon', 'signal.raised', `signal:${row.id}`, { reason, kind, code, seen })
  return row.id
}

/** Signals that nobody has settled, danger first, then the newest; with how many people are behind each. */
export async function openSignals(db: Db, limit: number) {
  const { rows } = await sql<SignalRow & { people: number; looked: number }>`
    select s.*, ${peopleBehind(sql`s`)} as people,
      (select count(*)::int from signal_looks l where l.signal_id = s.id) as looked
    from signals s where s.state = 'open'
    order by s.reason = 'danger' desc, s.id desc limit ${limit}`.execute(db)
  return rows
}

/** Signals of the past, those settled last first. */
export function settledSignals(db: Db, limit: number) {
  return db
    .selectFrom('signals')
    .selectAll()
    .select(NAMED.as('settledName'))
    .where('state', '<>', 'open')
    .orderBy('settled_at', 'desc')
    .limit(limit)
    .execute()
}

export async function countOpenSignals(db: Db): Promise<number> {
  const row = await db
    .selectFrom('signals')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export function findSignal(db: Db, id: number) {
  return db
    .selectFrom('signals')
    .selectAll()
    .select(NAMED.as('settledName'))
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The contacts behind a signal, masked, those with words first; and how many people they are of. */
export async function voicesOfSignal(db: Db, id: number, limit: number) {
  const { rows } = await sql<{
    id: number
    at: Date
    language: string | null
    code: string
    severity: number | null
    network: string
    text: string | null
    case_id: number | null
  }>`
    select c.id, c.at, c.language, c.code, c.severity, c.network, c.text, c.case_id
    from signals s join contacts c on ${isBehind(sql`s`)}
    where s.id = ${id}
    order by c.text is null, c.at desc limit ${limit}`.execute(db)
  const { rows: counts } = await sql<{ people: number; contacts: number }>`
    select count(distinct ${PERSON})::int as people, count(*)::int as contacts
    from signals s join contacts c on ${isBehind(sql`s`)} where s.id = ${id}`.execute(db)
  return { voices: rows, ...(counts[0] as { people: number; contacts: number }) }
}

/** Writes down that somebody looked at a signal, the first time. */
export async function noteLook(db: Db, signalId: number, userId: number): Promise<void> {
  await db
    .insertInto('signal_looks')
    .values({ signal_id: signalId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Who looked at a signal, in the order of their looking. */
export function looksAt(db: Db, signalId: number) {
  return db
    .selectFrom('signal_looks')
    .innerJoin('users', 'users.id', 'signal_looks.user_id')
    .select(['users.name', 'signal_looks.at'])
    .where('signal_id', '=', signalId)
    .orderBy('signal_looks.at')
    .execute()
}

/** A signal is dealt with. @returns false where it was before */
export async function settleSignal(
  trx: Trx,
  { id, state, note, actor }: { id: number; state: 'dismissed' | 'acted'; note: string; actor: string },
): Promise<boolean> {
  const row = await trx
    .updateTable('signals')
    .set({ state, note, settled_by: actor, settled_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst()
  if (!row) return false
  const action = state === 'dismissed' ? 'signal.dismissed' : 'signal.acted'
  await audit(trx, actor, action, `signal:${id}`)
  return true
}

/** A cord was let go: what was signalled of its thing before is dealt with. */
export async function settleSignalsOf(
  trx: Trx,
  thing: { kind: SignalRow['kind']; name: string },
  actor: string,
): Promise<void> {
  const open = await trx
    .selectFrom('signals')
    .select('id')
    .where('state', '=', 'open')
    .where('kind', '=', thing.kind)
    .where('name', '=', thing.name)
    .execute()
  for (const { id } of open) await settleSignal(trx, { id, state: 'acted', note: '', actor })
}

/** Whether the code of contact `c` is called so now, or had that name when the signal was raised. */
function renamedTo(name: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (
    select 1 from contact_codes named
    where named.code = c.code and named.renamed_to = ${name} or named.code = ${name} and named.renamed_to = c.code)`
}

/** Whether contact `c` is one of those that a signal tells of. */
function isBehind(signal: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`(
    c.at >= ${signal}.began_at and c.at <= ${signal}.at + ${LASTS}
    and (c.kind in ('post', 'playback') and c.sentiment is distinct from 'positive'
      or c.kind = 'correction' and ${signal}.reason = 'danger')
    and case ${signal}.kind when 'company' then true
      when 'code' then (c.code = ${signal}.name or ${renamedTo(sql`${signal}.name`)})
      else c.product_id = ${signal}.name end
    and case when ${signal}.reason = 'danger' then c.severity = 3 or c.code = 'item.safety'
      else ${signal}.code is null or c.code = ${signal}.code or ${renamedTo(sql`${signal}.code`)} end)`
}

function peopleBehind(signal: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`(select count(distinct ${PERSON})::int from contacts c where ${isBehind(signal)})`
}
