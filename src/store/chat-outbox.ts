import { type SqlBool, sql } from 'kysely'
import type { Db, Store } from './database.ts'
import type { ChatBody, ChatSum } from './schema.ts'

const DAY_MS = 24 * 3_600_000
/** Longer than one message can take. */
const LEASE_SECONDS = 60

/** Makes channels known, and those that are not in the file any more unknown. @returns since when the first is known */
export async function registerChannels(
  store: Store,
  channels: readonly { name: string; kind: string }[],
): Promise<Date | null> {
  return store.transaction().execute(async (trx) => {
    const names = channels.map(({ name }) => name)
    await trx
      .updateTable('chat_channels')
      .set({ configured: false })
      .where('configured', '=', true)
      .$if(names.length > 0, (query) => query.where('name', 'not in', names))
      .execute()
    if (channels.length === 0) return null
    await trx
      .insertInto('chat_channels')
      .values(channels.map(({ name, kind }) => ({ name, kind })))
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet((eb) => ({ kind: eb.ref('excluded.kind'), configured: true }))
          .where((eb) =>
            eb.or([
              eb('chat_channels.configured', '=', false),
              eb('chat_channels.kind', '!=', eb.ref('excluded.kind')),
            ]),
          ),
      )
      .execute()
    const first = await trx
      .selectFrom('chat_channels')
      .select(({ fn }) => fn.min('since').as('since'))
      .where('configured', '=', true)
      .executeTakeFirst()
    return first?.since ?? null
  })
}

/**
 * Takes a channel that has something to be told, for one message, so that no other process sends to it.
 * @returns undefined where nothing waits, it rests, or is taken
 */
export async function leaseChannel(db: Db, name: string, now: Date) {
  return db
    .updateTable('chat_channels')
    .set({ leased_until: new Date(now.getTime() + LEASE_SECONDS * 1000) })
    .where('name', '=', name)
    .where(
      sql<SqlBool>`exists (
        select 1 from chat_messages m where m.channel = chat_channels.name and m.state = 'waiting')`,
    )
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', now)]))
    .where((eb) => eb.or([eb('paused_until', 'is', null), eb('paused_until', '<=', now)]))
    .returning(['name', 'failures'])
    .executeTakeFirst()
}

/** Channels that rest are tried anew: whoever starts the product again may have mended what was wrong. */
export async function wakeChannels(db: Db): Promise<void> {
  await db.updateTable('chat_channels').set({ paused_until: null, failures: 0 }).execute()
}

export async function releaseChannel(db: Db, name: string): Promise<void> {
  await db.updateTable('chat_channels').set({ leased_until: null }).where('name', '=', name).execute()
}

/**
 * Sums up the voices that still wait from before `until`, but for those of danger, as one message.
 * @returns how many they were
 */
export async function sumVoices(store: Store, channel: string, until: Date): Promise<number> {
  return store.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: number; code: string | null; at: Date }>`
      select m.id, n.codes[1] as code, m.created_at as at from chat_messages m join chat_news n on n.id = m.news_id
      where m.channel = ${channel} and m.state = 'waiting' and m.kind = 'voice' and m.severity < 3
        and m.created_at < ${until}
      order by m.id for update of m`.execute(trx)
    const [first] = rows
    if (!first) return 0
    const codes = Map.groupBy(rows, ({ code }) => code ?? 'none')
    const sum: ChatSum = {
      count: rows.length,
      codes: [...codes]
        .map(([code, all]) => ({ code, count: all.length }))
        .toSorted((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
      from: first.at.toISOString(),
      to: until.toISOString(),
    }
    const { id } = await trx
      .insertInto('chat_messages')
      .values({ channel, kind: 'sum', sum: JSON.stringify(sum) })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx
      .updateTable('chat_messages')
      .set({ state: 'summed', summed_in: id })
      .where(
        'id',
        'in',
        rows.map((row) => row.id),
      )
      .execute()
    return rows.length
  })
}

/** How many voices, and how many of danger, a channel was told one by one since then. */
export async function voicesTold(db: Db, channel: string, since: Date) {
  const { rows } = await sql<{ voices: number; danger: number }>`
    select count(*) filter (where severity < 3)::int as voices, count(*) filter (where severity >= 3)::int as danger
    from chat_messages
    where channel = ${channel} and state = 'sent' and kind = 'voice' and sent_at >= ${since}`.execute(db)
  return rows[0] ?? { voices: 0, danger: 0 }
}

/** What may be told now: voices while there is room for them, and what is grave enough for the hour. */
export interface MayTell {
  voices: boolean
  danger: boolean
  minSeverity: number
}

