import { sql } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT } from './draft-states.ts'
import type { CaseState } from './schema.ts'

/** How cases stand that somebody chose from a list, to be compared with what the list showed. */
export async function casesAsTheyAre(db: Db, ids: readonly number[]) {
  const { rows } = await sql<{
    id: number
    state: CaseState
    needs_person: string | null
    draft_id: number | null
    version: number | null
    newest: number | null
  }>`
    select cases.id, cases.state, cases.needs_person, d.id as draft_id, d.version,
      (select max(posts.id) from posts where posts.case_id = cases.id) as newest
    from cases
    left join drafts d on d.case_id = cases.id and d.state = any(${CURRENT_DRAFT})
    where cases.id = any(${ids}::bigint[])`.execute(db)
  return new Map(rows.map((row) => [row.id, row]))
}
