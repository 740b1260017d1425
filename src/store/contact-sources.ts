import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { ContactNoteKind, StoredEntity } from './schema.ts'

/** Something that changed; contacts are made of what the tables say now, so that it may be read twice. */
export interface ContactNote {
  what: ContactNoteKind
  ref: string
}

/** What all contacts have in common, as the tables say it. */
interface Facts {
  ref: string
  at: Date
  caseId: number | null
  region: string | null
  orderKind: string | null
  refundMinor: number | null
  refundCurrency: string | null
  costMicroUsd: number
}

export interface PostFacts extends Facts {
  network: string
  authorId: string
  names: (string | null)[]
  text: string
  /** Deleted where it was written. */
  gone: boolean
  /** Written by us, a repost, or edited since: no contact. */
  uncounted: boolean
  language: string
  sentiment: string
  triaged: { code: string; codes: string[]; severity: number }
  label: { code: string; codes: string[] } | null
  case: {
    open: boolean
    code: string
    codes: string[]
    severity: number
    codedByPerson: boolean
    handedOn: boolean
  } | null
  entities: StoredEntity[]
  answered: boolean
  firstAnswerMs: number | null
  refunded: boolean
  reversed: boolean
  replaced: boolean
}

export interface SessionFacts extends Facts {
  customerId: string
  title: string
  sku: string | null
  neverStarted: boolean
  failed: boolean
  refunded: boolean
  reversed: boolean
  waits: boolean
}

export interface RefundFacts extends Facts {
  customerId: string
  title: string
  sku: string | null
  code: string | null
  kind: string | null
  neverStarted: boolean
  language: string
  severity: number | null
  reversed: boolean
}

export interface CorrectionFacts extends Facts {
  network: string
  authorId: string
  language: string
  sentiment: string
  severity: number
  code: string
  codes: string[]
  codeBefore: string
  entities: StoredEntity[]
}

/**
 * Takes notes, the newest first, and what was there before notes were taken last. They are gone when the transaction
 * commits. Only one transaction at a time may: whoever reads later knows more.
 * @returns null where another one is at it
 */
