import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Media, PostContext } from './schema.ts'

export interface NewPost {
  externalId: string
  author: { id: string; username: string; name: string | null; followers: number | null }
  text: string
  createdAt: Date
  conversationId: string | null
  replyToId: string | null
  quotedId: string | null
  repostOfId: string | null
  editOfId: string | null
  summoned: boolean
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

function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? storable(inner) : inner))
}

/** Stores posts and their authors; those that are there already are left alone. @returns the new ones */
export async function insertPosts(
  trx: Db,
  network: string,
  sourceId: string,
  posts: readonly NewPost[],
): Promise<StoredPost[]> {
  if (posts.length === 0) return []
  // One statement may not touch a row twice, and two pollers must lock authors in one order.
  const authors = [...new Map(posts.map((post) => [post.author.id, post.author])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  )
  await trx
    .insertInto('authors')
    .values(
      authors.map((author) => ({
        network,
        external_id: author.id,
        username: storable(author.username),
        name: author.name === null ? null : storable(author.name),
        followers: author.followers,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['network', 'external_id']).doUpdateSet((eb) => ({
        username: eb.ref('excluded.username'),
        name: eb.fn.coalesce('excluded.name', 'authors.name'),
        followers: eb.fn.coalesce('excluded.followers', 'authors.followers'),
        seen_at: sql<Date>`now()`,
      })),
    )
    .execute()
  const unique = [...new Map(posts.map((post) => [post.externalId, post])).values()]
  const rows = await trx
    .insertInto('posts')
    .values(
      unique.map((post) => ({
        network,
        external_id: post.externalId,
        source_id: sourceId,
        author_id: post.author.id,
        text: storable(post.text),
        created_at: post.createdAt,
        conversation_id: post.conversationId,
        reply_to_id: post.replyToId,
        quoted_id: post.quotedId,
        repost_of_id: post.repostOfId,
        edit_of_id: post.editOfId,
        summoned: post.summoned,
        own: post.own,
        media: storableJson(post.media),
        context: storableJson(post.context),
      })),
    )
    .onConflict((conflict) => conflict.columns(['network', 'external_id']).doNothing())
    .returning(['id', 'own', 'repost_of_id'])
    .execute()
  await markSuperseded(trx, network, unique)
  return rows.map((row) => ({ id: row.id, own: row.own, repost: row.repost_of_id !== null }))
}

/** An edited post is a new post on the network: its older versions are not to be answered any more. */
async function markSuperseded(trx: Db, network: string, posts: readonly NewPost[]): Promise<void> {
  for (const post of posts) {
    if (post.editOfId === null || post.editOfId === post.externalId) continue
    await trx
      .updateTable('posts')
      .set({ superseded_by: post.externalId })
      .where('network', '=', network)
      .where('external_id', '<>', post.externalId)
      .where((eb) => eb.or([eb('external_id', '=', post.editOfId), eb('edit_of_id', '=', post.editOfId)]))
      .where((eb) => eb.or([eb('superseded_by', 'is', null), eb('superseded_by', '<', post.externalId)]))
      .execute()
  }
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
        reason: entry.reason.slice(0, 500),
        payload: storable(entry.payload.slice(0, 100_000)),
      })),
    )
    .execute()
}

/** Takes posts that wait for triage, for this transaction; those that another worker has are left out. */
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
    .forUpdate('posts')
    .skipLocked()
    .execute()
}
export type PostToTriage = Awaited<ReturnType<typeof takeNewPosts>>[number]
