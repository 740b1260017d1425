import { type SqlBool, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store, Trx } from './database.ts'
import type { IncidentDimension, SessionVerdict } from './schema.ts'

/** Where a session was watched and with what; null: not known. */
export interface SessionPlace {
  title: string
  region: string | null
  network: string | null
  player: string | null
  last_report_at: Date | null
}

/** Sessions and customers of one place. */
export interface PlaceCounts {
  sessions: number
  affected: number
  never_started: number
  customers: number
  affected_customers: number
}

const DAYS_IN_LISTS = 30
/** One bad session of one is not worse than nine of ten: as if so many good ones had been seen besides. */
const FEW = 5
const COUNTS = sql<PlaceCounts>`
  count(*)::int as sessions,
  count(*) filter (where s.verdict <> 'good')::int as affected,
  count(*) filter (where s.verdict = 'never-started')::int as never_started,
  count(distinct s.customer_id)::int as customers,
  count(distinct s.customer_id) filter (where s.verdict <> 'good')::int as affected_customers`

/** Whether session `s` is of the value of incident `i`, and of its time. */
const TOUCHED = sql<SqlBool>`(
  s.last_report_at >= i.began_at and s.last_report_at <= coalesce(i.closed_at, 'infinity')
  and case i.dimension when 'title' then s.title = i.value when 'region' then s.region = i.value
    when 'network' then s.network = i.value when 'player' then s.player = i.value else true end)`

/** Sessions of the window that are over and of no incident, for the search for causes. */
export async function windowSessions(db: Db, from: Date, to: Date) {
  const { rows } = await sql<{
    customerId: string
    title: string
    region: string | null
    network: string | null
    player: string | null
    verdict: SessionVerdict
    at: Date
  }>`
    select s.customer_id as "customerId", s.title, s.region, s.network, s.player, s.verdict, s.verdict_at as at
    from streaming_sessions s
    where s.verdict is not null and s.verdict_at > ${from} and s.verdict_at <= ${to}
      and not exists (select 1 from incidents i where ${TOUCHED})`.execute(db)
  return rows
}

/**
 * How many customers a day watched a place, and how many of them were affected, without the sessions of incidents.
 * @param place null: everything
 */
export async function historyOf(
  db: Db,
  place: { dimension: IncidentDimension; value: string },
  from: Date,
  to: Date,
): Promise<{ customers: number; affected: number }> {
  const at = place.dimension === 'all' ? sql`true` : sql`${sql.ref(`s.${place.dimension}`)} = ${place.value}`
  const { rows } = await sql<{ customers: number; affected: number }>`
    select count(*)::int as customers, count(*) filter (where affected)::int as affected
    from (
      select bool_or(s.verdict <> 'good') as affected
      from streaming_sessions s
      where s.verdict is not null and s.verdict_at > ${from} and s.verdict_at <= ${to} and ${at}
        and not exists (select 1 from incidents i where ${TOUCHED})
      group by s.customer_id, date_trunc('day', s.verdict_at)) as days`.execute(db)
  return rows[0] ?? { customers: 0, affected: 0 }
}

/** What an open incident did within a window. */
export async function incidentWindow(db: Db, id: number, from: Date, to: Date): Promise<PlaceCounts> {
  const { rows } = await sql<PlaceCounts>`
    select ${COUNTS} from streaming_sessions s join incidents i on i.id = ${id} and ${TOUCHED}
    where s.verdict is not null and s.verdict_at > ${from} and s.verdict_at <= ${to}`.execute(db)
  return rows[0] as PlaceCounts
}

/**
 * The rolling view of one dimension, the worst first: each value's sessions of the window beside those of the days
 * before.
 */
export async function rollingView(
  db: Db,
  dimension: Exclude<IncidentDimension, 'all'>,
  window: { from: Date; to: Date; since: Date },
  limit: number,
) {
  const column = sql.ref(`s.${dimension}`)
  const { rows } = await sql<PlaceCounts & { value: string; usual_sessions: number; usual_affected: number }>`
    with counted as (
      select ${column} as value, ${COUNTS} from streaming_sessions s
      where s.verdict is not null and s.verdict_at > ${window.from} and s.verdict_at <= ${window.to}
        and ${column} is not null
      group by 1),
    seen as (
      select *, affected::float / (sessions + ${FEW}) as rank from counted
      order by rank desc, sessions desc, value limit ${limit}),
    usual as (
      select ${column} as value, count(*)::int as usual_sessions,
        count(*) filter (where s.verdict <> 'good')::int as usual_affected
      from streaming_sessions s
      where s.verdict is not null and s.verdict_at > ${window.since} and s.verdict_at <= ${window.from}
        and ${column} in (select value from seen)
        and not exists (select 1 from incidents i where ${TOUCHED})
      group by 1)
    select seen.*, coalesce(usual_sessions, 0) as usual_sessions, coalesce(usual_affected, 0) as usual_affected
    from seen left join usual using (value)
    order by rank desc, sessions desc, value`.execute(db)
  return rows
}

