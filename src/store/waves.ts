import { sql } from 'kysely'
import type { Db } from './database.ts'

/** How many complaints of a code came within the last hours, and how many in as many hours are usual. */
export interface WaveCounts {
  code: string
  /** Id of a product or title; null: whatever the complaints are about. */
  thing: string | null
  lately: number
  /** null where we have not listened long enough to know. */
  usually: number | null
}

const HISTORY_DAYS = 7
/** Before a day has gone by, nobody can say what is usual. */
const LEAST_HISTORY_HOURS = 24

/** Codes, and products with their code, about which at least `least` people complained within the last `hours`. */
export async function countWaves(db: Db, hours: number, least: number): Promise<WaveCounts[]> {
  const { rows } = await sql<WaveCounts>`
    with span as (
      select least(${HISTORY_DAYS} * 24.0, extract(epoch from now() - min(opened_at)) / 3600) - ${hours}::float8 as hours
      from cases where opened_at > now() - ${HISTORY_DAYS} * interval '1 day'),
    complaints as (
      select cases.code, null::text as thing, cases.opened_at as at from cases
      where cases.opened_at > now() - ${HISTORY_DAYS} * interval '1 day' and cases.severity > 0
      union all
      select triages.code, entity ->> 'id', triages.at
      from triages, jsonb_array_elements(triages.entities) as entity
      where triages.at > now() - ${HISTORY_DAYS} * interval '1 day' and triages.severity > 0
        and triages.entities <> '[]' and entity ->> 'kind' in ('product', 'title')),
    counted as (
      select code, thing,
        count(*) filter (where at > now() - ${hours} * interval '1 hour')::int as lately,
        count(*) filter (where at <= now() - ${hours} * interval '1 hour')::int as before
      from complaints group by code, thing)
    select counted.code, counted.thing, counted.lately,
      case when span.hours + ${hours} >= ${LEAST_HISTORY_HOURS}
        then (counted.before * ${hours} / greatest(span.hours, 1))::float8 end as usually
    from counted, span
    where counted.lately >= ${least}`.execute(db)
  return rows
}
