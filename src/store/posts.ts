import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Media, PostContext } from './schema.ts'

/** A post as a network told of it. Ids are the network's own; text is exactly what was written. */
export interface NewPost {
  externalId: string
  author: { id: string; username: string; name: string | null; followers: number | null }
  text: string
  createdAt: Date
  conversationId: string | null
  replyToId: string | null
  quotedId: string | null
  repostOfId: string | null
  /** The first id of its edit history, where this post is a later version of another. */
  editOfId: string | null
  /** Its author mentioned us or quoted one of our posts: only then may the API answer on X. */
  summoned: boolean
  /** Written by our own account. */
  own: boolean
  media: Media[]
  context: PostContext
}

export interface StoredPost {
  id: number
  own: boolean
  repost: boolean
}

/** Postgres text can not hold NUL, and a lone surrogate is not Unicode: both would lose the whole page. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '�').toWellFormed()
}

export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? storable(inner) : inner))
}

const MAX_INT4 = 2_147_483_647

/** Stores posts and their authors; those that are there already are left alone. @returns the new ones */
export async function insertPosts(
  trx: Db,
  network: string,
  sourceId: string,
  posts: readonly NewPost[],
): Promise<StoredPost[]> {
  if (posts.length === 0) return []
  await upsertAuthors(trx, network, posts)
  const unique = [...new Map(posts.map((post) => [post.externalId, post])).values()]
  const values = unique.map((post) => ({
    external_id: post.externalId,
    author_id: post.author.id,
    text: post.text,
    created_at: post.createdAt,
    conversation_id: post.conversationId,
    reply_to_id: post.replyToId,
    quoted_id: post.quotedId,
    repost_of_id: post.repostOfId,
    edit_of_id: post.editOfId,
    summoned: post.summoned,
    own: post.own,
    media: post.media,
    context: post.context,
  }))
  // One document instead of a thousand parameters: half the work on both sides.
  const { rows } = await sql<{ id: number; own: boolean; repost_of_id: string | null }>`
    insert into posts (network, source_id, external_id, author_id, text, created_at, conversation_id, reply_to_id,
      quoted_id, repost_of_id, edit_of_id, summoned, own, media, context)
    select ${network}, ${sourceId}, new.* from json_to_recordset(${storableJson(values)}::json) as new (
      external_id text, author_id text, text text, created_at timestamptz, conversation_id text, reply_to_id text,
      quoted_id text, repost_of_id text, edit_of_id text, summoned boolean, own boolean, media jsonb, context jsonb)
    on conflict (network, external_id) do nothing
    returning id, own, repost_of_id`.execute(trx)
  await markSuperseded(trx, network, unique)
  return rows.map((row) => ({ id: row.id, own: row.own, repost: row.repost_of_id !== null }))
}

/**
 * Stores posts as `insertPosts` does; one that Postgres can not hold is put aside, so that it does not stand in the
 * way of all the others for ever.
 */
export async function storePosts(
  trx: Db,
  network: string,
  sourceId: string,
  posts: readonly NewPost[],
): Promise<StoredPost[]> {
  const together = await attempt(trx, () => insertPosts(trx, network, sourceId, posts))
  if ('done' in together) return together.done
  const stored: StoredPost[] = []
  for (const post of posts) {
    const alone = await attempt(trx, () => insertPosts(trx, network, sourceId, [post]))
    if ('done' in alone) stored.push(...alone.done)
    else
      await quarantine(trx, sourceId, [
        { reason: `can not be stored: ${alone.fault}`, payload: JSON.stringify(post) },
      ])
  }
  return stored
}

/** Runs work that can be undone without the rest of the transaction; only faults in the data are caught. */
async function attempt<T>(trx: Db, work: () => Promise<T>): Promise<{ done: T } | { fault: string }> {
  await sql`savepoint attempt`.execute(trx)
  try {
    const done = await work()
    await sql`release savepoint attempt`.execute(trx)
    return { done }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    // SQLSTATE classes: data exception, integrity constraint, program limit (a key too long for its index).
    if (!/^(22|23|54)/.test(code ?? '')) throw error
    await sql`rollback to savepoint attempt`.execute(trx)
    return { fault: message }
  }
}

