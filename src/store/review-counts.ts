import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

/** Which voices a review is about. */
export interface ReviewFilter {
  /** ISO 3166-1; a region within it counts as it. */
  country: string | null
  language: string | null
}

export interface CodeCount {
  /** As it is called now. */
  code: string
  /** What history calls it where it was renamed since. */
  formerly: string[]
  contacts: number
  severe: number
}

const VOICES = sql`c.kind in ('post', 'playback')`
/** What it is called now. */
const CODE_NOW = sql`coalesce((select n.renamed_to from contact_codes n where n.code = k.code), k.code)`

/** Contacts by code within a time; always counted anew. */
export async function countCodes(db: Db, from: Date, to: Date, filter: ReviewFilter): Promise<CodeCount[]> {
  const { rows } = await sql<CodeCount>`
    select ${CODE_NOW} as code,
      coalesce(array_agg(k.code) filter (where k.code <> ${CODE_NOW}), '{}') as formerly,
      sum(k.contacts)::int as contacts, sum(k.severe)::int as severe
    from (
      select c.code, count(*) as contacts, count(*) filter (where c.severity = 3) as severe
      from contacts c where c.at >= ${from} and c.at < ${to} and ${VOICES} and ${fits(filter)}
      group by 1) k
    group by 1`.execute(db)
  return rows
}

export interface ThingCount {
  code: string
  productId: string
  productName: string | null
  contacts: number
}

/** The products and titles that are named most for each code. */
export async function countThings(
  db: Db,
  from: Date,
  to: Date,
  filter: ReviewFilter,
  most: number,
): Promise<ThingCount[]> {
  const { rows } = await sql<ThingCount>`
    select ranked.code, ranked.product_id as "productId", ranked.name as "productName", ranked.contacts
    from (
      select ${CODE_NOW} as code, k.product_id, max(k.name) as name, sum(k.contacts)::int as contacts,
        row_number() over (partition by ${CODE_NOW} order by sum(k.contacts) desc, k.product_id) as place
      from (
        select c.code, c.product_id, max(c.product_name) as name, count(*) as contacts
        from contacts c
        where c.at >= ${from} and c.at < ${to} and ${VOICES} and c.product_id is not null and ${fits(filter)}
        group by 1, 2) k
      group by ${CODE_NOW}, k.product_id) ranked
    where ranked.place <= ${most} order by ranked.code, ranked.place`.execute(db)
  return rows
}

export interface AnswerTimes {
  /** null: of all codes. */
  code: string | null
  posts: number
  answered: number
  medianS: number | null
  ninetiethS: number | null
  withinTenMinutes: number
}

/** How long posts waited for the first answer, by code and of all. */
export async function answerTimes(
  db: Db,
  from: Date,
  to: Date,
  filter: ReviewFilter,
): Promise<AnswerTimes[]> {
  const { rows } = await sql<AnswerTimes>`
    select k.code, count(*)::int as posts, count(k.wait)::int as answered,
      percentile_cont(0.5) within group (order by k.wait) as "medianS",
      percentile_cont(0.9) within group (order by k.wait) as "ninetiethS",
      (count(*) filter (where k.wait <= 600))::int as "withinTenMinutes"
    from (
      select coalesce(n.renamed_to, c.code) as code, c.first_answer_s as wait
      from contacts c left join contact_codes n on n.code = c.code
      where c.at >= ${from} and c.at < ${to} and c.kind = 'post' and ${fits(filter)}) k
    group by grouping sets ((k.code), ())`.execute(db)
  return rows
}

export interface RefundSum {
  code: string
  currency: string
  refunds: number
  minor: number
}

/** Refunds that were paid in this time and not reversed, by code and currency. */
export async function refundSums(db: Db, from: Date, to: Date, filter: ReviewFilter): Promise<RefundSum[]> {
  const { rows } = await sql<RefundSum>`
    select ${CODE_NOW} as code, k.currency, sum(k.refunds)::int as refunds, sum(k.minor)::bigint as minor
    from (
      select c.code, c.refund_currency as currency, count(*) as refunds, sum(c.refund_minor) as minor
      from contacts c
      where c.at >= ${from} and c.at < ${to} and c.kind = 'refund' and c.outcome = 'refunded'
        and c.refund_currency is not null and ${fits(filter)}
      group by 1, 2) k
    group by 1, 2 order by 1, 2`.execute(db)
  return rows
}

