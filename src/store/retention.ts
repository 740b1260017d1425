import { type RawBuilder, sql } from 'kysely'
import type { Db, Store, Trx } from './database.ts'
import { forgetWords } from './forget-words.ts'

/** Rows of one transaction: locks are held for some milliseconds only. */
const AT_ONCE = 500

type Batch = (trx: Trx, before: RawBuilder<Date>) => Promise<number>

/** What has a time, in the order of templates/retention.yaml. */
const BATCHES = {
  async posts(trx, before) {
    const { rows } = await sql<{ id: number }>`
      select posts.id from posts
      where erased_at is null and received_at < ${before} and state <> 'new' and not exists (
        select 1 from cases where cases.id = posts.case_id and cases.state = 'open')
      order by received_at limit ${AT_ONCE} for update skip locked`.execute(trx)
    const ids = rows.map(({ id }) => id)
    await forgetWords(trx, ids, 'aged')
    return ids.length
  },
  async answers(trx, before) {
    const settled = sql`not exists (
      select 1 from cases where cases.id = old.case_id and cases.state = 'open') and created_at < ${before}`
    const drafts = await count(
      trx,
      sql`
      update drafts set text = null, reason = null, decision_note = null, checks = '[]' where id in (
        select id from drafts old where text is not null and ${settled}
        order by created_at limit ${AT_ONCE} for update skip locked)`,
    )
    const replies = await count(
      trx,
      sql`
      update replies set text = '', error = null where id in (
        select id from replies old where text <> '' and state in ('sent', 'cancelled') and ${settled}
        order by created_at limit ${AT_ONCE} for update skip locked)`,
    )
    return drafts + replies
  },
  async notes(trx, before) {
    const old = sql`select id from case_notes where at < ${before} order by at limit ${AT_ONCE}`
    await sql`delete from note_mentions where note_id in (${old})`.execute(trx)
    return count(trx, sql`delete from case_notes where id in (${old})`)
  },
  authors: (trx, before) =>
    count(
      trx,
      sql`
      update authors set username = '—', name = null, followers = null where (network, external_id) in (
        select network, external_id from authors old
        where username <> '—' and seen_at < ${before} and not exists (
          select 1 from cases
          where cases.network = old.network and cases.author_id = old.external_id and cases.state = 'open')
        order by seen_at limit ${AT_ONCE} for update skip locked)`,
    ),
  mails: (trx, before) =>
    count(
      trx,
      sql`
      update mails set recipient = '', subject = '', text = '', html = '', error = null where id in (
        select id from mails where recipient <> '' and created_at < ${before} and state <> 'intent'
        order by created_at limit ${AT_ONCE} for update skip locked)`,
    ),
  contacts: (trx, before) =>
    count(
      trx,
      sql`
      update contacts set text = null, person = null where id in (
        select id from contacts where (text is not null or person is not null) and at < ${before}
        order by at limit ${AT_ONCE} for update skip locked)`,
    ),
  // The oldest have the lowest ids: looked at in that order, the search ends where the young ones begin.
  playerReports: (trx, before) =>
    count(
      trx,
      sql`
      delete from cmcd_reports where id in (
        select id from (select id, received_at from cmcd_reports order by id limit ${AT_ONCE * 10}) oldest
        where received_at < ${before})`,
    ),
  async sessions(trx, before) {
    const { rows } = await sql<{ sid: string }>`
      delete from streaming_sessions where sid in (
        select sid from streaming_sessions where state <> 'open' and registered_at < ${before}
        order by registered_at limit ${AT_ONCE} for update skip locked)
      returning sid`.execute(trx)
    await sql`delete from cmcd_reports where sid = any(${rows.map(({ sid }) => sid)}::text[])`.execute(trx)
    return rows.length
  },
  endedLinks: (trx, before) =>
    count(
      trx,
      sql`
      delete from author_links where id in (
        select id from author_links where unlinked_at < ${before} order by id limit ${AT_ONCE} for update skip locked)`,
    ),
  quarantine: (trx, before) =>
    count(
      trx,
      sql`
      delete from quarantine where id in (
        select id from (select id, at from quarantine order by id limit ${AT_ONCE}) oldest where at < ${before})`,
    ),
  deadLetters: (trx, before) =>
    count(
      trx,
      sql`
      delete from dead_letters where id in (
        select id from dead_letters where state in ('resolved', 'dropped') and last_failed_at < ${before}
        order by id limit ${AT_ONCE} for update skip locked)`,
    ),
  modelAnswers: (trx, before) =>
    count(
      trx,
      sql`
      delete from model_answers where key in (
        select key from model_answers where at < ${before} order by at limit ${AT_ONCE} for update skip locked)`,
    ),
} satisfies Record<string, Batch>

export type Kept = keyof typeof BATCHES

/** How many days each is kept; null: for ever. */
export type KeptDays = Record<Kept, number | null>

async function count(trx: Trx, statement: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows } = await statement.execute(trx)
  return Number(numAffectedRows ?? 0)
}

/**
 * Forgets one batch of what is over its time, in a transaction of its own.
 * @returns how many rows: 0 where nothing is left
 */
export function forgetBatch(store: Store, what: Kept, days: number): Promise<number> {
  return store.transaction().execute(async (trx) => {
    await sql`select set_config('kikimimi.forgetting', 'on', true)`.execute(trx)
    const before = sql<Date>`(now() - make_interval(days => ${days}))`
    const rows = await BATCHES[what](trx, before)
    if (rows > 0) {
      await sql`
        insert into forgotten as old (day, what, count) values ((now() at time zone 'utc')::date, ${what}, ${rows})
        on conflict (day, what) do update set count = old.count + excluded.count, last_at = now()`.execute(
        trx,
      )
    }
    return rows
  })
}

export interface Forgotten {
  what: string
  /** Within the last day and the last thirty. */
  today: number
  month: number
  lastAt: Date
}

/** What went because its time was over, the latest first. */
export async function listForgotten(db: Db): Promise<Forgotten[]> {
  const { rows } = await sql<Forgotten>`
    select what, (sum(count) filter (where day = (now() at time zone 'utc')::date))::bigint as today,
      sum(count)::bigint as month, max(last_at) as "lastAt"
    from forgotten where day > (now() at time zone 'utc')::date - 30
    group by what order by max(last_at) desc, what`.execute(db)
  return rows.map((row) => ({ ...row, today: row.today ?? 0 }))
}
