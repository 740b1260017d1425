import { type RawBuilder, sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Trx } from './database.ts'
import type { DossierSubject } from './dossier.ts'

/** Something that was tried against a pain, from wherever it was written down. */
export interface Tried {
  what: 'cord' | 'listing-case' | 'letter' | 'rule' | 'note'
  /** Of the cord, case, letter or note; 0: of a rule. */
  id: number
  /** Of a note its id, of a rule its name: what the page links to. */
  ref: string
  title: string
  /** Why, or what for; null: not said. */
  why: string | null
  /** What came of it, as people wrote it; null: nothing yet. */
  result: string | null
  who: string | null
  began: Date
  /** From when on it could be felt; null: not yet. */
  ended: Date | null
}

const MOST = 60

/** What was tried against it before, the newest first. Cords, cases, letters and rules of a product also name it. */
export async function whatWasTried(db: Db, subject: DossierSubject, zone: string): Promise<Tried[]> {
  const { kind, name } = subject
  const isCode = kind === 'code'
  const names = sql`(select ${name}::text union select n.code from contact_codes n where n.renamed_to = ${name})`
  const parts: RawBuilder<unknown>[] = [
    sql`select 'note' as what, t.id, t.id::text as ref, t.tried as title, null as why, t.result,
        (select u.name from users u where u.id = t.by) as who,
        t.tried_on::timestamp at time zone ${zone} as began, t.tried_on::timestamp at time zone ${zone} as ended
      from dossier_tries t where t.kind = ${kind} and t.name = ${name}`,
    kind === 'cluster'
      ? sql`select 'letter', l.id, l.id::text, l.title, l.department, ${ANSWER}, ${SENDER}, l.sent_at, l.answered_at
          from letters l where exists (
            select from letter_cases x join contacts c on c.case_id = x.case_id
            join suggestion_voices v on v.contact_id = c.id
            where x.letter_id = l.id and v.cluster_id = ${name}::bigint)`
      : sql`select 'letter', l.id, l.id::text, l.title, l.department, ${ANSWER}, ${SENDER}, l.sent_at, l.answered_at
          from letters l
          where ${isCode ? sql`exists (select from unnest(l.codes) as k (code) where k.code in ${names})` : sql`l.product_id = ${name}`}`,
  ]
  if (kind !== 'cluster') {
    parts.push(
      sql`select 'cord', d.id, d.id::text, d.reason, d.cause, d.fix, coalesce((select u.name from users u
            where d.pulled_by = 'user:' || u.id), d.pulled_by), d.pulled_at, d.resumed_at
        from cords d where ${isCode ? sql`d.kind = 'code' and d.name in ${names}` : sql`d.kind <> 'code' and d.name = ${name}`}`,
      sql`select 'listing-case', s.id, s.id::text, s.title, s.code, s.fix,
          (select u.name from users u where u.id = s.closed_by), s.opened_at, s.closed_at
        from listing_cases s where ${isCode ? sql`s.code in ${names}` : sql`s.sku = ${name}`}`,
    )
  }
  if (isCode) {
    parts.push(sql`
      select 'rule', 0, r.rule_id, r.rule_id, r.content ->> 'action',
        case when r.state = 'retired' then to_char(r.retired_at at time zone ${zone}, 'YYYY-MM-DD') end,
        coalesce((select u.name from users u where r.activated_by = 'user:' || u.id), r.activated_by),
        r.activated_at, r.activated_at
      from refund_rule_versions r
      where r.activated_at is not null and exists (
        select from jsonb_array_elements_text(
          case when jsonb_typeof(r.content -> 'codes') = 'array' then r.content -> 'codes' else '[]' end) as k (code)
        where k.code = ${name} or right(k.code, 1) = '*' and starts_with(${name}, rtrim(k.code, '*')))`)
  }
  const { rows } = await sql<Tried>`
    ${sql.join(parts, sql` union all `)} order by began desc, id desc limit ${MOST}`.execute(db)
  return rows
}

/** The fix that the department answered with. */
const ANSWER = sql`(select nullif(v.answers ->> 'fix', '') from letter_versions v
  where v.letter_id = l.id and v.sent order by v.version desc limit 1)`
const SENDER = sql`coalesce((select u.name from users u where u.id = l.sent_by), l.rule)`

/** Writes down what was tried. A cluster that people work on is one that they arranged. */
export async function insertTry(
  trx: Trx,
  subject: DossierSubject,
  given: { tried: string; on: string; userId: number },
): Promise<void> {
  const { id } = await trx
    .insertInto('dossier_tries')
    .values({ ...subject, tried: given.tried, tried_on: given.on, by: given.userId })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (subject.kind === 'cluster')
    await trx
      .updateTable('suggestion_clusters')
      .set({ fixed: true })
      .where('id', '=', Number(subject.name))
      .execute()
  await audit(trx, `user:${given.userId}`, 'dossier.tried', `dossier-try:${id}`, { kind: subject.kind })
}

export function findTry(db: Db, id: number) {
  return db.selectFrom('dossier_tries').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What came of it, once. @returns false where it was said before */
export async function concludeTry(
  trx: Trx,
  { id, result, userId }: { id: number; result: string; userId: number },
): Promise<boolean> {
  const row = await trx
    .updateTable('dossier_tries')
    .set({ result, result_by: userId, result_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('result', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (row) await audit(trx, `user:${userId}`, 'dossier.concluded', `dossier-try:${id}`)
  return row !== undefined
}
