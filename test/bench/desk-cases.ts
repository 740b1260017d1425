import { sql } from 'kysely'
import type { Store } from '../../src/store/database.ts'
import { indexPosts } from '../../src/store/post-words.ts'

const AT_ONCE = 100_000
/** Named by every tenth case, and by every five thousandth. */
export const PRODUCTS = { often: 'kotori-heater', seldom: 'iron-teapot' }

/**
 * Fills the tables with cases `from`..`to`, by SQL: seven of ten wait for a person, three were answered; every fifth
 * has a second post, every tenth author a second case. Then tells the planner.
 */
export async function insertCases(store: Store, from: number, to: number): Promise<void> {
  for (let first = from; first <= to; first += AT_ONCE) {
    await insertSome(store, first, Math.min(to, first + AT_ONCE - 1))
  }
  await sql`select setval(pg_get_serial_sequence('cases', 'id'), ${to})`.execute(store)
  while ((await indexPosts(store)).more);
  await sql`vacuum analyze`.execute(store)
}

async function insertSome(store: Store, from: number, to: number): Promise<void> {
  const numbers = sql`generate_series(${from}::int, ${to}::int) as n`
  const open = sql`n % 10 < 7`
  const japanese = sql`n % 2 = 0`
  const author = sql`'author-' || case when n % 10 = 9 then n - 1 else n end`
  const text = sql`case when ${japanese}
    then '@hinata_shop ' || n || '番の荷物、昨日届くはずがまだ来てません。箱も前回つぶれてたので心配です。一日家で待ってました'
    else '@hinata_shop parcel ' || n || ' was due yesterday and I waited at home all day. Last time the box was crushed, too.' end`
  // Nobody is let send the same words twice within the hour.
  const reply = sql`'(' || n || ') ' || case when ${japanese}
    then 'お荷物が届かず、一日お待たせしてしまい申し訳ございません。本日中に配送状況をお調べしますので、注文番号をDMでお知らせください。'
    else 'We are sorry that you waited for nothing. Please send us the order number by DM and we look for it right away.' end`
  const oftenNamed = named(PRODUCTS.often, 'Kotori heater', 'ことりヒーター')
  const seldomNamed = named(PRODUCTS.seldom, 'Iron teapot', '鉄器の急須')
  await store.transaction().execute(async (trx) => {
    await sql`insert into sources (id, network, kind) values ('x:mentions', 'x', 'mentions') on conflict do nothing`.execute(
      trx,
    )
    await sql`
      insert into authors (network, external_id, username, name, followers)
      select 'x', 'author-' || n, 'person' || n, case when ${japanese} then '客' || n else 'Person ' || n end, n % 900
      from ${numbers}`.execute(trx)
    await sql`
      insert into cases (id, network, author_id, matter, state, language, code, codes, severity, confidence, sentiment,
        opened_at, due_at, last_post_at, answered_at)
      overriding system value
      select n, 'x', ${author}, 'delivery', case when ${open} then 'open' else 'answered' end,
        case when ${japanese} then 'ja' else 'en' end,
        (array['delivery.late', 'packaging.damage', 'item.wrong', 'question'])[1 + n % 4],
        array['delivery.late'], (array[1, 0, 2, 1, 1, 0, 2, 1, 3, 1])[1 + (n / 10) % 10], 0.8, 'negative',
        at, at + interval '10 minutes', at, case when ${open} then null else at + interval '8 minutes' end
      from (select n, now() - interval '2 days' + n * interval '7 seconds' as at from ${numbers}) as numbers`.execute(
      trx,
    )
    await sql`
      insert into posts (network, external_id, source_id, author_id, text, created_at, summoned, state, case_id)
      select 'x', (1000000 + n * 10 + k)::text, 'x:mentions', ${author}, ${text}, cases.last_post_at, true, 'triaged', n
      from ${numbers} join cases on cases.id = n, generate_series(1, case when n % 5 = 0 then 2 else 1 end) as k
      order by n, k`.execute(trx)
    await sql`
      insert into triages (post_id, language, sentiment, score, code, codes, severity, confidence, opt_out, reasons,
        entities, taxonomy_hash)
      select posts.id, cases.language, 'negative', -0.6, cases.code, cases.codes, cases.severity, 0.8, false,
        '[{"kind":"word","text":"parcel","start":13,"end":19,"code":"delivery.late","weight":1.2}]',
        case when cases.id % 10 = 1 then ${oftenNamed}::jsonb when cases.id % 5000 = 2 then ${seldomNamed}::jsonb else '[]' end,
        'bench'
      from posts join cases on cases.id = posts.case_id where cases.id between ${from} and ${to}`.execute(trx)
    await sql`
      insert into drafts (case_id, post_id, state, delivery, locale, template, text, reason, weighted_length,
        cost_micro_usd, checks)
      select n, (select max(id) from posts where case_id = n),
        case when not (${open}) then 'published' when n % 10 = 6 then 'none' else 'pending' end,
        'api', case when ${japanese} then 'ja' else 'en' end, 'delivery-late', case when n % 10 = 6 then null else ${reply} end,
        case when n % 10 = 6 then 'a person should look at the picture' end, 120, 10000,
        '[{"rule":"length","ok":true,"why":"fits","hard":true},{"rule":"culprit","ok":true,"why":"blames nobody","hard":true}]'
      from ${numbers} order by n`.execute(trx)
    await sql`
      insert into replies (key, draft_id, case_id, network, in_reply_to, text, state, sent_at, external_id)
      select 'reply-' || n, drafts.id, n, 'x', (1000000 + n * 10 + 1)::text, drafts.text, 'sent', now(), 'sent-' || n
      from ${numbers} join drafts on drafts.case_id = n where not (${open})`.execute(trx)
    await sql`
      insert into audit_log (actor, action, subject)
      select 'user:1', action, 'case:' || n
      from ${numbers}, unnest(array['case.opened', 'draft.written', 'draft.edited']) as action order by n`.execute(
      trx,
    )
  })
}

/** What triage writes down where a post names a product. */
function named(id: string, en: string, ja: string): string {
  return JSON.stringify([{ kind: 'product', id, text: en, start: 0, end: en.length, name: { en, ja } }])
}
