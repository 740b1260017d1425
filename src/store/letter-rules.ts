import { sql } from 'kysely'
import type { Db } from './database.ts'

/** A case whose post was triaged, as far as rules look at it. */
export interface HeardCase {
  caseId: number
  at: Date
  code: string
  severity: number
  reach: number
  text: string
}

/** What a rule asks for, as far as the database can tell; `pattern`: a regular expression, whatever the case. */
export interface Sieve {
  severity?: number | undefined
  reach?: number | undefined
  pattern?: string | undefined
}

/** Posts that were triaged from then on and that a rule may hold of, with their cases; the earliest first. */
export async function casesHeardSince(
  db: Db,
  since: Date,
  sieves: readonly Sieve[],
  limit: number,
): Promise<HeardCase[]> {
  if (sieves.length === 0) return []
  const severity = sql`greatest(c.severity, t.severity)`
  const any = sieves.map(({ severity: least, reach, pattern }) => {
    const all = [
      ...(least === undefined ? [] : [sql`${severity} >= ${least}`]),
      ...(reach === undefined ? [] : [sql`c.reach >= ${reach}`]),
      ...(pattern === undefined ? [] : [sql`normalize(p.text, nfkc) ~* ${pattern}`]),
    ]
    return sql`(${sql.join(all, sql` and `)})`
  })
  const { rows } = await sql<HeardCase>`
    select c.id as "caseId", t.at, c.code, ${severity} as severity, c.reach, p.text
    from triages t
    join posts p on p.id = t.post_id
    join cases c on c.id = p.case_id
    where t.at >= ${since} and not p.own and p.repost_of_id is null and p.deleted_at is null and p.erased_at is null
      and c.state <> 'closed' and (${sql.join(any, sql` or `)})
    order by t.at, p.id limit ${limit}`.execute(db)
  return rows
}

/**
 * The letter that a rule sent about a case (`has`), or an open one about its code that the case may join; null: none.
 */
export async function letterToJoin(
  db: Db,
  of: { rule: string; code: string; caseId: number; since: Date },
): Promise<{ letterId: number; round: number; has: boolean; voices: number } | null> {
  const { rows } = await sql<{ letterId: number; round: number; has: boolean; voices: number }>`
    select l.id as "letterId", l.round,
      exists (select from letter_cases x where x.letter_id = l.id and x.case_id = ${of.caseId}) as has,
      (select count(*)::int from letter_voices v where v.letter_id = l.id) as voices
    from letters l
    where l.source = 'rule' and l.rule = ${of.rule} and (
      exists (select from letter_cases x where x.letter_id = l.id and x.case_id = ${of.caseId})
      or (l.state = 'open' and ${of.code} = any(l.codes) and l.sent_at >= ${of.since}))
    order by 3 desc, l.id desc limit 1`.execute(db)
  return rows[0] ?? null
}
