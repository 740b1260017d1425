import { sql } from 'kysely'
import type { Db } from './database.ts'
import { MOST_OF_CASE } from './thread.ts'

/** Everything that the page of one case shows; null where there is no such case. */
export async function casePage(db: Db, caseId: number) {
  const found = await db
    .selectFrom('cases')
    .innerJoin('authors', (join) =>
      join
        .onRef('authors.network', '=', 'cases.network')
        .onRef('authors.external_id', '=', 'cases.author_id'),
    )
    .selectAll('cases')
    .leftJoin('users as coder', 'coder.id', 'cases.code_by')
    .select(['authors.username', 'authors.name', 'authors.followers', 'authors.opted_out_at'])
    .select('coder.name as coded_by')
    .select((eb) =>
      eb
        .selectFrom('case_notes')
        .select((notes) => notes.fn.max('case_notes.id').as('id'))
        .whereRef('case_notes.case_id', '=', 'cases.id')
        .as('newest_note_id'),
    )
    .where('cases.id', '=', caseId)
    .executeTakeFirst()
  if (!found) return null
  const [newestPosts, drafts, replies, earlier] = await Promise.all([
    db
      .selectFrom('posts')
      .leftJoin('triages', 'triages.post_id', 'posts.id')
      .selectAll('posts')
      .select(['triages.reasons', 'triages.entities', 'triages.score', 'triages.codes as triaged_codes'])
      .where('posts.case_id', '=', caseId)
      .orderBy('posts.id', 'desc')
      .limit(MOST_OF_CASE)
      .execute(),
    db
      .selectFrom('drafts')
      .selectAll()
      .where('case_id', '=', caseId)
      .orderBy('id', 'desc')
      .limit(20)
      .execute(),
    db.selectFrom('replies').selectAll().where('case_id', '=', caseId).orderBy('id').execute(),
    db
      .selectFrom('cases')
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom('posts')
            .select(['text', 'created_at'])
            .whereRef('posts.case_id', '=', 'cases.id')
            .orderBy('posts.id')
            .limit(1)
            .as('post'),
        (join) => join.onTrue(),
      )
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom('replies')
            .select(['text', 'sent_at'])
            .whereRef('replies.case_id', '=', 'cases.id')
            .where('replies.state', '=', 'sent')
            .orderBy('replies.id', 'desc')
            .limit(1)
            .as('reply'),
        (join) => join.onTrue(),
      )
      .select(['cases.id', 'cases.code', 'cases.codes', 'cases.state', 'cases.sentiment'])
      .select(['post.text', 'post.created_at'])
      .select(['reply.text as reply_text', 'reply.sent_at'])
      .where('cases.network', '=', found.network)
      .where('cases.author_id', '=', found.author_id)
      .where('cases.id', '<>', caseId)
      .orderBy('cases.last_post_at', 'desc')
      .limit(5)
      .execute(),
  ])
  const involved = [found.assignee_id, found.snoozed_by, found.escalated_by, found.escalated_to]
  const people = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where(
      'id',
      'in',
      involved.map((id) => id ?? 0),
    )
    .execute()
  const subjects = [`case:${caseId}`, ...drafts.map((draft) => `draft:${draft.id}`)]
  subjects.push(...replies.map((reply) => `reply:${reply.id}`))
  const history = await db
    .selectFrom('audit_log')
    .leftJoin('users', (join) => join.on(sql<boolean>`audit_log.actor = 'user:' || users.id`))
    .select(['audit_log.id', 'audit_log.at', 'audit_log.actor', 'audit_log.action', 'users.name as person'])
    .where('subject', 'in', subjects)
    .orderBy('audit_log.id', 'desc')
    .limit(100)
    .execute()
  const names = new Map(people.map(({ id, name }) => [id, name]))
  return {
    case: found,
    posts: newestPosts.reverse(),
    drafts,
    replies,
    earlier,
    history: history.reverse(),
    people: names,
  }
}
export type CasePage = NonNullable<Awaited<ReturnType<typeof casePage>>>