/** One statement may not touch a row twice, and all who lock authors do so in Postgres's own order. */
async function upsertAuthors(trx: Db, network: string, posts: readonly NewPost[]): Promise<void> {
  const authors = [...new Map(posts.map((post) => [post.author.id, post.author])).values()]
  const names = authors.map((author) => (author.name === null ? null : storable(author.name)))
  const followers = authors.map((author) => author.followers && Math.min(author.followers, MAX_INT4))
  await sql`
    insert into authors (network, external_id, username, name, followers)
    select ${network}::text, a.* from unnest(
      ${authors.map((author) => author.id)}::text[], ${authors.map((author) => storable(author.username))}::text[],
      ${names}::text[], ${followers}::int[]) as a (external_id, username, name, followers)
    order by external_id
    on conflict (network, external_id) do update set
      -- A page that came without its author's name knows the id only.
      username = case when excluded.username = excluded.external_id then authors.username else excluded.username end,
      name = coalesce(excluded.name, authors.name),
      followers = coalesce(excluded.followers, authors.followers),
      seen_at = now()`.execute(trx)
}

/**
 * An edited post is a new post on the network: its older versions are not to be answered any more, in whatever
 * order they are heard. Later ids are longer or, at the same length, greater.
 */
async function markSuperseded(trx: Db, network: string, posts: readonly NewPost[]): Promise<void> {
  const first = posts.flatMap((post) => (post.editOfId === null ? [] : [post.editOfId]))
  if (first.length === 0) return
  await sql`
    update posts set superseded_by = latest.external_id
    from (
      select distinct on (edit_of_id) edit_of_id as first_id, external_id from posts
      where network = ${network} and edit_of_id = any(${first}::text[])
      order by edit_of_id, length(external_id) desc, external_id desc
    ) as latest
    where posts.network = ${network} and (posts.external_id = latest.first_id or posts.edit_of_id = latest.first_id)
      and posts.external_id <> latest.external_id
      and posts.superseded_by is distinct from latest.external_id`.execute(trx)
}

/** Keeps what could not be read at the door. */
export async function quarantine(
  db: Db,
  source: string,
  entries: readonly { reason: string; payload: string }[],
): Promise<void> {
  if (entries.length === 0) return
  await db
    .insertInto('quarantine')
    .values(
      entries.map((entry) => ({
        source,
        reason: storable(entry.reason.slice(0, 500)),
        payload: storable(entry.payload.slice(0, 100_000)),
      })),
    )
    .execute()
}

/**
 * Takes posts that wait for triage, for this transaction; those that another worker has are left out. The lock is not
 * "for update": whoever writes rows that refer to posts (the search index) would have them left out, for nobody.
 */
export function takeNewPosts(trx: Db, ids: readonly number[]) {
  return trx
    .selectFrom('posts')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'posts.network')
        .onRef('authors.external_id', '=', 'posts.author_id'),
    )
    .select([
      'posts.id',
      'posts.network',
      'posts.external_id',
      'posts.author_id',
      'posts.text',
      'posts.created_at',
      'posts.received_at',
      'posts.conversation_id',
      'posts.reply_to_id',
      'posts.quoted_id',
      'posts.repost_of_id',
      'posts.edit_of_id',
      'posts.summoned',
      'posts.own',
      'posts.media',
      'posts.correlation_id',
      'authors.followers',
      'authors.opted_out_at',
    ])
    .where('posts.id', 'in', ids)
    .where('posts.state', '=', 'new')
    .orderBy('posts.id')
    .forNoKeyUpdate('posts')
    .skipLocked()
    .execute()
}
export type PostToTriage = Awaited<ReturnType<typeof takeNewPosts>>[number]
