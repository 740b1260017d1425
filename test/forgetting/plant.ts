import { sql } from 'kysely'
import type { Store } from '../../src/store/database.ts'

/** Words that stand nowhere else. */
export const PLANTED = {
  handle: 'Zaubernuss_77',
  name: 'Quitta Zaubernuss',
  words: 'flimmerndes Honigkuchenpferd',
  mail: 'quitta@zaubernuss.example',
}
export const ACCOUNT = '990077'
export const CUSTOMER = 'cust-quitta'

/** A person who left words in every table that takes them, and a neighbour who left the same kind of things. */
export async function plantPerson(
  store: Store,
  {
    account,
    customer,
    planted,
    pseudonyms,
  }: {
    account: string
    customer: string
    planted: typeof PLANTED
    /** Of the account, and of the customer. */
    pseudonyms: [string, string]
  },
) {
  const { handle, name, words, mail } = planted
  const one = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(store)).rows[0] as T
  const json = (value: unknown) => JSON.stringify(value)
  await sql`insert into sources (id, network, kind) values ('x:mentions', 'x', 'mentions') on conflict do nothing`.execute(
    store,
  )
  await sql`insert into users (id, name, login, role) overriding system value values (900, 'Aoi', 'aoi-900', 'agent') on conflict do nothing`.execute(
    store,
  )
  await sql`
    insert into authors (network, external_id, username, name, followers) values ('x', ${account}, ${handle}, ${name}, 12),
      ('x', 'other', 'other', 'Other', 1), ('x', 'brand', 'hinata', 'Hinata', 1) on conflict do nothing`.execute(
    store,
  )
  const { id: caseId } = await one(sql<{ id: number }>`
    insert into cases (network, author_id, matter, language, code, codes, severity, confidence, sentiment, due_at,
      last_post_at, snooze_note, escalation_reason, needs_person)
    values ('x', ${account}, 'delivery', 'en', 'delivery.late', '{delivery.late}', 1, 0.9, 'negative', now(), now(),
      ${words}, ${words}, ${words}) returning id`)
  const picture = `https://pbs.example/${encodeURIComponent(handle)}.jpg`
  const media = json([{ kind: 'photo', url: picture, alt: words }])
  const post = (external: string, author: string, text: string, more = sql`null, null, null`, own = false) =>
    one(sql<{ id: number }>`
      insert into posts (network, external_id, source_id, author_id, text, created_at, summoned, own, media, context, state,
        case_id, reply_to_id, quoted_id, repost_of_id)
      values ('x', ${external}, 'x:mentions', ${author}, ${text}, now(), true, ${own}, ${author === 'other' && !text.startsWith('RT') ? '[]' : media}, ${json(
        author === account ? {} : { repliesTo: { id: `${account}1`, text: words, author: handle } },
      )}, 'triaged', ${author === account ? caseId : null}, ${more}) returning id`)
  const { id: postId } = await post(`${account}1`, account, `${words} @hinata`)
  await post(`${account}2`, 'other', `RT @${handle}: ${words}`, sql`null, null, ${`${account}1`}`)
  await post(`${account}3`, 'other', 'I saw that too', sql`${`${account}1`}, null, null`)
  await sql`
    update posts set context = ${json({ quotes: { id: `${account}1`, text: words, author: handle } })}
    where id = ${(await post(`${account}4`, 'other', 'look at this', sql`null, ${`${account}1`}, null`)).id}`.execute(
    store,
  )
  await post(
    `${account}5`,
    'brand',
    `@${handle} sorry about your ${words}`,
    sql`${`${account}1`}, null, null`,
    true,
  )
  await sql`insert into image_cache (url_hash, type, bytes) values (encode(sha256(convert_to(${picture}, 'utf8')), 'hex'), 'image/jpeg', ${Buffer.from(words)})`.execute(
    store,
  )
  await sql`insert into post_words (post_id, grams) values (${postId}, '{1,2,3}')`.execute(store)
  await sql`
    insert into triages (post_id, language, sentiment, score, code, codes, severity, confidence, opt_out, reasons, entities, taxonomy_hash)
    values (${postId}, 'en', 'negative', -1, 'delivery.late', '{delivery.late}', 1, 0.9, false,
      ${json([{ kind: 'word', text: words, weight: 1 }])}, ${json([{ kind: 'order', start: 0, end: 2, text: words }])}, 'h')`.execute(
    store,
  )
  await sql`insert into labels (post_id, code, codes, source, user_id) values (${postId}, 'delivery.late', '{delivery.late}', 'corrected', 900)`.execute(
    store,
  )
  const { id: draftId } = await one(sql<{ id: number }>`
    insert into drafts (case_id, post_id, state, delivery, text, reason, decision_note, checks)
    values (${caseId}, ${postId}, 'published', 'api', ${`Dear ${name}`}, ${words}, ${words}, ${json([{ rule: 'r', ok: true, why: words, hard: true }])})
    returning id`)
  const { id: pendingId } = await one(sql<{ id: number }>`
    insert into drafts (case_id, post_id, state, delivery, text, publish_at)
    values (${caseId}, ${postId}, 'approved', 'api', ${`Dear ${name}`}, now()) returning id`)
  await sql`
    insert into replies (key, draft_id, case_id, network, in_reply_to, text, state, error, external_id)
    values (${`draft-${draftId}`}, ${draftId}, ${caseId}, 'x', ${`${account}1`}, ${`@${handle} sorry`}, 'sent', ${words}, ${`${account}5`})`.execute(
    store,
  )
  await sql`insert into own_replies (network, external_id, in_reply_to, text) values ('x', ${`${account}5`}, ${`${account}1`}, ${`@${handle} sorry`})`.execute(
    store,
  )
  const { id: noteId } = await one(
    sql<{
      id: number
    }>`insert into case_notes (case_id, user_id, text) values (${caseId}, 900, ${`${name} says ${words}`}) returning id`,
  )
  await sql`insert into note_mentions (note_id, user_id) values (${noteId}, 900)`.execute(store)
  const { id: otherCase } = await one(sql<{ id: number }>`
    insert into cases (network, author_id, matter, language, code, codes, severity, confidence, sentiment, due_at, last_post_at)
    values ('x', 'other', 'delivery', 'en', 'delivery.late', '{delivery.late}', 1, 0.9, 'negative', now(), now()) returning id`)
  await sql`insert into case_notes (case_id, user_id, text) values (${otherCase}, 900, ${`same as @${handle} last week`})`.execute(
    store,
  )
  await sql`insert into author_links (network, author_id, customer_id, case_id, consent_version) values ('x', ${account}, ${customer}, ${caseId}, 'v1')`.execute(
    store,
  )
  await sql`
    insert into claim_visits (token_hash, step, link, case_id, network, author_id, language, csrf, username, customer_id, customer_name, customer_mail, expires_at)
    values (${handle}, 'consent', 'link', ${caseId}, 'x', ${account}, 'en', 'c', ${handle}, ${customer}, ${name}, ${mail}, now() + interval '1 hour')`.execute(
    store,
  )
  const sid = `sid-${account}`
  await sql`
    insert into streaming_sessions (sid, customer_id, order_id, order_line_id, title, region, device_hash, quality, state, verdict, last_report_at)
    values (${sid}, ${customer}, ${`o-${account}`}, ${`l-${account}`}, 'A film', 'JP-13', 'd', ${json({ note: words })}, 'decided', 'poor', now())`.execute(
    store,
  )
  await sql`insert into cmcd_reports (sid, mode, cmcd) values (${sid}, 'query', ${`cid="${words}"`})`.execute(
    store,
  )
  const { id: eventId } = await one(sql<{ id: number }>`
    insert into refund_events (key, kind, state, case_id, post_id, customer_id, code, facts)
    values (${`complaint:${caseId}`}, 'complaint', 'decided', ${caseId}, ${postId}, ${customer}, 'delivery.late', ${json({ said: words })}) returning id`)
  const { id: decisionId } = await one(sql<{ id: number }>`
    insert into refund_decisions (event_id, order_line_id, customer_id, outcome, amount_minor, currency, reasons, inputs, sentence)
    values (${eventId}, ${`l-${account}`}, ${customer}, 'pay', 500, 'JPY', '[]', '{}', ${json({ en: 'Paid.', ja: '返金しました。' })}) returning id`)
  const { id: refundId } = await one(sql<{ id: number }>`
    insert into refunds (key, decision_id, order_id, order_line_id, customer_id, payment_id, title, locale, amount_minor, currency,
      charged_minor, state, case_id, note, error, paid_at)
    values (${`line:${account}`}, ${decisionId}, ${`o-${account}`}, ${`l-${account}`}, ${customer}, 'pay_1', 'A film', 'en', 500, 'JPY', 500, 'paid',
      ${caseId}, ${words}, ${words}, now()) returning id`)
  const { id: replacementId } = await one(sql<{ id: number }>`
    insert into replacements (key, decision_id, case_id, order_id, order_line_id, customer_id, title, quantity, locale, state, error)
    values (${`line:${account}`}, ${decisionId}, ${caseId}, ${`o-${account}`}, ${`l-${account}`}, ${customer}, 'A film', 1, 'en', 'sent', ${words}) returning id`)
  for (const [key, refund, replacement] of [
    [`refund-${refundId}`, refundId, null],
    [`replacement-${replacementId}`, null, replacementId],
  ] as const) {
    await sql`
      insert into mails (key, message_id, refund_id, replacement_id, customer_id, recipient, locale, template, subject, text, html, state, error)
      values (${key}, ${key}, ${refund}, ${replacement}, ${customer}, ${mail}, 'en', 'refund', ${words}, ${name}, ${name}, 'sent', ${mail})`.execute(
      store,
    )
  }
  for (const [queue, ref] of [
    ['publish', draftId],
    ['triage', postId],
    ['draft', caseId],
    ['quality', sid],
  ] as const) {
    await sql`insert into dead_letters (queue, ref, error, attempts) values (${queue}, ${String(ref)}, ${words}, 3)`.execute(
      store,
    )
  }
  await sql`insert into quarantine (source, reason, payload) values ('x:mentions', ${words}, ${json({ author: { id: account, username: handle }, text: words })})`.execute(
    store,
  )
  await sql`insert into quarantine (source, reason, payload) values (${`cmcd:${sid}`}, 'not CMCD', ${words})`.execute(
    store,
  )
  await sql`insert into model_answers (key, purpose, model, answer) values (${handle}, 'draft', 'm', ${json({ text: words })})`.execute(
    store,
  )
  await sql`
    insert into contacts (kind, ref, case_id, at, network, code, codes, outcome, text, person) values
      ('post', ${String(postId)}, ${caseId}, now(), 'x', 'delivery.late', '{delivery.late}', 'answered', ${words}, ${pseudonyms[0]}),
      ('correction', ${String(postId)}, ${caseId}, now(), 'x', 'delivery.late', '{delivery.late}', 'nothing', ${words}, ${pseudonyms[0]}),
      ('playback', ${sid}, null, now(), 'player', 'video.stalls', '{video.stalls}', 'refunded', null, ${pseudonyms[1]}),
      ('refund', ${String(refundId)}, ${caseId}, now(), 'shop', 'delivery.late', '{delivery.late}', 'refunded', null, ${pseudonyms[1]})`.execute(
    store,
  )
  await sql`insert into chat_channels (name, kind) values ('care', 'slack') on conflict do nothing`.execute(
    store,
  )
  const { id: newsId } = await one(
    sql<{
      id: number
    }>`insert into chat_news (key, kind, post_id, body) values (${`voice:${postId}`}, 'voice', ${postId}, '{}') returning id`,
  )
  await sql`insert into chat_messages (channel, news_id, kind, state, words, error) values ('care', ${newsId}, 'voice', 'sent', ${words}, ${words})`.execute(
    store,
  )
  const { id: letterId } = await one(sql<{ id: number }>`
    insert into letters (source, department, codes, title, reason, language, hours, due_at)
    values ('person', 'care', '{delivery.late}', ${`About ${name}`}, ${`They say: ${words} @hinata`}, 'en', 24, now()) returning id`)
  await sql`insert into letter_cases (letter_id, case_id) values (${letterId}, ${caseId})`.execute(store)
  await sql`insert into letter_voices (letter_id, post_id, at, language, text) values (${letterId}, ${postId}, now(), 'en', ${`${words} …`})`.execute(
    store,
  )
  await sql`insert into letter_originals (letter_id, words, masked, sender, received_on) values (${letterId}, ${words}, ${words}, ${name}, now())`.execute(
    store,
  )
  await sql`
    insert into letter_versions (letter_id, version, round, answers)
    values (${letterId}, 1, 1, ${json({ why: `A voice says "${words} …"`, who: handle })})`.execute(store)
  await sql`insert into letter_events (letter_id, round, what, note) values (${letterId}, 1, 'asked-again', ${`What of ${name}?`})`.execute(
    store,
  )
  await sql`insert into thoughts (user_id, post_id, code, text) values (900, ${postId}, 'delivery.late', ${`"${words}" made me think`})`.execute(
    store,
  )
  await sql`insert into audit_log (actor, action, subject, detail) values ('user:900', 'case.closed', ${`case:${caseId}`}, ${json({ network: 'x' })})`.execute(
    store,
  )
  return { caseId, postId, draftId, pendingId, refundId, sid, otherCase }
}

/** Every column that can hold text, of every table of ours. */
export async function textColumns(store: Store): Promise<{ table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select columns.table_name as table, column_name as column from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'kysely%'
      and data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
      and udt_name not in ('_int4', '_int8')
    order by 1, 2`.execute(store)
  return rows
}

/** Where one of these stands, as `table.column`; upper and lower case are the same, and bytes are looked through too. */
export async function columnsWith(store: Store, needles: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const { table, column } of await textColumns(store)) {
    const hits = await Promise.all(
      needles.map((needle) =>
        sql`
        select 1 from ${sql.table(table)} where ${sql.ref(column)}::text ilike ${`%${needle.replace(/[\\%_]/g, '\\$&')}%`}
          or ${sql.ref(column)}::text like ${`%${Buffer.from(needle).toString('hex')}%`} limit 1`.execute(
          store,
        ),
      ),
    )
    if (hits.some(({ rows }) => rows.length > 0)) found.push(`${table}.${column}`)
  }
  return found
}