/** Contacts that a filter leaves out because nobody knows their country or language. */
export async function countUnplaced(db: Db, from: Date, to: Date, filter: ReviewFilter): Promise<number> {
  if (filter.country === null && filter.language === null) return 0
  const unknown = [
    ...(filter.country === null ? [] : [sql`c.region is null`]),
    ...(filter.language === null ? [] : [sql`c.language is null`]),
  ]
  const { rows } = await sql<{ contacts: number }>`
    select count(*)::int as contacts from contacts c
    where c.at >= ${from} and c.at < ${to} and ${VOICES} and (${sql.join(unknown, sql` or `)})`.execute(db)
  return rows[0]?.contacts ?? 0
}

export interface ReviewVoice {
  id: number
  at: Date
  code: string
  language: string | null
  region: string | null
  network: string
  severity: number | null
  sentiment: string | null
  productName: string | null
  outcome: string
  /** Masked; null: none, or deleted. */
  text: string | null
}

const VOICE = sql`c.id, date_trunc('milliseconds', c.at) as at, c.language, c.region, c.network, c.severity,
  c.sentiment, c.product_name as "productName", c.outcome, c.text`

/** The newest voices of each code that have words. */
export async function newestVoices(
  db: Db,
  from: Date,
  to: Date,
  filter: ReviewFilter,
  codes: readonly string[],
  most: number,
): Promise<ReviewVoice[]> {
  if (codes.length === 0 || most === 0) return []
  const { rows } = await sql<ReviewVoice>`
    select voice.*, asked.code
    from unnest(${codes as string[]}::text[]) as asked (code)
    cross join lateral (
      select ${VOICE} from contacts c
      where c.code in (
          select asked.code union select n.code from contact_codes n where n.renamed_to = asked.code)
        and c.at >= ${from} and c.at < ${to} and c.kind = 'post' and c.text is not null and ${fits(filter)}
      order by c.at desc, c.id desc limit ${most}) voice`.execute(db)
  return rows
}

/** What stands behind a number: a page of contacts, the newest first. */
export async function voicesBehind(
  db: Db,
  asked: {
    from: Date
    to: Date
    filter: ReviewFilter
    code: string | null
    product: string | null
    refunds: boolean
  },
  { before, limit }: { before: { at: Date; id: number } | null; limit: number },
): Promise<ReviewVoice[]> {
  const { from, to, filter, code, product, refunds } = asked
  const kinds = refunds ? sql`c.kind = 'refund' and c.outcome = 'refunded'` : VOICES
  const { rows } = await sql<ReviewVoice>`
    select ${VOICE}, ${sql`coalesce((select n.renamed_to from contact_codes n where n.code = c.code), c.code)`} as code
    from contacts c
    where c.at >= ${from} and c.at < ${to} and ${kinds} and ${fits(filter)}
      ${
        code === null
          ? sql``
          : sql`and c.code in (select ${code}::text union select n.code from contact_codes n where n.renamed_to = ${code})`
      }
      ${product === null ? sql`` : sql`and c.product_id = ${product}`}
      ${before === null ? sql`` : sql`and (date_trunc('milliseconds', c.at), c.id) < (${before.at}, ${before.id}::bigint) and c.at <= ${new Date(before.at.getTime() + 1)}`}
    order by c.at desc, c.id desc limit ${limit}`.execute(db)
  return rows
}

/** Countries and languages that there were voices of within a time. */
export async function placesOf(
  db: Db,
  from: string,
  to: string,
): Promise<{ countries: string[]; languages: string[] }> {
  const { rows } = await sql<{ countries: string[] | null; languages: string[] | null }>`
    select array_agg(distinct d.country) filter (where d.country <> '') as countries,
      array_agg(distinct d.language) filter (where d.language <> '') as languages
    from review_days d where d.day >= ${from}::date and d.day <= ${to}::date`.execute(db)
  return { countries: rows[0]?.countries ?? [], languages: rows[0]?.languages ?? [] }
}

/** When the first contact was; null where there is none. */
export async function firstContact(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ at: Date }>`select at from contacts order by at, id limit 1`.execute(db)
  return rows[0]?.at ?? null
}

/** What codes are called, also those that the taxonomy has no longer. */
export async function codeNames(db: Db) {
  const { rows } = await sql<{
    code: string
    en: string
    ja: string
    department: string
    state: 'current' | 'renamed' | 'removed'
  }>`
    select n.code, n.name_en as en, n.name_ja as ja, n.department,
      case when n.listed then 'current' when n.renamed_to is not null then 'renamed' else 'removed' end as state
    from contact_codes n`.execute(db)
  return new Map(rows.map((row) => [row.code, row]))
}

function fits({ country, language }: ReviewFilter): RawBuilder<unknown> {
  const where = [sql`true`]
  if (country !== null) where.push(sql`(c.region = ${country} or starts_with(c.region, ${`${country}-`}))`)
  if (language !== null) where.push(sql`c.language = ${language}`)
  return sql.join(where, sql` and `)
}
