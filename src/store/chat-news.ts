import { sql } from 'kysely'
import type { Db, Store, Trx } from './database.ts'
import type { ChatBody, ChatKind } from './schema.ts'

/** Something that departments are told in their chats. */
export interface ChatNews {
  /** Names it for good, such as `cord:7:pulled`: what was told under a key is not told again. */
  key: string
  kind: ChatKind
  /** Wrap-up codes that it is about; none: every channel that tells of its kind hears it. */
  codes: readonly string[]
  /** 0 to 3; 3 is danger. */
  severity: number
  /** Of the customers that it is about; null: of all. */
  language: string | null
  /** A post whose words are quoted, masked, as they are when the message leaves. */
  postId: number | null
  /** In our own words. Customers' words do not belong in here. */
  body: ChatBody
}

/**
 * Tells it to the channels of templates/chat.yaml that want it, at least once each. Goes out after `trx` commits, and
 * never if it does not.
 * @returns false where it was told before
 */
export async function tell(trx: Trx, news: ChatNews): Promise<boolean> {
  const row = await trx
    .insertInto('chat_news')
    .values({
      key: news.key,
      kind: news.kind,
      codes: [...news.codes],
      severity: news.severity,
      language: news.language,
      post_id: news.postId,
      body: JSON.stringify(news.body),
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** What a channel must be to hear of news. */
export type NewsOf = Pick<ChatNews, 'kind' | 'codes' | 'severity' | 'language'>

/**
 * Puts news that nobody looked at yet into the outboxes of the channels that want them.
 * @param channelsFor names of channels, all of them registered
 * @returns how many news there were; 500 means that there may be more
 */
export async function spreadNews(store: Store, channelsFor: (news: NewsOf) => string[]): Promise<number> {
  return store.transaction().execute(async (trx) => {
    const news = await trx
      .selectFrom('chat_news')
      .select(['id', 'kind', 'codes', 'severity', 'language'])
      .where('spread_at', 'is', null)
      .orderBy('id')
      .limit(500)
      .forUpdate()
      .skipLocked()
      .execute()
    if (news.length === 0) return 0
    const rows = news.flatMap(({ id, ...each }) =>
      channelsFor(each).map((channel) => ({
        channel,
        news_id: id,
        kind: each.kind,
        severity: each.severity,
      })),
    )
    if (rows.length > 0) {
      await trx
        .insertInto('chat_messages')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
    const ids = news.map(({ id }) => id)
    await trx.updateTable('chat_news').set({ spread_at: sql<Date>`now()` }).where('id', 'in', ids).execute()
    return news.length
  })
}

/** Cases opened since then (and within the last day) that chats were not told of, with the post that opened them. */
export async function untoldCases(db: Db, since: Date) {
  const { rows } = await sql<{
    id: number
    code: string
    codes: string[]
    severity: number
    language: string
    post_id: number
  }>`
    select c.id, c.code, c.codes, c.severity, c.language, first.id as post_id
    from cases c
    cross join lateral (select p.id from posts p where p.case_id = c.id order by p.id limit 1) as first
    where c.opened_at > ${since} and c.opened_at > now() - interval '1 day'
      and not exists (select 1 from chat_news n where n.key = 'case:' || c.id)
    order by c.id limit 500`.execute(db)
  return rows
}

/** Failures of ours that were opened or closed since then (and within the last day) without a word to chats. */
export async function untoldIncidents(db: Db, since: Date) {
  const { rows } = await sql<{
    id: number
    dimension: 'title' | 'region' | 'network' | 'player' | 'all'
    value: string
    sessions: number
    customers: number
    began_at: Date
    closed_at: Date | null
    what: 'opened' | 'closed'
  }>`
    select i.id, i.dimension, i.value, i.sessions, i.customers, i.began_at, i.closed_at, change.what
    from incidents i
    cross join lateral (values ('opened', i.opened_at), ('closed', i.closed_at)) as change (what, at)
    where change.at > ${since} and change.at > now() - interval '1 day'
      and not exists (select 1 from chat_news n where n.key = 'incident:' || i.id || ':' || change.what)
    order by change.at limit 100`.execute(db)
  return rows
}

/** Days for which one can look up what chats were told. */
const KEPT_DAYS = 30

/** Forgets what was told, or was for nobody, more than thirty days ago. What still waits or failed stays. */
export async function forgetChat(db: Db): Promise<void> {
  const old = sql<Date>`now() - ${KEPT_DAYS} * interval '1 day'`
  await db.deleteFrom('chat_messages').where('state', '=', 'summed').where('created_at', '<', old).execute()
  await sql`
    delete from chat_messages m where m.state = 'sent' and m.created_at < ${old}
      and not exists (select 1 from chat_messages part where part.summed_in = m.id)`.execute(db)
  await sql`
    delete from chat_news n where n.created_at < ${old} and n.spread_at is not null
      and not exists (select 1 from chat_messages m where m.news_id = n.id)`.execute(db)
}
