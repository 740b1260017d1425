import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import type { DossierKind } from './schema.ts'

/** What a dossier is about. */
export interface DossierSubject {
  kind: DossierKind
  /** Code as it is called now; SKU or id of a title; id of a cluster of suggestions. */
  name: string
}

export interface DossierSpan {
  from: Date
  to: Date
}

/** Whether contact `c` is about it. */
function isAbout({ kind, name }: DossierSubject): RawBuilder<boolean> {
  if (kind === 'product') return sql`c.product_id = ${name}`
  if (kind === 'cluster')
    return sql`c.id in (select v.contact_id from suggestion_voices v where v.cluster_id = ${name}::bigint)`
  return sql`c.code in (select ${name}::text union select n.code from contact_codes n where n.renamed_to = ${name})`
}

const VOICES = sql`c.kind in ('post', 'playback')`
const within = ({ from, to }: DossierSpan) => sql`c.at >= ${from} and c.at < ${to}`

/** Voices by the company's day; of a product by code, else by language ('' where nobody knows). */
export async function dossierDays(
  db: Db,
  subject: DossierSubject,
  span: DossierSpan,
  zone: string,
): Promise<{ day: string; by: string; voices: number }[]> {
  const by =
    subject.kind === 'product'
      ? sql`coalesce((select n.renamed_to from contact_codes n where n.code = k.by), k.by)`
      : sql`k.by`
  const { rows } = await sql<{ day: string; by: string; voices: number }>`
    select k.day::text as day, ${by} as by, sum(k.voices)::int as voices
    from (
      select (c.at at time zone ${zone})::date as day, count(*) as voices,
        ${subject.kind === 'product' ? sql`c.code` : sql`coalesce(split_part(c.language, '-', 1), '')`} as by
      from contacts c where ${isAbout(subject)} and ${within(span)} and ${VOICES} group by 1, 3) k
    group by 1, 2 order by 1, 2`.execute(db)
  return rows
}

export interface DossierNumbers {
  voices: number
  people: number
  severe: number
  /** Without an answer, a refund or a new item, and not waiting for one. */
  unanswered: number
}

export async function dossierNumbers(
  db: Db,
  subject: DossierSubject,
  span: DossierSpan,
): Promise<DossierNumbers> {
  const { rows } = await sql<DossierNumbers>`
    select count(*)::int as voices, count(distinct coalesce(c.person, c.id::text))::int as people,
      (count(*) filter (where c.severity = 3))::int as severe,
      (count(*) filter (where c.outcome = 'nothing' and not c.open))::int as unanswered
    from contacts c where ${isAbout(subject)} and ${within(span)} and ${VOICES}`.execute(db)
  return rows[0] as DossierNumbers
}

export interface DossierVoice {
  id: number
  at: Date
  code: string
  language: string | null
  region: string | null
  network: string
  severity: number | null
  outcome: string
  productName: string | null
  caseId: number | null
  /** Masked. */
  text: string
}

/** The newest voices with words, and how many have any. @param without a code that nobody reads unasked */
export async function dossierVoices(
  db: Db,
  subject: DossierSubject,
  span: DossierSpan,
  { limit, without }: { limit: number; without: string },
): Promise<{ voices: DossierVoice[]; all: number }> {
  const readable = sql`${isAbout(subject)} and ${within(span)} and c.kind = 'post' and c.text is not null
    and not (${without}::text = any(c.codes)) and c.code <> ${without}`
  const { rows: voices } = await sql<DossierVoice>`
    select c.id, c.at, c.code, c.language, c.region, c.network, c.severity, c.outcome,
      c.product_name as "productName", c.case_id as "caseId", c.text
    from contacts c where ${readable} order by c.at desc, c.id desc limit ${limit}`.execute(db)
  const { rows } = await sql<{ all: number }>`
    select count(*)::int as all from contacts c where ${readable}`.execute(db)
  return { voices, all: rows[0]?.all ?? 0 }
}

export interface DossierCosts {
  /** Refunds that were paid and not reversed. */
  refunds: { currency: string; refunds: number; minor: number }[]
  /** New items that the shop sent. */
  replacements: number
  /** What reading, answering and models cost for these contacts. */
  microUsd: number
}

export async function dossierCosts(
  db: Db,
  subject: DossierSubject,
  span: DossierSpan,
): Promise<DossierCosts> {
  const cases = sql`select c.case_id from contacts c where ${isAbout(subject)} and ${within(span)}
    and c.case_id is not null`
  const refunded =
    subject.kind === 'cluster' ? sql`c.case_id in (${cases})` : sql`${isAbout(subject)} and ${within(span)}`
  const { rows: refunds } = await sql<{ currency: string; refunds: number; minor: number }>`
    select c.refund_currency as currency, count(*)::int as refunds, sum(c.refund_minor)::bigint as minor
    from contacts c
    where c.kind = 'refund' and c.outcome = 'refunded' and c.refund_currency is not null and ${refunded}
    group by 1 order by 1`.execute(db)
  const replaced =
    subject.kind === 'product'
      ? sql`r.sku = ${subject.name} and r.sent_at >= ${span.from} and r.sent_at < ${span.to}`
      : sql`r.case_id in (${cases})`
  const { rows: sums } = await sql<{ replacements: number; microUsd: number }>`
    select (select count(*)::int from replacements r where r.state = 'sent' and ${replaced}) as replacements,
      (select coalesce(sum(c.cost_micro_usd), 0)::bigint from contacts c
        where ${isAbout(subject)} and ${within(span)}) as "microUsd"`.execute(db)
  return { refunds, ...(sums[0] as { replacements: number; microUsd: number }) }
}

/** What a product or title was called last; null: no contact, root cause or cord is about it. */
export async function productName(db: Db, id: string): Promise<string | null> {
  const { rows } = await sql<{ name: string | null }>`
    select coalesce(
      (select c.product_name from contacts c where c.product_id = ${id} and c.product_name is not null
        order by c.at desc limit 1),
      (select s.title from listing_cases s where s.sku = ${id} order by s.id desc limit 1),
      (select c.product_id from contacts c where c.product_id = ${id} limit 1),
      (select d.name from cords d where d.kind <> 'code' and d.name = ${id} limit 1)) as name`.execute(db)
  return rows[0]?.name ?? null
}