/** The message that a channel is told next: the gravest, then the eldest. */
export async function nextMessage(db: Db, channel: string, may: MayTell, now: Date) {
  const { rows } = await sql<{
    id: number
    kind: string
    attempts: number
    sum: ChatSum | null
    severity: number
    at: Date
    codes: string[] | null
    body: ChatBody | null
    post_id: number | null
    text: string | null
    username: string | null
    name: string | null
  }>`
    select m.id, m.kind, m.attempts, m.sum, m.severity, m.created_at as at, n.codes, n.body, n.post_id,
      case when p.deleted_at is null then nullif(p.text, '') end as text,
      a.username, a.name
    from chat_messages m
    left join chat_news n on n.id = m.news_id
    left join posts p on p.id = n.post_id
    left join authors a on a.network = p.network and a.external_id = p.author_id
    where m.channel = ${channel} and m.state = 'waiting' and m.severity >= ${may.minSeverity}
      and (m.next_try_at is null or m.next_try_at <= ${now})
      and case when m.kind <> 'voice' then true
        when m.severity >= 3 then ${may.danger} else ${may.voices} and not m.held end
    order by m.severity desc, m.id limit 1`.execute(db)
  return rows[0] ?? null
}
export type NextMessage = NonNullable<Awaited<ReturnType<typeof nextMessage>>>

/** Keeps a voice back, to be summed up, if the channel was told the same words within a day. @returns whether it was */
export async function holdRepeat(
  db: Db,
  channel: string,
  id: number,
  words: string,
  now: Date,
): Promise<boolean> {
  const same = sql<SqlBool>`exists (
    select 1 from chat_messages told
    where told.channel = ${channel} and told.state = 'sent' and told.words = ${words}
      and told.sent_at > ${new Date(now.getTime() - DAY_MS)})`
  const held = await db
    .updateTable('chat_messages')
    .set({ held: true })
    .where('id', '=', id)
    .where(same)
    .returning('id')
    .executeTakeFirst()
  return held !== undefined
}

/** A channel took a message. @param words hash of a voice's words */
export async function concludeSent(
  store: Store,
  channel: string,
  id: number,
  words: string | null,
  now: Date,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx
      .updateTable('chat_messages')
      .set({ state: 'sent', sent_at: now, words, error: null })
      .where('id', '=', id)
      .execute()
    await trx
      .updateTable('chat_channels')
      .set({
        ok_at: now,
        failures: 0,
        problem: null,
        problem_at: null,
        paused_until: null,
        leased_until: null,
      })
      .where('name', '=', channel)
      .execute()
  })
}

/**
 * A channel refused one message, which need not say anything of the others; it is shown until it takes one.
 * @param nextTryAt null: the message is given up
 */
export async function concludeRefused(
  store: Store,
  channel: string,
  id: number,
  reason: string,
  nextTryAt: Date | null,
  now: Date,
): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx
      .updateTable('chat_messages')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        error: reason,
        next_try_at: nextTryAt,
        state: nextTryAt === null ? 'failed' : 'waiting',
      }))
      .where('id', '=', id)
      .execute()
    await showProblem(trx, channel, reason, now).execute()
  })
}

function showProblem(db: Db, channel: string, problem: string, now: Date) {
  return db
    .updateTable('chat_channels')
    .set((eb) => ({ problem, problem_at: eb.fn.coalesce('problem_at', eb.val(now)) }))
    .where('name', '=', channel)
}

/** A channel can not be told anything for now; its messages wait. */
export async function pauseChannel(
  db: Db,
  channel: string,
  problem: string,
  pausedUntil: Date,
  now: Date,
): Promise<void> {
  await showProblem(db, channel, problem, now)
    .set((eb) => ({ failures: eb('failures', '+', 1), paused_until: pausedUntil }))
    .execute()
}

/** Every channel of the file: how it does, and what waits for it. */
export async function chatChannels(db: Db) {
  const { rows } = await sql<{
    name: string
    kind: string
    ok_at: Date | null
    problem: string | null
    problem_at: Date | null
    paused_until: Date | null
    waiting: number
    oldest: Date | null
    failed: number
    error: string | null
  }>`
    select c.name, c.kind, c.ok_at, c.problem, c.problem_at, c.paused_until,
      (select count(*)::int from chat_messages m where m.channel = c.name and m.state = 'waiting') as waiting,
      (select min(m.created_at) from chat_messages m where m.channel = c.name and m.state = 'waiting') as oldest,
      (select count(*)::int from chat_messages m where m.channel = c.name and m.state = 'failed'
        and m.created_at > now() - interval '7 days') as failed,
      (select m.error from chat_messages m where m.channel = c.name and m.error is not null
        order by m.id desc limit 1) as error
    from chat_channels c where c.configured order by c.name`.execute(db)
  return rows
}
export type ChatChannelState = Awaited<ReturnType<typeof chatChannels>>[number]
