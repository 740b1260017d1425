import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Complaints about some codes, as other departments count them (the view `voice.complaints`). */
export interface LetterNumbers {
  week: number
  weekBefore: number
  month: number
  monthBefore: number
  /** In the month. */
  people: number
  severe: number
  firstAnswerS: number | null
  refunds: { count: number; minor: number; currency: string }[]
  /** Something new is not counted yet. */
  unfinished: boolean
}

type Counted = Omit<LetterNumbers, 'refunds' | 'unfinished'>

const MONTH_DAYS = 28

/** Weeks are seven days up to now, months four of them. */
export async function letterNumbers(
  db: Db,
  of: { codes: readonly string[]; productId: string | null },
  now: Date,
): Promise<LetterNumbers> {
  const codes = sql`code = any(${of.codes as string[]}::text[])`
  const product = of.productId === null ? sql`true` : sql`product_id = ${of.productId}`
  const ago = (days: number) => new Date(now.getTime() - days * 86_400_000)
  const { rows } = await sql<Counted>`
    select count(*) filter (where at >= ${ago(7)})::int as week,
      count(*) filter (where at >= ${ago(14)} and at < ${ago(7)})::int as "weekBefore",
      count(*) filter (where at >= ${ago(MONTH_DAYS)})::int as month,
      count(*) filter (where at < ${ago(MONTH_DAYS)})::int as "monthBefore",
      count(distinct person) filter (where at >= ${ago(MONTH_DAYS)})::int as people,
      count(*) filter (where at >= ${ago(MONTH_DAYS)} and severity = 3)::int as severe,
      percentile_disc(0.5) within group (order by first_answer_s)
        filter (where at >= ${ago(MONTH_DAYS)})::int as "firstAnswerS"
    from contacts
    where ${codes} and ${product} and kind in ('post', 'playback') and coalesce(sentiment, 'negative') <> 'positive'
      and severity > 0 and at >= ${ago(2 * MONTH_DAYS)} and at <= ${now}`.execute(db)
  const { rows: refunds } = await sql<LetterNumbers['refunds'][number]>`
    select count(*)::int as count, sum(refund_minor)::float as minor, refund_currency as currency
    from contacts
    where ${codes} and ${product} and kind = 'refund' and outcome = 'refunded' and refund_minor is not null
      and at >= ${ago(MONTH_DAYS)} and at <= ${now}
    group by refund_currency order by 2 desc`.execute(db)
  const unfinished = await db.selectFrom('contacts_to_do').select('id').limit(1).executeTakeFirst()
  return { ...(rows[0] as Counted), refunds, unfinished: unfinished !== undefined }
}

export interface LetterMoment {
  what: 'first-voice' | 'latest-voice' | 'first-answer' | 'first-refund'
  at: Date
  count: number
}

/** What is known of when it happened, of the cases of a letter. */
export async function letterMoments(db: Db, caseIds: readonly number[]): Promise<LetterMoment[]> {
  if (caseIds.length === 0) return []
  const ids = sql`any(${caseIds as number[]}::bigint[])`
  const { rows } = await sql<LetterMoment>`
    with said as (
      select created_at as at from posts where case_id = ${ids} and not own and repost_of_id is null
    )
    select * from (
      select 'first-voice' as what, min(at) as at, count(*)::int as count from said
      union all select 'latest-voice', max(at), count(*)::int from said
      union all select 'first-answer', min(sent_at), count(*)::int from replies where case_id = ${ids} and state = 'sent'
      union all select 'first-refund', min(paid_at), count(*)::int from refunds
        where case_id = ${ids} and state = 'paid' and reversed_at is null
    ) moments where at is not null order by at`.execute(db)
  return rows
}

/** What was written about the same codes before, and root causes that were looked into. */
export async function similarTo(
  db: Db,
  of: { codes: readonly string[]; letterId: number },
  limit = 3,
): Promise<{ kind: 'letter' | 'root-cause'; id: number; at: Date; title: string; fix: string }[]> {
  const { rows } = await sql<{
    kind: 'letter' | 'root-cause'
    id: number
    at: Date
    title: string
    fix: string
  }>`
    (select 'letter' as kind, l.id, l.sent_at as at, l.title,
      coalesce((select v.answers ->> 'fix' from letter_versions v where v.letter_id = l.id and v.sent
        order by v.version desc limit 1), '') as fix
    from letters l where l.codes && ${of.codes as string[]}::text[] and l.id <> ${of.letterId}
    order by l.sent_at desc limit ${limit})
    union all
    (select 'root-cause', c.id, c.opened_at, c.title, coalesce(c.fix, '')
    from listing_cases c where c.code = any(${of.codes as string[]}::text[])
    order by c.opened_at desc limit ${limit})`.execute(db)
  return rows.slice(0, limit)
}

export interface RawVoice {
  postId: number
  caseId: number
  at: Date
  language: string
  text: string
  names: (string | null)[]
}

const SPEAKS = sql`(not p.own and p.repost_of_id is null and p.superseded_by is null and p.deleted_at is null
  and p.erased_at is null and p.text <> '')`

/** Words of cases, one voice a person, the gravest and newest first; nothing that was coded as abuse. */
export async function voicesOfCases(
  db: Db,
  caseIds: readonly number[],
  abuse: string,
  limit: number,
): Promise<RawVoice[]> {
  if (caseIds.length === 0) return []
  const { rows } = await sql<RawVoice>`
    select * from (
      select distinct on (p.network, p.author_id) p.id as "postId", p.case_id as "caseId", p.created_at as at,
        t.language, p.text, array[a.username, a.name] as names, t.severity
      from posts p
      join triages t on t.post_id = p.id
      join cases c on c.id = p.case_id
      left join authors a on a.network = p.network and a.external_id = p.author_id
      where p.case_id = any(${caseIds as number[]}::bigint[]) and ${SPEAKS}
        and not t.codes @> array[${abuse}] and c.code <> ${abuse}
      order by p.network, p.author_id, t.severity desc, p.id desc) voices
    order by severity desc, "postId" desc limit ${limit}`.execute(db)
  return rows
}

/** Cases about a code, a product or both, within some days; the newest first. */
export async function casesAbout(
  db: Db,
  about: { code: string; product: string; since: Date },
  abuse: string,
  limit: number,
): Promise<number[]> {
  // Each of these is looked up in the index of what posts name.
  const has = (thing: object) => sql`t.entities @> ${JSON.stringify([thing])}::jsonb`
  const { product } = about
  const names = sql`(t.entities <> '[]' and (${has({ id: product })} or ${has({ text: product })}
    or ${has({ name: { en: product } })} or ${has({ name: { ja: product } })}))`
  const { rows } = await sql<{ id: number }>`
    select distinct c.id from cases c
    join posts p on p.case_id = c.id
    join triages t on t.post_id = p.id
    where c.last_post_at >= ${about.since} and c.code <> ${abuse} and c.code <> 'none'
      and (${about.code} = '' or ${about.code} = any(c.codes))
      and (${about.product === ''} or ${names})
    order by c.id desc limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Of cases: what they are about, and what their customers are called. Those that are not there are left out. */
export async function casesForLetter(db: Db, caseIds: readonly number[]) {
  if (caseIds.length === 0) return []
  return db
    .selectFrom('cases')
    .leftJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'cases.network')
        .onRef('authors.external_id', '=', 'cases.author_id'),
    )
    .select(['cases.id', 'code', 'codes', 'severity', 'language', 'username', 'name'])
    .where('cases.id', 'in', [...caseIds])
    .orderBy('severity', 'desc')
    .orderBy('cases.id')
    .execute()
}
