import { sql } from 'kysely'
import type { Db, Store, Trx } from './database.ts'
import type { ReviewFilter } from './review-counts.ts'

/** Days that are added up in one transaction. */
const DAYS_AT_ONCE = 14

/**
 * Adds up what changed since the last time, by the company's days; all of history where the time zone is another.
 * One process at a time.
 * @returns whether there is more to do
 */
export async function addUpDays(store: Store, zone: string): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    await startInZone(trx, zone)
    const { rows } = await sql<{ day: string }>`
      with taken as (
        delete from review_stale s
        where s.day in (select t.day from review_stale t group by t.day order by t.day desc limit ${DAYS_AT_ONCE})
        returning s.day)
      select distinct day::text as day from taken order by 1`.execute(trx)
    if (rows.length === 0) return false
    const days = rows.map(({ day }) => day)
    // a UTC day is part of two of the company's
    await sql`
      with touched as (
        select distinct (d.day::date + near.by) as day
        from unnest(${days}::text[]) as d (day) cross join (values (-1), (0), (1)) as near (by)),
      gone as (delete from review_days r using touched t where r.day = t.day)
      select 1`.execute(trx)
    await sql`
      insert into review_days (day, code, language, country, contacts)
      select t.day, c.code, coalesce(c.language, ''), coalesce(split_part(c.region, '-', 1), ''), count(*)
      from (
        select distinct (d.day::date + near.by) as day
        from unnest(${days}::text[]) as d (day) cross join (values (-1), (0), (1)) as near (by)) t
      join contacts c on c.at >= t.day::timestamp at time zone ${zone}
        and c.at < (t.day + 1)::timestamp at time zone ${zone}
      where c.kind in ('post', 'playback')
      group by 1, 2, 3, 4`.execute(trx)
    await sql`
      update review_stay_weeks w set stale = true
      where exists (
        select from unnest(${days}::text[]) as d (day)
        where d.day::date >= w.week - 1 and d.day::date <= w.week + 37)`.execute(trx)
    return true
  })
}

async function startInZone(trx: Trx, zone: string): Promise<void> {
  const { rows } = await sql<{ zone: string }>`select zone from review_zone for update`.execute(trx)
  if (rows[0]?.zone === zone) return
  await sql`insert into review_zone (zone) values (${zone}) on conflict (one) do update set zone = excluded.zone`.execute(
    trx,
  )
  // orders that were asked for in another zone are those of other days
  const told = rows.length > 0 ? ['shop_order_days'] : []
  for (const table of ['review_days', 'review_stale', 'review_stays', 'review_stay_weeks', ...told]) {
    await sql`delete from ${sql.table(table)}`.execute(trx)
  }
  await sql`
    insert into review_stale (day)
    select day::date from (select min(at) as first, max(at) as last from contacts) s,
      generate_series((s.first at time zone 'UTC')::date, (s.last at time zone 'UTC')::date, '1 day') as day
    where s.first is not null`.execute(trx)
}

/**
 * Contacts of each code in each of the weeks before a Monday, the oldest first, without gaps from the first week on
 * that has any.
 */
export async function weeksBefore(
  db: Db,
  monday: string,
  weeks: number,
  filter: ReviewFilter,
): Promise<{ weeks: string[]; counts: Map<string, number[]> }> {
  const { rows } = await sql<{ code: string; week: string; contacts: number }>`
    select coalesce(n.renamed_to, k.code) as code, k.week::text as week, sum(k.contacts)::int as contacts
    from (
      select d.code, date_trunc('week', d.day::timestamp)::date as week, sum(d.contacts) as contacts
      from review_days d
      where d.day < ${monday}::date and d.day >= ${monday}::date - ${weeks * 7}::int
        ${filter.country === null ? sql`` : sql`and d.country = ${filter.country}`}
        ${filter.language === null ? sql`` : sql`and d.language = ${filter.language}`}
      group by 1, 2) k
    left join contact_codes n on n.code = k.code
    group by 1, 2 order by 2`.execute(db)
  const first = rows[0]?.week
  if (first === undefined) return { weeks: [], counts: new Map() }
  const count = Math.round(
    (Date.parse(`${monday}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / (7 * 86_400_000),
  )
  const names = Array.from({ length: count }, (_, n) =>
    new Date(Date.parse(`${first}T00:00:00Z`) + n * 7 * 86_400_000).toISOString().slice(0, 10),
  )
  const place = new Map(names.map((name, n) => [name, n]))
  const counts = new Map<string, number[]>()
  for (const { code, week, contacts } of rows) {
    const series = counts.get(code) ?? names.map(() => 0)
    series[place.get(week) as number] = contacts
    counts.set(code, series)
  }
  return { weeks: names, counts }
}

/** Whether days are still to be added up, so that the past is not whole. */
export async function isBehind(db: Db, zone: string): Promise<boolean> {
  const { rows } = await sql<{ behind: boolean }>`
    select exists (select from review_stale s where s.day < (now() at time zone 'UTC')::date - 1)
      or not exists (select from review_zone z where z.zone = ${zone}) as behind`.execute(db)
  return rows[0]?.behind ?? true
}
