import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** Which voices somebody listens to; empty: all. */
export interface Listened {
  codes: readonly string[]
  language: string
  /** Code of posts whose words nobody reads by accident: they are never among these. */
  abuse: string
  /** Leaves out what this person has read. */
  unreadBy?: number | null
}

export interface Voice {
  id: number
  caseId: number | null
  at: Date
  text: string
  language: string
  code: string
  pictures: number
  names: string[]
}

/** Words of customers that are there to be read: nothing of ours, nothing deleted or erased, nothing abusive. */
function canBeHeard({ codes, language, abuse, unreadBy = null }: Listened) {
  return sql<SqlBool>`not p.own and p.repost_of_id is null and p.superseded_by is null and p.deleted_at is null
    and p.erased_at is null and p.text <> '' and t.code <> 'none' and not t.codes @> array[${abuse}]::text[]
    and not exists (select from labels l where l.post_id = p.id and (l.code = 'none' or l.codes @> array[${abuse}]::text[]))
    and not exists (select from cases c where c.id = p.case_id and (c.code = 'none' or c.codes @> array[${abuse}]::text[]))
    and (${codes.length === 0} or t.code = any(${codes as string[]}::text[]))
    and (${language === ''} or t.language = ${language})
    and (${unreadBy}::bigint is null or not exists (
      select from voices_read r where r.user_id = ${unreadBy} and r.post_id = p.id))`
}

/** One voice, if it may be heard. */
export async function findVoice(db: Db, postId: number, listened: Listened): Promise<Voice | null> {
  const { rows } = await sql<Voice>`
    select p.id, p.case_id as "caseId", p.created_at as at, p.text, t.language, t.code,
      case when jsonb_typeof(p.media) = 'array' then jsonb_array_length(p.media) else 0 end as pictures,
      array_remove(array[a.username, a.name], null) as names
    from posts p join triages t on t.post_id = p.id
    left join authors a on a.network = p.network and a.external_id = p.author_id
    where p.id = ${postId} and ${canBeHeard({ ...listened, unreadBy: null })}`.execute(db)
  return rows[0] ?? null
}

/**
 * The voice before or after one, by when it came in.
 * @param from null: the newest (or, going towards newer ones, the oldest)
 */
export async function nextVoice(
  db: Db,
  listened: Listened,
  from: number | null,
  towards: 'older' | 'newer' = 'older',
): Promise<number | null> {
  const beyond =
    from === null ? sql`true` : towards === 'older' ? sql`t.post_id < ${from}` : sql`t.post_id > ${from}`
  const order = towards === 'older' ? sql`desc` : sql`asc`
  const { rows } = await sql<{ id: number }>`
    select p.id from triages t join posts p on p.id = t.post_id
    where ${beyond} and ${canBeHeard(listened)}
    order by t.post_id ${order} limit 1`.execute(db)
  return rows[0]?.id ?? null
}

/** Languages that voices of the last weeks are in. */
export async function languagesHeard(db: Db): Promise<string[]> {
  const { rows } = await sql<{ language: string }>`
    select language from cases where last_post_at > now() - interval '90 days'
    group by 1 order by count(*) desc limit 12`.execute(db)
  return rows.map(({ language }) => language)
}

export async function markHeard(db: Db, userId: number, postId: number): Promise<void> {
  await db
    .insertInto('voices_read')
    .values({ user_id: userId, post_id: postId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export interface Reading {
  id: number
  userId: number
  name: string
  givenBy: string
  count: number
  codes: string[]
  until: string
  endedAt: Date | null
  /** How many of them were read, at most `count`. */
  read: number
}

/** Readings that were given: of one person, or of everybody; those that go on first. */
export async function listReadings(db: Db, userId: number | null): Promise<Reading[]> {
  const { rows } = await sql<Reading>`
    select g.id, g.user_id as "userId", u.name, by.name as "givenBy", g.count, g.codes,
      to_char(g.until, 'YYYY-MM-DD') as until, g.ended_at as "endedAt",
      least(g.count, (
        select count(*) from voices_read r left join triages t on t.post_id = r.post_id
        where r.user_id = g.user_id and r.at >= g.created_at and (g.ended_at is null or r.at <= g.ended_at)
          and (cardinality(g.codes) = 0 or t.code = any(g.codes))))::int as read
    from readings g join users u on u.id = g.user_id join users by on by.id = g.given_by
    where ${userId}::bigint is null or g.user_id = ${userId}
    order by g.ended_at is not null, g.until, g.id limit 200`.execute(db)
  return rows
}

export interface Thought {
  id: number
  postId: number
  at: Date
  text: string
  code: string
  name: string
  voice: string | null
  names: string[]
  language: string | null
  caseId: number | null
  seenAt: Date | null
  seenBy: string | null
}

/**
 * Thoughts about voices of these codes: those that nobody has marked as read first, then the newest.
 * @param codes null: of all codes
 */
export async function listThoughts(db: Db, codes: readonly string[] | null, limit = 100): Promise<Thought[]> {
  const { rows } = await sql<Thought>`
    select h.id, h.post_id as "postId", h.at, h.text, h.code, u.name,
      case when p.deleted_at is null and p.erased_at is null then p.text end as voice,
      array_remove(array[a.username, a.name], null) as names, t.language,
      p.case_id as "caseId", h.seen_at as "seenAt", by.name as "seenBy"
    from thoughts h join users u on u.id = h.user_id join posts p on p.id = h.post_id
    left join triages t on t.post_id = p.id
    left join authors a on a.network = p.network and a.external_id = p.author_id
    left join users by on by.id = h.seen_by
    where ${codes === null} or h.code = any(${(codes ?? []) as string[]}::text[])
    order by h.seen_at is not null, h.id desc limit ${limit}`.execute(db)
  return rows
}

/** A thought that somebody left on a voice; null: none yet. */
export async function thoughtOn(db: Db, userId: number, postId: number): Promise<string | null> {
  const row = await db
    .selectFrom('thoughts')
    .select('text')
    .where('user_id', '=', userId)
    .where('post_id', '=', postId)
    .executeTakeFirst()
  return row?.text ?? null
}

export function findThought(db: Db, thoughtId: number) {
  return db.selectFrom('thoughts').select(['id', 'code']).where('id', '=', thoughtId).executeTakeFirst()
}