/** Opens an incident, unless one of the same place is open. @returns its id, or null */
export async function openIncident(
  trx: Trx,
  place: { dimension: IncidentDimension; value: string },
  at: { began: Date; now: Date },
  counts: PlaceCounts,
  baseline: number,
): Promise<number | null> {
  const row = await trx
    .insertInto('incidents')
    .values({
      ...place,
      began_at: at.began,
      opened_at: at.now,
      last_seen_at: at.now,
      baseline,
      ...numbersOf(counts),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) return null
  await audit(trx, 'worker:sweep', 'incident.opened', `incident:${row.id}`, {
    dimension: place.dimension,
    ...numbersOf(counts),
  })
  return row.id
}

/** Refunds that were left to a person before anybody knew of the incident join it. */
export async function gatherRefunds(db: Db, id: number): Promise<void> {
  await sql`
    update refunds r set incident_id = ${id}
    where r.state = 'asked' and r.incident_id is null and r.key like '%:playback' and exists (
      select 1 from streaming_sessions s join incidents i on i.id = ${id} and ${TOUCHED}
      where s.order_line_id = r.order_line_id and s.verdict in ('poor', 'never-started'))`.execute(db)
}

/** Counts an open incident anew, from its first session on. @param goesOn whether it was seen again */
export async function recountIncident(db: Db, id: number, now: Date, goesOn: boolean): Promise<void> {
  const { rows } = await sql<PlaceCounts>`
    select ${COUNTS} from streaming_sessions s join incidents i on i.id = ${id} and ${TOUCHED}
    where s.verdict is not null`.execute(db)
  await db
    .updateTable('incidents')
    .set({ ...numbersOf(rows[0] as PlaceCounts), ...(goesOn ? { last_seen_at: now } : {}) })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .execute()
}

/**
 * Closes an incident; what happens afterwards is looked at anew.
 * @param by null: it was quiet for long
 * @returns false where it is closed already, or not there
 */
export async function closeIncident(
  store: Store,
  id: number,
  by: { userId: number; note: string } | null,
  now: Date,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const closed = await trx
      .updateTable('incidents')
      .set({ closed_at: now, closed_by: by?.userId ?? null, note: by?.note || null })
      .where('id', '=', id)
      .where('closed_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!closed) return false
    await audit(trx, by ? `user:${by.userId}` : 'worker:sweep', 'incident.closed', `incident:${id}`)
    return true
  })
}

export function openIncidents(db: Db) {
  return db
    .selectFrom('incidents')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('opened_at', 'desc')
    .execute()
}

/** Incidents that closed within the last thirty days, the latest first. */
export function closedIncidents(db: Db, limit: number) {
  return db
    .selectFrom('incidents')
    .selectAll()
    .where('closed_at', '>', sql<Date>`now() - ${DAYS_IN_LISTS} * interval '1 day'`)
    .orderBy('closed_at', 'desc')
    .limit(limit)
    .execute()
}

export function findIncident(db: Db, id: number) {
  return db
    .selectFrom('incidents')
    .leftJoin('users', 'users.id', 'incidents.closed_by')
    .selectAll('incidents')
    .select('users.name as person')
    .where('incidents.id', '=', id)
    .executeTakeFirst()
}
export type IncidentRow = NonNullable<Awaited<ReturnType<typeof findIncident>>>

/**
 * The incident that a session belongs to: of its title, region, network or player, and of the time when it was
 * watched; open, or closed since. Of several the open one, then the narrowest, then the latest.
 */
export async function openIncidentFor(
  db: Db,
  session: SessionPlace,
): Promise<Omit<IncidentRow, 'person'> | null> {
  const { title, region, network, player, last_report_at: at } = session
  if (at === null) return null
  const row = await db
    .selectFrom('incidents')
    .selectAll()
    .where('began_at', '<=', at)
    .where((eb) => eb.or([eb('closed_at', 'is', null), eb('closed_at', '>=', at)]))
    .where(
      sql<SqlBool>`(dimension, value) in
        (('title', ${title}), ('region', ${region}), ('network', ${network}), ('player', ${player}), ('all', ''))`,
    )
    .orderBy(sql`closed_at is not null`)
    .orderBy(sql`dimension = 'all'`)
    .orderBy('sessions')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** The incident that the affected ones among some sessions (of one order line) belong to, chosen as above. */
export async function incidentOfSessions(db: Db, sids: readonly string[]) {
  if (sids.length === 0) return null
  const { rows } = await sql<{ id: number; closed_at: Date | null }>`
    select i.id, i.closed_at from streaming_sessions s join incidents i on ${TOUCHED}
    where s.sid in (${sql.join([...sids])}) and s.verdict in ('poor', 'never-started')
    order by i.closed_at is not null, i.dimension = 'all', i.sessions, i.id desc limit 1`.execute(db)
  return rows[0] ?? null
}

/** The affected sessions of an incident: those that never started first, then the latest. */
export async function incidentSessions(db: Db, id: number, limit: number) {
  const { rows } = await sql<{
    sid: string
    title: string
    customer_id: string
    region: string | null
    network: string | null
    player: string | null
    verdict: SessionVerdict
    last_report_at: Date
    quality: Record<string, unknown> | null
  }>`
    select s.sid, s.title, s.customer_id, s.region, s.network, s.player, s.verdict, s.last_report_at, s.quality
    from streaming_sessions s join incidents i on i.id = ${id} and ${TOUCHED}
    where s.verdict in ('poor', 'never-started')
    order by s.verdict <> 'never-started', s.last_report_at desc, s.sid limit ${limit}`.execute(db)
  return rows
}

/** Refunds of an incident: customers whose film never started first, then in the order of their asking. */
export function incidentRefunds(db: Db, id: number) {
  return db
    .selectFrom('refunds')
    .select([
      'id',
      'state',
      'order_id',
      'order_line_id',
      'customer_id',
      'title',
      'amount_minor',
      'charged_minor',
      'currency',
      'never_started',
      'created_at',
    ])
    .where('incident_id', '=', id)
    .orderBy('never_started', 'desc')
    .orderBy('id')
    .execute()
}

function numbersOf({ sessions, affected, never_started, affected_customers }: PlaceCounts) {
  return { sessions, affected, never_started, customers: affected_customers }
}
