import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** Template of the replies about what is stopped. */
export const STOPPED = '_stopped'

/** Whether cord `k`, which is pulled, is about case `c`. */
const CONCERNS = sql<SqlBool>`(
  k.resumed_at is null and case k.kind when 'code' then k.name = any(c.codes) else exists (
    select 1 from posts p join triages t on t.post_id = p.id
    where p.case_id = c.id and p.deleted_at is null
      and t.entities @> jsonb_build_array(jsonb_build_object('id', k.name))) end)`

/** Those of some cases that are about something that is stopped. */
export async function stoppedAmong(db: Db, caseIds: readonly number[]): Promise<Set<number>> {
  if (caseIds.length === 0) return new Set()
  const { rows } = await sql<{ id: number }>`
    select c.id from cases c
    where c.id = any(${[...caseIds]}::bigint[]) and exists (select 1 from cords k where ${CONCERNS})`.execute(
    db,
  )
  return new Set(rows.map(({ id }) => id))
}

/** How many open cases are about what a cord stopped. */
export async function countConcerned(db: Db, cordId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from cases c join cords k on k.id = ${cordId} and ${CONCERNS}
    where c.state = 'open'`.execute(db)
  return rows[0]?.count ?? 0
}

/**
 * Has drafts written anew that say the old words about what is stopped, or that something is stopped which is sold
 * again. What a person wrote, or lets out, stays; a case that somebody works on at this moment is left for the next call.
 * @returns the cases
 */
export async function redraftStopped(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with wanted as (
      select c.id from cases c
      where c.state = 'open' and c.needs_draft_since is null and c.id in (
        select d.case_id from drafts d
        where d.state in ('pending', 'approved') and d.template is not null and not d.edited
          and (d.state = 'pending' or d.auto)
          and case when starts_with(d.template, ${`${STOPPED}/`})
            then not exists (select 1 from cords k where ${CONCERNS})
            else exists (
              select 1 from cords k where ${CONCERNS}
                and (d.version = 1 or d.model is not null or d.created_at < k.pulled_at)) end)
      order by c.id for update skip locked)
    update cases set needs_draft_since = now() from wanted where cases.id = wanted.id
    returning cases.id`.execute(db)
  return rows.map(({ id }) => id)
}
