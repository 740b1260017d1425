import { type RawBuilder, sql } from 'kysely'
import type { Db, Store } from './database.ts'
import type { ReviewFilter } from './review-counts.ts'

/** For so many days people are looked after. */
export const STAY_DAYS = 30
/** From Monday on: the week, its people's thirty days, and until every clock is past them. */
export const SETTLED_DAYS = 7 + STAY_DAYS + 2
/** Of a week's people, so many are asked of the shop. */
export const MOST_ASKED = 300

const COMPLAINT = (of: string): RawBuilder<unknown> => {
  const column = (name: string) => sql.ref(`${of}.${name}`)
  return sql`(${column('kind')} in ('post', 'playback') and ${column('severity')} > 0
    and coalesce(${column('sentiment')}, 'negative') <> 'positive')`
}

/** The first complaint of each person within a week. */
function firstComplaints(from: Date, to: Date): RawBuilder<unknown> {
  return sql`
    select distinct on (c.person) c.id, c.kind, c.ref, c.at, c.person, c.code, coalesce(c.language, '') as language,
      coalesce(split_part(c.region, '-', 1), '') as country, c.first_answer_s, c.outcome = 'refunded' as refunded
    from contacts c
    where c.at >= ${from} and c.at < ${to} and c.person is not null and ${COMPLAINT('c')}
    order by c.person, c.at, c.id`
}

/**
 * A week whose thirty days are over and that is to be counted, or again where it changed (once an hour at most), the
 * newest first; null: none.
 * @param today YYYY-MM-DD
 */
export async function weekToCount(db: Db, today: string): Promise<string | null> {
  const { rows } = await sql<{ week: string }>`
    select week::text as week from (
      select distinct date_trunc('week', d.day::timestamp)::date as week from review_days d) seen
    where seen.week + ${SETTLED_DAYS}::int <= ${today}::date
      and not exists (
        select from review_stay_weeks w
        where w.week = seen.week and (not w.stale or w.counted_at > now() - interval '1 hour'))
    order by seen.week desc limit 1`.execute(db)
  return rows[0]?.week ?? null
}

/** Counts who of a week's people stayed. @param week its Monday; `from` and `to` are its ends in the company's zone */
export async function countStays(store: Store, week: string, from: Date, to: Date): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await sql`delete from review_stays where week = ${week}::date`.execute(trx)
    await sql`
      insert into review_stays (week, code, language, country, answered, refunded, people, again, next_positive,
        next_neutral, next_negative, asked, bought)
      select ${week}::date, p.code, p.language, p.country, p.first_answer_s is not null, p.refunded, count(*),
        count(*) filter (where exists (
          select from contacts a
          where a.person = p.person and a.at > p.at + interval '1 day'
            and a.at <= p.at + ${STAY_DAYS} * interval '1 day' and ${COMPLAINT('a')})),
        count(*) filter (where next.sentiment = 'positive'), count(*) filter (where next.sentiment = 'neutral'),
        count(*) filter (where next.sentiment = 'negative'),
        count(r.bought), count(*) filter (where r.bought)
      from (${firstComplaints(from, to)}) p
      left join lateral (
        select n.sentiment from contacts n
        where n.person = p.person and n.kind = 'post' and n.id <> p.id
          and n.at > p.at + coalesce(p.first_answer_s, 0) * interval '1 second'
          and n.at <= p.at + ${STAY_DAYS} * interval '1 day'
        order by n.at, n.id limit 1) next on true
      left join contact_returns r on r.contact_id = p.id
      group by 2, 3, 4, 5, 6`.execute(trx)
    await sql`
      insert into review_stay_weeks (week, counted_at) values (${week}::date, now())
      on conflict (week) do update set counted_at = now(), stale = false`.execute(trx)
  })
}

export interface ReturnToAsk {
  contactId: number
  customerId: string
  at: Date
}

