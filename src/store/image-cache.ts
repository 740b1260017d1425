import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Older ones are loaded again: what was taken down elsewhere does not live on here. */
const KEEP_DAYS = 7

export interface StoredImage {
  type: string
  bytes: Buffer
}

/** The picture of a post by its place; null where there is none, or the post is gone from its network. */
export async function findPicture(db: Db, postId: number, place: number) {
  const post = await db
    .selectFrom('posts')
    .select('media')
    .where('id', '=', postId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return post?.media[place] ?? null
}

export async function readImage(db: Db, urlHash: string): Promise<StoredImage | null> {
  const { rows } = await sql<StoredImage & { stale: boolean }>`
    select type, bytes, used_at < now() - interval '1 hour' as stale from image_cache
    where url_hash = ${urlHash} and fetched_at > now() - make_interval(days => ${KEEP_DAYS})`.execute(db)
  const [found] = rows
  if (!found) return null
  if (found.stale) await sql`update image_cache set used_at = now() where url_hash = ${urlHash}`.execute(db)
  return { type: found.type, bytes: found.bytes }
}

/** Keeps an image, and lets go of those that were not looked at for longest until all fit into `maxBytes`. */
export async function keepImage(
  db: Db,
  urlHash: string,
  image: StoredImage,
  maxBytes: number,
): Promise<void> {
  await sql`
    insert into image_cache (url_hash, type, bytes) values (${urlHash}, ${image.type}, ${image.bytes})
    on conflict (url_hash) do update
      set type = excluded.type, bytes = excluded.bytes, fetched_at = now(), used_at = now()`.execute(db)
  await sql`
    delete from image_cache where url_hash in (
      select url_hash from (
        select url_hash, fetched_at, sum(size) over (order by used_at desc, url_hash) as total from image_cache
      ) each
      where total > ${maxBytes} or fetched_at < now() - make_interval(days => ${KEEP_DAYS})
    )`.execute(db)
}
