import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Media, PostContext } from './schema.ts'

/** How far up a thread is followed, and how many of the author's latest posts are read of each conversation. */
const STEPS_UP = 12
const MOST = 40
/** So many of a case's posts, the newest, are shown; who decides reads what was said last. */
export const MOST_OF_CASE = 50

/** A post of a thread as far as we stored it. */
export interface ThreadPost {
  id: number
  external_id: string
  author_id: string
  username: string
  name: string | null
  text: string
  created_at: Date
  conversation_id: string | null
  reply_to_id: string | null
  quoted_id: string | null
  own: boolean
  media: Media[]
  context: PostContext
  deleted_at: Date | null
  /** Its words were let go. */
  erased_at: Date | null
  case_id: number | null
  /** Its case's codes, else its triage's; of others' posts that were never triaged none. */
  codes: string[]
}

/**
 * What stands around the posts of a case: what they answer, all the way up as far as it is stored; what the same author
 * wrote in the same conversations, and what we answered; and the posts that any of these quote. Oldest first.
 */
export async function threadAround(
  db: Db,
  subject: { network: string; authorId: string; caseId: number },
): Promise<{ posts: ThreadPost[]; quoted: ThreadPost[] }> {
  const { network, authorId, caseId } = subject
  const { rows: posts } = await sql<ThreadPost>`
    with recursive
      mine as (
        select id, external_id, conversation_id, reply_to_id from posts where case_id = ${caseId}
        order by id desc limit ${MOST_OF_CASE}
      ),
      above as (
        select reply_to_id as external_id, 1 as step from mine where reply_to_id is not null
        union
        select p.reply_to_id, above.step + 1
        from above join posts p on p.network = ${network} and p.external_id = above.external_id
        where p.reply_to_id is not null and above.step < ${STEPS_UP}
      ),
      theirs as (
        select p.id, p.external_id
        from (select distinct conversation_id from mine where conversation_id is not null) c
        cross join lateral (
          select id, external_id from posts
          where network = ${network} and conversation_id = c.conversation_id and author_id = ${authorId}
            and superseded_by is null
          order by created_at desc limit ${MOST}
        ) p
        union select id, external_id from mine
      ),
      found as (
        select id from theirs
        union
        select p.id from above join posts p on p.network = ${network} and p.external_id = above.external_id
        union
        select p.id from theirs join posts p on p.network = ${network} and p.reply_to_id = theirs.external_id and p.own
      )
    select ${THREAD_COLUMNS} from found join posts p on p.id = found.id ${JOINS}
    where p.repost_of_id is null
    order by p.created_at, p.id`.execute(db)
  const ids = posts.flatMap((post) => post.quoted_id ?? [])
  if (ids.length === 0) return { posts, quoted: [] }
  const { rows: quoted } = await sql<ThreadPost>`
    select ${THREAD_COLUMNS} from posts p ${JOINS}
    where p.network = ${network} and p.external_id = any(${ids}::text[])`.execute(db)
  return { posts, quoted }
}

const THREAD_COLUMNS = sql`
  p.id, p.external_id, p.author_id, a.username, a.name, p.text, p.created_at, p.conversation_id, p.reply_to_id,
  p.quoted_id, p.own, p.media, p.context, p.deleted_at, p.erased_at, p.case_id, coalesce(c.codes, t.codes, '{}') as codes`
const JOINS = sql`
  join authors a on a.network = p.network and a.external_id = p.author_id
  left join cases c on c.id = p.case_id
  left join triages t on t.post_id = p.id`
