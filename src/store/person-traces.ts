import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Who somebody is, wherever we met them. */
export interface Person {
  accounts: { network: string; authorId: string }[]
  customers: string[]
}

/** Where a person left something. */
export interface Traces extends Person {
  /** Account names and display names. */
  usernames: string[]
  /** Their posts; of others', those that repost them. */
  postIds: number[]
  /** Ids of their posts on the network. */
  externalIds: string[]
  caseIds: number[]
  draftIds: number[]
  sids: string[]
  refundIds: number[]
  replacementIds: number[]
  mailIds: number[]
  eventIds: number[]
  /** When the oldest of it came; null where there is nothing. */
  since: Date | null
}

/**
 * An account with the customer that its owner proved to be, and the other way round, until nothing is new. Links that
 * were ended are not followed: they may have been somebody else's mistake.
 */
export async function followPerson(db: Db, person: Person): Promise<Person> {
  const { rows } = await sql<{ network: string | null; id: string }>`
    with recursive known (network, id) as (
      select * from unnest(${person.accounts.map(({ network }) => network)}::text[],
        ${person.accounts.map(({ authorId }) => authorId)}::text[])
      union all select null, * from unnest(${person.customers}::text[])
      union
      select case when known.network is null then links.network end,
        case when known.network is null then links.author_id else links.customer_id end
      from known join author_links links on links.unlinked_at is null and (
        known.network is null and links.customer_id = known.id
        or links.network = known.network and links.author_id = known.id)
    ) select distinct * from known`.execute(db)
  return {
    accounts: rows.flatMap(({ network, id }) => (network === null ? [] : [{ network, authorId: id }])),
    customers: rows.flatMap(({ network, id }) => (network === null ? [id] : [])),
  }
}

/** Account by its id, or by its name as it was last seen (without @, upper and lower case alike). */
export async function findAccount(db: Db, network: string, name: string) {
  const { rows } = await sql<{ network: string; authorId: string }>`
    select network, external_id as "authorId" from authors where network = ${network} and external_id = ${name}
    union
    select network, external_id from authors
    where network = ${network} and bigrams(author_words(username, name)) @> bigrams(${name})
      and lower(username) = lower(${name})`.execute(db)
  return rows
}

/** Whose case it is; null where there is none. */
export async function accountOfCase(db: Db, caseId: number) {
  const { rows } = await sql<{ network: string; authorId: string }>`
    select network, author_id as "authorId" from cases where id = ${caseId}`.execute(db)
  return rows[0] ?? null
}

/** Who is behind a contact with this pseudonym, as far as what it was made of is still there. */
export async function peopleOfPseudonym(db: Db, pseudonym: string): Promise<Person> {
  const { rows } = await sql<{ network: string | null; id: string }>`
    with found as (select kind, ref from contacts where person = ${pseudonym} order by at desc limit 20)
    select posts.network, posts.author_id as id
    from found join posts on found.kind in ('post', 'correction') and posts.id::text = found.ref
    union
    select null, sessions.customer_id
    from found join streaming_sessions sessions on found.kind = 'playback' and sessions.sid = found.ref
    union
    select null, refunds.customer_id from found join refunds on found.kind = 'refund' and refunds.id::text = found.ref`.execute(
    db,
  )
  return {
    accounts: rows.flatMap(({ network, id }) => (network === null ? [] : [{ network, authorId: id }])),
    customers: rows.flatMap(({ network, id }) => (network === null ? [id] : [])),
  }
}

/** Everything that a person left, by the ids of its rows. */
export async function tracesOf(db: Db, person: Person): Promise<Traces> {
  const { accounts, customers } = person
  const theirs = sql`unnest(${accounts.map(({ network }) => network)}::text[],
    ${accounts.map(({ authorId }) => authorId)}::text[]) as them (network, author_id)`
  const { rows: authors } = await sql<{ username: string; name: string | null }>`
    select username, name from ${theirs} join authors on authors.network = them.network and external_id = them.author_id`.execute(
    db,
  )
  const { rows: posts } = await sql<{ id: number; external_id: string; received_at: Date }>`
    select id, external_id, received_at from ${theirs} cross join lateral (
      select id, external_id, received_at from posts
      where posts.network = them.network and posts.author_id = them.author_id and repost_of_id is null
      union all
      select id, external_id, received_at from posts
      where posts.network = them.network and posts.author_id = them.author_id and repost_of_id is not null
    ) posts`.execute(db)
  const { rows: cases } = await sql<{ id: number }>`
    select id from ${theirs} join cases on cases.network = them.network and cases.author_id = them.author_id`.execute(
    db,
  )
  const caseIds = cases.map(({ id }) => id)
  const ofThem = sql`(case_id = any(${caseIds}::bigint[]) or customer_id = any(${customers}::text[]))`
  const drafts = await sql<Row>`
    select id, created_at as at from drafts where case_id = any(${caseIds}::bigint[])`.execute(db)
  const sessions = await sql<{ sid: string; at: Date }>`
    select sid, registered_at as at from streaming_sessions where customer_id = any(${customers}::text[])`.execute(
    db,
  )
  const refunds = await sql<Row>`select id, created_at as at from refunds where ${ofThem}`.execute(db)
  const replacements = await sql<Row>`select id, created_at as at from replacements where ${ofThem}`.execute(
    db,
  )
  const events = await sql<Row>`select id, created_at as at from refund_events where ${ofThem}`.execute(db)
  const refundIds = idsOf(refunds.rows)
  const replacementIds = idsOf(replacements.rows)
  const { rows: mails } = await sql<Row>`
    select id, created_at as at from mails where customer_id = any(${customers}::text[])
    union
    select id, created_at from mails where refund_id = any(${refundIds}::bigint[])
    union
    select id, created_at from mails where replacement_id = any(${replacementIds}::bigint[])`.execute(db)
  const times = [
    ...posts.map(({ received_at }) => received_at),
    ...[sessions.rows, refunds.rows, events.rows, mails].flat().map(({ at }) => at),
  ].map(Number)
  return {
    ...person,
    usernames: authors.flatMap(({ username, name }) => (name === null ? [username] : [username, name])),
    postIds: posts.map(({ id }) => id),
    externalIds: posts.map(({ external_id }) => external_id),
    caseIds,
    draftIds: idsOf(drafts.rows),
    sids: sessions.rows.map(({ sid }) => sid),
    refundIds,
    replacementIds,
    mailIds: idsOf(mails),
    eventIds: idsOf(events.rows),
    since: times.length > 0 ? new Date(times.reduce((one, other) => Math.min(one, other))) : null,
  }
}

interface Row {
  id: number
  at: Date
}

function idsOf(rows: readonly Row[]): number[] {
  return rows.map(({ id }) => id)
}