/** A counted week of which the shop was not asked yet, the newest first. */
export async function weekToAsk(db: Db): Promise<string | null> {
  const { rows } = await sql<{ week: string }>`
    select week::text as week from review_stay_weeks
    where asked_at is null and counted_at is not null and week > current_date - 100
    order by week desc limit 1`.execute(db)
  return rows[0]?.week ?? null
}

/** People of a week of whom the shop can be asked whether they bought again: a few hundred at most, picked by chance. */
export async function returnsToAsk(db: Db, from: Date, to: Date, limit: number): Promise<ReturnToAsk[]> {
  const { rows } = await sql<ReturnToAsk>`
    select chosen.id as "contactId", chosen.customer as "customerId", chosen.at
    from (
      select p.id, date_trunc('milliseconds', p.at) as at, known.customer from (${firstComplaints(from, to)}) p
      join lateral (
        select s.customer_id as customer from streaming_sessions s where p.kind = 'playback' and s.sid = p.ref
        union all
        select l.customer_id from posts o
        join author_links l on l.network = o.network and l.author_id = o.author_id and l.unlinked_at is null
        where p.kind = 'post' and o.id::text = p.ref
        limit 1) known on true
      order by hashtextextended(p.id::text, 0) limit ${MOST_ASKED}) chosen
    where not exists (select from contact_returns r where r.contact_id = chosen.id)
    order by chosen.id limit ${limit}`.execute(db)
  return rows
}

/** What the shop told of a person; null: it does not know them any more. */
export async function storeReturn(db: Db, contactId: number, bought: boolean | null): Promise<void> {
  await sql`
    insert into contact_returns (contact_id, bought)
    select c.id, ${bought}::boolean from contacts c where c.id = ${contactId} on conflict do nothing`.execute(
    db,
  )
}

/** The shop was asked of everybody: the week is counted again. */
export async function concludeAsking(db: Db, week: string): Promise<void> {
  await sql`update review_stay_weeks set asked_at = now(), stale = true, counted_at = '2000-01-01' where week = ${week}::date`.execute(
    db,
  )
}

export interface StayCount {
  /** Monday of the week, or code; null: all. */
  week: string | null
  code: string | null
  answered: boolean
  refunded: boolean
  people: number
  again: number
  nextPositive: number
  nextNeutral: number
  nextNegative: number
  asked: number
  bought: number
}

/** Who stayed, of the weeks from one Monday to another, both counted: by week, by code, and of all. */
export async function stayCounts(
  db: Db,
  from: string,
  to: string,
  filter: ReviewFilter,
): Promise<StayCount[]> {
  const { rows } = await sql<StayCount>`
    select k.week::text as week, k.code, k.answered, k.refunded, sum(k.people)::int as people, sum(k.again)::int as again,
      sum(k.next_positive)::int as "nextPositive", sum(k.next_neutral)::int as "nextNeutral",
      sum(k.next_negative)::int as "nextNegative", sum(k.asked)::int as asked, sum(k.bought)::int as bought
    from (
      select s.*, coalesce(n.renamed_to, s.code) as code_now from review_stays s
      left join contact_codes n on n.code = s.code
      where s.week between ${from}::date and ${to}::date
        ${filter.country === null ? sql`` : sql`and s.country = ${filter.country}`}
        ${filter.language === null ? sql`` : sql`and s.language = ${filter.language}`}) s
    cross join lateral (
      select s.week, null::text as code, s.answered, s.refunded, s.people, s.again, s.next_positive, s.next_neutral,
        s.next_negative, s.asked, s.bought
      union all
      select null::date, s.code_now, s.answered, s.refunded, s.people, s.again, s.next_positive, s.next_neutral,
        s.next_negative, s.asked, s.bought
      union all
      select null::date, null::text, s.answered, s.refunded, s.people, s.again, s.next_positive, s.next_neutral,
        s.next_negative, s.asked, s.bought) k
    group by 1, 2, 3, 4 order by 1, 2`.execute(db)
  return rows
}