export async function takeContactNotes(trx: Db, limit: number): Promise<ContactNote[] | null> {
  const { rows: locks } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('contacts', 0)) as mine`.execute(trx)
  if (!locks[0]?.mine) return null
  const { rows } = await sql<ContactNote>`
    delete from contacts_to_do d
    using (select old, id from contacts_to_do order by old, id limit ${limit}) taken
    where d.old = taken.old and d.id = taken.id
    returning d.what, d.ref`.execute(trx)
  return rows
}

/** How many notes there are, counted up to `most`. */
export async function countNotes(db: Db, most: number): Promise<number> {
  const { rows } = await sql<{ notes: number }>`
    select count(*)::int as notes from (select from contacts_to_do limit ${most}) up_to_most`.execute(db)
  return rows[0]?.notes ?? 0
}

/** Puts the note that would be taken next behind all others. */
export async function putNoteBack(db: Db): Promise<void> {
  await sql`
    update contacts_to_do set old = true, id = default
    where (old, id) = (select old, id from contacts_to_do order by old, id limit 1)`.execute(db)
}

/** Everything that the notes are about: a case is its posts, a refund also the sessions and posts that led to it. */
export async function contactsOf(db: Db, notes: readonly ContactNote[]) {
  const of = (what: ContactNoteKind) => [
    ...new Set(notes.filter((note) => note.what === what).map(({ ref }) => ref)),
  ]
  const refunds = of('refund').map(Number)
  const { rows } = await sql<{ what: 'post' | 'session'; ref: string }>`
    select 'post' as what, p.id::text as ref from posts p where p.case_id = any(${of('case').map(Number)}::bigint[])
    union
    select 'post', p.id::text from refunds r join posts p on p.case_id = r.case_id
    where r.id = any(${refunds}::bigint[])
    union
    select 'session', s.sid from refunds r join streaming_sessions s on s.order_line_id = r.order_line_id
    where r.id = any(${refunds}::bigint[])`.execute(db)
  const also = (what: 'post' | 'session') => rows.filter((row) => row.what === what).map(({ ref }) => ref)
  return {
    posts: [...new Set([...of('post'), ...also('post')])].map(Number),
    sessions: [...new Set([...of('session'), ...also('session')])],
    refunds,
    corrections: of('correction').map(Number),
  }
}

/** Of a network's post the customer's clock starts when it was written, of a replayed one when it was heard. */
const STARTED = sql`case when p.network = 'replay' then p.received_at else p.created_at end`
const PAID = sql`(r.state = 'paid' and r.reversed_at is null)`

/** Triaged posts as they stand now; one that is not triaged yet is left out. */
export async function postFacts(db: Db, ids: readonly number[]): Promise<PostFacts[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<PostFacts>`
    select p.id::text as ref, date_trunc('milliseconds', ${STARTED}) as at, p.case_id as "caseId", p.network,
      p.author_id as "authorId", array[a.username, a.name] as names, p.text, p.deleted_at is not null as gone,
      (p.own or p.repost_of_id is not null or p.superseded_by is not null) as uncounted,
      t.language, t.sentiment, t.entities,
      json_build_object('code', t.code, 'codes', t.codes, 'severity', t.severity) as triaged,
      case when l.post_id is not null then json_build_object('code', l.code, 'codes', l.codes) end as label,
      case when c.id is not null then json_build_object('open', c.state = 'open', 'code', c.code, 'codes', c.codes,
        'severity', c.severity, 'codedByPerson', c.code_by is not null,
        'handedOn', c.escalated_at is not null) end as case,
      answer.at is not null as answered,
      (extract(epoch from answer.at - ${STARTED}) * 1000)::float as "firstAnswerMs",
      coalesce(money.refunded, false) as refunded, coalesce(money.reversed, false) as reversed,
      money.minor as "refundMinor", case when money.minor is not null then money.currency end as "refundCurrency",
      c.id is not null and exists (
        select 1 from replacements x where x.case_id = c.id and x.state = 'sent') as replaced,
      ordered.country as region, ordered.kind as "orderKind",
      coalesce((
        select sum(g.micro_usd) from api_charges g
        where g.network = p.network and g.resource = 'post:' || p.external_id
          and g.day between (p.received_at at time zone 'UTC')::date - 1 and (p.received_at at time zone 'UTC')::date), 0)::float
      + coalesce((
        select sum(d.cost_micro_usd) from replies y join drafts d on d.id = y.draft_id
        where y.network = p.network and y.in_reply_to = p.external_id and y.state = 'sent'), 0)::float as "costMicroUsd"
    from posts p
    join triages t on t.post_id = p.id
    left join authors a on a.network = p.network and a.external_id = p.author_id
    left join labels l on l.post_id = p.id
    left join cases c on c.id = p.case_id
    left join lateral (
      select min(y.sent_at) as at from replies y
      where y.case_id = p.case_id and y.state = 'sent' and y.sent_at >= ${STARTED}) answer on c.id is not null
    left join lateral (
      select bool_or(${PAID}) as refunded, bool_or(r.reversed_at is not null) as reversed, min(r.currency) as currency,
        sum(r.amount_minor) filter (where ${PAID} and r.currency = (
          select min(z.currency) from refunds z where z.case_id = p.case_id)
          and coalesce(e.post_id, (select min(f.id) from posts f where f.case_id = p.case_id)) = p.id)::float as minor
      from refunds r
      left join refund_decisions v on v.id = r.decision_id
      left join refund_events e on e.id = v.event_id
      where r.case_id = p.case_id) money on c.id is not null
    left join lateral (
      select v.inputs #>> '{order,kind}' as kind, v.inputs #>> '{order,country}' as country
      from refund_events e join refund_decisions v on v.event_id = e.id
      where e.case_id = p.case_id order by v.id desc limit 1) ordered on c.id is not null
    where p.id = any(${ids as number[]}::bigint[])`.execute(db)
  return rows
}

/** Sessions that went badly; of others there is no row. */
export async function sessionFacts(db: Db, sids: readonly string[]): Promise<SessionFacts[]> {
  if (sids.length === 0) return []
  const { rows } = await sql<SessionFacts>`
    select s.sid as ref, date_trunc('milliseconds', coalesce(s.last_report_at, s.registered_at)) as at,
      null::bigint as "caseId", s.customer_id as "customerId", s.title, s.region, 0 as "costMicroUsd",
      s.verdict = 'never-started' as "neverStarted", s.quality ->> 'error' is not null as failed,
      coalesce(money.kind, 'rental') as "orderKind", money.sku,
      coalesce(money.refunded, false) as refunded, coalesce(money.reversed, false) as reversed,
      coalesce(money.waits, s.state <> 'decided') as waits,
      case when money.first then money.minor end as "refundMinor",
      case when money.first and money.minor is not null then money.currency end as "refundCurrency"
    from streaming_sessions s
    left join lateral (
      select bool_or(${PAID}) as refunded, bool_or(r.reversed_at is not null) as reversed, min(r.sku) as sku,
        bool_or(r.state in ('asked', 'reserved', 'sending', 'pending', 'unknown')) as waits,
        min(r.currency) as currency, sum(r.amount_minor) filter (where ${PAID})::float as minor,
        min(v.inputs #>> '{order,kind}') as kind,
        s.sid = (select o.sid from streaming_sessions o where o.order_line_id = s.order_line_id
          and o.verdict in ('poor', 'never-started') order by o.registered_at, o.sid limit 1) as first
      from refunds r left join refund_decisions v on v.id = r.decision_id
      where r.order_line_id = s.order_line_id) money on true
    where s.sid = any(${sids as string[]}::text[]) and s.verdict in ('poor', 'never-started')`.execute(db)
  return rows
}

/** Refunds that were paid, or were paid and reversed; of others there is no row. */
export async function refundFacts(db: Db, ids: readonly number[]): Promise<RefundFacts[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<RefundFacts>`
    select r.id::text as ref, date_trunc('milliseconds', coalesce(r.paid_at, r.created_at)) as at, r.case_id as "caseId",
      r.customer_id as "customerId", r.title, coalesce(r.sku, e.sku) as sku, coalesce(e.code, c.code) as code,
      coalesce(e.kind, v.kind) as kind, r.never_started as "neverStarted",
      coalesce(c.language, split_part(r.locale, '-', 1)) as language, c.severity, r.reversed_at is not null as reversed,
      v.inputs #>> '{order,country}' as region, v.inputs #>> '{order,kind}' as "orderKind",
      r.amount_minor as "refundMinor", r.currency as "refundCurrency", 0 as "costMicroUsd"
    from refunds r
    left join refund_decisions v on v.id = r.decision_id
    left join refund_events e on e.id = v.event_id
    left join cases c on c.id = r.case_id
    where r.id = any(${ids as number[]}::bigint[]) and (r.state = 'paid' or r.reversed_at is not null)`.execute(
    db,
  )
  return rows
}

/** Codes that a person changed, by the post that was coded. */
export async function correctionFacts(db: Db, postIds: readonly number[]): Promise<CorrectionFacts[]> {
  if (postIds.length === 0) return []
  const { rows } = await sql<CorrectionFacts>`
    select l.post_id::text as ref, date_trunc('milliseconds', l.at) as at, p.case_id as "caseId", p.network,
      p.author_id as "authorId", t.language, t.sentiment, coalesce(c.severity, t.severity) as severity, l.code, l.codes,
      t.code as "codeBefore", t.entities, null::text as region, null::text as "orderKind",
      null::float as "refundMinor", null::text as "refundCurrency", 0 as "costMicroUsd"
    from labels l
    join posts p on p.id = l.post_id
    join triages t on t.post_id = p.id
    left join cases c on c.id = p.case_id
    where l.post_id = any(${postIds as number[]}::bigint[]) and l.source = 'corrected' and l.code <> t.code`.execute(
    db,
  )
  return rows
}
