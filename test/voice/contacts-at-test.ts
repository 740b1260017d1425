import { sql } from 'kysely'
import type { Store } from '../../src/store/database.ts'
import { anonymise } from '../../src/triage/index.ts'
import { createPseudonyms, keepContacts, type Veil } from '../../src/voice/index.ts'

export const SECRET = 'a secret of this test, long enough to be one'

export const VEIL: Veil = {
  mask: (text, names) => anonymise(text, { names }),
  pseudonyms: createPseudonyms(SECRET),
}

/** Writes all that is to be written; returns how many notes there were. */
export async function keepAll(store: Store, batch?: number): Promise<number> {
  for (let notes = 0; ; ) {
    const turn = await keepContacts(store, VEIL, batch)
    notes += turn.notes
    if (turn.notes === 0) return notes
  }
}

export interface SeededPost {
  postId: number
  caseId: number | null
  authorId: string
}

let authors = 0

/** A triaged post, in a case of its own unless it is told otherwise. */
export async function addPost(
  store: Store,
  {
    text = 'The box was crushed',
    code = 'packaging.damage',
    language = 'en',
    severity = 1,
    sentiment = 'negative',
    at = new Date('2026-11-02T09:00:00.000Z'),
    username = `customer${++authors}`,
    name = null as string | null,
    caseId = undefined as number | null | undefined,
    authorId = `author-${++authors}`,
    entities = [] as object[],
    own = false,
  } = {},
): Promise<SeededPost> {
  await sql`insert into sources (id, network, kind) values ('x:mentions', 'x', 'mentions') on conflict do nothing`.execute(
    store,
  )
  await sql`insert into authors (network, external_id, username, name) values ('x', ${authorId}, ${username}, ${name})
    on conflict do nothing`.execute(store)
  if (caseId === undefined) {
    const row = await store
      .insertInto('cases')
      .values({
        network: 'x',
        author_id: authorId,
        matter: code.split('.')[0] as string,
        language,
        code,
        codes: [code],
        severity,
        confidence: 0.9,
        sentiment,
        opened_at: at,
        due_at: at,
        last_post_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    caseId = row.id
  }
  const post = await store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: `9${Math.floor(Math.random() * 1e15)}`,
      source_id: 'x:mentions',
      author_id: authorId,
      text,
      created_at: at,
      received_at: at,
      summoned: true,
      own,
      media: '[]',
      context: '{}',
      state: caseId === null ? 'ignored' : 'triaged',
      case_id: caseId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await store
    .insertInto('triages')
    .values({
      post_id: post.id,
      language,
      sentiment,
      score: -0.5,
      code,
      codes: [code],
      severity,
      confidence: 0.9,
      opt_out: false,
      reasons: '[]',
      entities: JSON.stringify(entities),
      taxonomy_hash: 'test',
    })
    .execute()
  return { postId: post.id, caseId, authorId }
}

/** A reply that went out to a post, some time after it was written. */
export async function answer(store: Store, { postId, caseId }: SeededPost, afterS: number): Promise<void> {
  await sql`
    with post as (select * from posts where id = ${postId}),
    draft as (
      insert into drafts (case_id, post_id, state, delivery, text, cost_micro_usd)
      values (${caseId}, ${postId}, 'published', 'api', 'We are sorry', 10000) returning id)
    insert into replies (key, draft_id, case_id, network, in_reply_to, text, state, sent_at)
    select 'reply-' || draft.id, draft.id, ${caseId}, 'x', post.external_id, 'We are sorry', 'sent',
      post.created_at + ${afterS} * interval '1 second'
    from draft, post`.execute(store)
  await sql`update cases set state = 'answered', answered_at = now() where id = ${caseId}`.execute(store)
}

/** A refund that was paid, for a case or for a session's order line. */
export async function addRefund(
  store: Store,
  {
    caseId = null as number | null,
    lineId = 'line-1',
    minor = 299,
    currency = 'USD',
    customerId = 'cus_1',
    kind = 'complaint',
    code = null as string | null,
    title = 'Casablanca',
    at = new Date('2026-11-02T10:00:00.000Z'),
  } = {},
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with event as (
      insert into refund_events (key, kind, case_id, customer_id, order_id, order_line_id, code)
      values (${`${kind}:${lineId}`}, ${kind}, ${caseId}, ${customerId}, 'order-1', ${lineId}, ${code}) returning id),
    decision as (
      insert into refund_decisions (event_id, kind, order_line_id, customer_id, outcome, amount_minor, currency, reasons,
        inputs, sentence)
      select id, ${kind}, ${lineId}, ${customerId}, 'pay', ${minor}::bigint, ${currency}::text, '[]',
        '{"order":{"kind":"rental","country":"JP"}}', '{}' from event returning id)
    insert into refunds (key, decision_id, order_id, order_line_id, customer_id, payment_id, title, locale, amount_minor,
      currency, charged_minor, case_id)
    select ${`${lineId}:${kind}`}, id, 'order-1', ${lineId}, ${customerId}, 'pay_1', ${title}, 'en', ${minor}::bigint,
      ${currency}::text, ${minor}::bigint, ${caseId}::bigint
    from decision returning id`.execute(store)
  const id = rows[0]?.id as number
  await sql`update refunds set state = 'paid', paid_at = ${at} where id = ${id}`.execute(store)
  return id
}

export async function addSession(
  store: Store,
  {
    sid = 'sid-1',
    lineId = 'line-1',
    verdict = 'poor',
    customerId = 'cus_1',
    region = 'JP-13',
    at = new Date('2026-11-02T08:00:00.000Z'),
  } = {},
): Promise<void> {
  await sql`
    insert into streaming_sessions (sid, customer_id, order_id, order_line_id, title, registered_at, region)
    values (${sid}, ${customerId}, 'order-1', ${lineId}, 'Casablanca', ${at}, ${region})`.execute(store)
  await sql`update streaming_sessions set verdict = ${verdict}, last_report_at = ${at}, state = 'ended', quality = '{}'
    where sid = ${sid}`.execute(store)
}
