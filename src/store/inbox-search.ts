import { sql } from 'kysely'
import type { Db } from './database.ts'
import { gramsOf, isIndexedAlone } from './grams.ts'

/** Up to so many cases are found by index and sorted; what more match is looked through in order. */
const MOST_FOUND = 3000
/** Posts that came a moment ago are looked through one by one, the latest so many. */
const MOST_UNINDEXED = 1000
const SAMPLE = 400
/** Of the sample: words of one post in a hundred are common. */
const COMMON = 4

/** What a search looks for: every word of it, in one post or in its author's names, or a whole order number. */
export interface Words {
  words: readonly string[]
}

/** Splits what was typed. null where there is nothing in it. */
export function readWords(typed: string): Words | null {
  const words = typed.normalize('NFKC').split(/\s+/).filter(Boolean).slice(0, 8)
  return words.length > 0 ? { words } : null
}

/** True of a row whose text holds all the words. */
function holds(text: ReturnType<typeof sql>, { words }: Words) {
  return sql<boolean>`(${sql.join(
    words.map((word) => sql`strpos(fold(${text}), fold(${word})) > 0`),
    sql` and `,
  )})`
}

const authorWords = sql`author_words(authors.username, authors.name)`

/**
 * True of cases that a search finds; slow by itself, for walking along a list that is sorted already. `offset 0` keeps
 * Postgres from looking through all posts at once instead of through those of one case after the other.
 */
export function isFound(search: Words) {
  return sql<boolean>`(
    exists (select from posts where posts.case_id = cases.id and ${holds(sql`posts.text`, search)} offset 0)
    or exists (select from authors where authors.network = cases.network
      and authors.external_id = cases.author_id and ${holds(authorWords, search)} offset 0)
    or cases.id in (${casesOfOrders(search)}))`
}

/**
 * The cases that a search finds, by index.
 * @returns null where they are too many to be listed, or the words too short: walk along the cases then
 */
export async function findCases(db: Db, search: Words): Promise<number[] | null> {
  if (!hasGrams(search) || (await isCommon(db, search))) return null
  const grams = sql`bigrams(${search.words.join(' ')})`
  const { rows } = await sql<{ id: number }>`
    (select posts.case_id as id from post_words join posts on posts.id = post_words.post_id
     where post_words.grams @> ${gramsOf(search.words.join(' '))}::int[] and ${holds(sql`posts.text`, search)}
       and posts.case_id is not null
     limit ${MOST_FOUND + 1})
    union
    (select posts.case_id as id
     from (select post_id from posts_to_index order by post_id desc limit ${MOST_UNINDEXED}) as fresh
     join posts on posts.id = fresh.post_id
     where ${holds(sql`posts.text`, search)} and posts.case_id is not null)
    union
    (select cases.id from
       (select network, external_id from authors
        where bigrams(${authorWords}) @> ${grams} and ${holds(authorWords, search)}
        limit ${MOST_FOUND + 1}) as found
     join cases on cases.network = found.network and cases.author_id = found.external_id
     limit ${MOST_FOUND + 1})
    union
    (${casesOfOrders(search)})`.execute(db)
  return rows.length > MOST_FOUND ? null : rows.map((row) => row.id)
}

/** Orders that a case's refunds are about, whether or not a post names them. */
function casesOfOrders({ words }: Words) {
  const orders = sql`${[...new Set(words.flatMap((word) => [word, word.toUpperCase()]))]}::text[]`
  return sql`select case_id from refund_events where order_id = any(${orders}) and case_id is not null
    union select case_id from refunds where order_id = any(${orders}) and case_id is not null`
}

/** Words of more than one letter, or of one that is indexed alone. */
function hasGrams({ words }: Words): boolean {
  return words.some((word) => [...word].length > 1 || isIndexedAlone(word))
}

/** What the latest posts are full of; statistics of single pairs would not tell. */
async function isCommon(db: Db, search: Words): Promise<boolean> {
  const { rows } = await sql<{ found: number }>`
    select count(*) as found from (
      select posts.text, authors.username, authors.name
      from posts join authors on authors.network = posts.network and authors.external_id = posts.author_id
      order by posts.id desc limit ${SAMPLE}) as latest
    where ${holds(sql`latest.text`, search)}
      or ${holds(sql`author_words(latest.username, latest.name)`, search)}`.execute(db)
  // A small table is its own sample: there everything is found by index.
  return (rows[0]?.found ?? 0) >= COMMON && (await isLarge(db))
}

async function isLarge(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('posts')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return (row?.id ?? 0) > 50 * MOST_FOUND
}

/** Cases whose posts name a product or title. @returns null where they are too many to be listed */
export async function casesOfProduct(db: Db, id: string): Promise<number[] | null> {
  const { rows } = await sql<{ id: number }>`
    select distinct posts.case_id as id
    from (select post_id from triages
      where entities @> ${JSON.stringify([{ id }])}::jsonb and entities <> '[]' limit ${MOST_FOUND + 1}) as found
    join posts on posts.id = found.post_id
    where posts.case_id is not null`.execute(db)
  return rows.length > MOST_FOUND ? null : rows.map((row) => row.id)
}

/** True of cases in which a product or title is named. */
export function namesProduct(id: string) {
  return sql<boolean>`exists (select from posts join triages on triages.post_id = posts.id
    where posts.case_id = cases.id and triages.entities @> ${JSON.stringify([{ id }])}::jsonb)`
}
