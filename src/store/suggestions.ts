import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Trx } from './database.ts'

/** Until the end of this transaction nobody else puts voices into clusters. */
export async function lockSuggestions(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('suggestions', 0))`.execute(trx)
}

export interface SuggestionToPlace {
  id: number
  /** One of those asked for, also where it has another name by now. */
  code: string
  /** ISO 639-1; '' where nobody knows. */
  language: string
  text: string
}

/** Voices of these codes that are in no cluster, the oldest first. */
export async function suggestionsToPlace(
  db: Db,
  codes: readonly string[],
  limit: number,
): Promise<SuggestionToPlace[]> {
  const { rows } = await sql<SuggestionToPlace>`
    with names as (
      select asked.code, asked.code as asked from unnest(${codes as string[]}::text[]) as asked (code)
      union
      select n.code, asked.code from unnest(${codes as string[]}::text[]) as asked (code)
      join contact_codes n on n.renamed_to = asked.code
        or n.code = (select o.renamed_to from contact_codes o where o.code = asked.code))
    select c.id, names.asked as code, coalesce(split_part(c.language, '-', 1), '') as language, c.text
    from names join contacts c on c.code = names.code
    where c.kind = 'post' and c.text is not null
      and not exists (select from suggestion_voices v where v.contact_id = c.id)
    order by c.at, c.id limit ${limit}`.execute(db)
  return rows
}

export interface StoredCluster {
  id: number
  fixed: boolean
  voices: number[]
  terms: Record<string, number>
}

/** Clusters that hold voices of a code and language: those, and in how many of them each term stands; the oldest first. */
export async function clustersOf(trx: Trx, code: string, language: string): Promise<StoredCluster[]> {
  const { rows } = await sql<StoredCluster>`
    with held as (
      select v.cluster_id, v.contact_id, v.terms from suggestion_voices v
      where v.code = ${code} and v.language = ${language}),
    counted as (
      select h.cluster_id, each.term, count(*)::int as count from held h, unnest(h.terms) as each (term)
      group by 1, 2)
    select k.id, k.fixed, v.voices, coalesce(t.terms, '{}') as terms
    from (select h.cluster_id, array_agg(h.contact_id order by h.contact_id) as voices from held h group by 1) v
    join suggestion_clusters k on k.id = v.cluster_id
    left join (
      select n.cluster_id, jsonb_object_agg(n.term, n.count) as terms from counted n group by 1) t on t.cluster_id = k.id
    order by k.id`.execute(trx)
  return rows.map((row) => ({ ...row, voices: row.voices.map(Number) }))
}

export async function insertCluster(
  trx: Trx,
  cluster: { code: string; language: string; fixed?: boolean },
): Promise<number> {
  const { id } = await trx
    .insertInto('suggestion_clusters')
    .values(cluster)
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Voices go into clusters; into another one where they were in one. Who has lost their words in between stays out. */
export async function placeVoices(
  trx: Trx,
  voices: readonly {
    id: number
    clusterId: number
    added?: Omit<SuggestionToPlace, 'id' | 'text'> & { terms: string[] }
  }[],
): Promise<void> {
  const known = voices.filter(({ added }) => added === undefined)
  const added = voices.flatMap(({ id, clusterId, added }) =>
    added ? [{ id, cluster_id: clusterId, ...added }] : [],
  )
  if (known.length > 0) {
    await sql`
      update suggestion_voices v set cluster_id = m.cluster_id
      from unnest(${known.map(({ id }) => id)}::bigint[], ${known.map(({ clusterId }) => clusterId)}::bigint[])
        as m (id, cluster_id)
      where v.contact_id = m.id`.execute(trx)
  }
  if (added.length > 0) {
    await sql`
      insert into suggestion_voices (contact_id, cluster_id, code, language, terms)
      select c.id, m.cluster_id, m.code, m.language, m.terms
      from json_to_recordset(${JSON.stringify(added)}::json)
        as m (id bigint, cluster_id bigint, code text, language text, terms text[])
      join contacts c on c.id = m.id and c.text is not null
      for share of c
      on conflict do nothing`.execute(trx)
  }
}

/** Takes clusters away that hold no voice and that nobody arranged. */
export async function dropEmptyClusters(trx: Trx): Promise<void> {
  await sql`
    delete from suggestion_clusters k where not k.fixed
      and not exists (select from suggestion_voices v where v.cluster_id = k.id)`.execute(trx)
}

export interface SuggestionRow {
  id: number
  code: string
  language: string
  name: string | null
  done: string | null
  doneAt: Date | null
  doneBy: string | null
  voices: number
  /** Different people, as far as the pseudonyms tell. */
  people: number
  /** Voices of the time after it was done. */
  since: number
  first: Date | null
  last: Date | null
}

export const SUGGESTION_VIEWS = ['many', 'once', 'done'] as const
/** Said by two or more or named by somebody; said once; done. */
export type SuggestionView = (typeof SUGGESTION_VIEWS)[number]

/** Clusters, the most voices first; of those that are done the last one first. */
export async function listSuggestions(
  db: Db,
  asked: { view?: SuggestionView; id?: number; code?: string | null; language?: string | null },
  limit: number,
): Promise<SuggestionRow[]> {
  const { view, id, code = null, language = null } = asked
  const shown =
    view === undefined
      ? sql`true`
      : view === 'done'
        ? sql`k.done is not null`
        : view === 'many'
          ? sql`k.done is null and (s.voices > 1 or k.name is not null and s.voices > 0)`
          : sql`k.done is null and k.name is null and s.voices = 1`
  const { rows } = await sql<SuggestionRow>`
    select k.id, k.code, k.language, k.name, k.done, k.done_at as "doneAt", u.name as "doneBy",
      s.voices, s.people, s.since, s.first, s.last
    from suggestion_clusters k
    left join users u on u.id = k.done_by
    cross join lateral (
      select count(*)::int as voices, count(distinct coalesce(c.person, c.id::text))::int as people,
        (count(*) filter (where c.at > k.done_at))::int as since, min(c.at) as first, max(c.at) as last
      from suggestion_voices v join contacts c on c.id = v.contact_id where v.cluster_id = k.id) s
    where ${shown} and (${id ?? null}::bigint is null or k.id = ${id ?? null}::bigint)
      and (${code}::text is null or k.code = ${code}) and (${language}::text is null or k.language = ${language})
    order by ${view === 'done' ? sql`k.done_at desc` : sql`s.voices desc, s.last desc`}, k.id
    limit ${limit}`.execute(db)
  return rows
}

export interface SuggestionVoice {
  id: number
  clusterId: number
  at: Date
  language: string | null
  region: string | null
  network: string
  caseId: number | null
  text: string
  terms: string[]
}

/** The newest voices of each of these clusters. */
export async function voicesOfSuggestions(
  db: Db,
  ids: readonly number[],
  most: number,
): Promise<SuggestionVoice[]> {
  const { rows } = await sql<SuggestionVoice>`
    select said.* from unnest(${ids as number[]}::bigint[]) as k (id)
    cross join lateral (
      select c.id, v.cluster_id as "clusterId", c.at, c.language, c.region, c.network, c.case_id as "caseId", c.text,
        v.terms
      from suggestion_voices v join contacts c on c.id = v.contact_id
      where v.cluster_id = k.id and c.text is not null
      order by c.at desc, c.id desc limit ${most}) said`.execute(db)
  return rows
}

/** Languages that there are clusters of. */
export async function languagesOfSuggestions(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('suggestion_clusters').select('language').distinct().execute()
  return rows.map(({ language }) => language).sort()
}

/** What a cluster is called from now on; null: by its voices. @returns false where there is no such cluster */
export async function nameSuggestion(
  trx: Trx,
  id: number,
  name: string | null,
  actor: string,
): Promise<boolean> {
  const row = await trx
    .updateTable('suggestion_clusters')
    .set(name === null ? { name } : { name, fixed: true })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (row) await audit(trx, actor, 'suggestion.named', `suggestion:${id}`)
  return row !== undefined
}

/** What was done about it; null: it is open again. @returns false where it was so before */
export async function finishSuggestion(
  trx: Trx,
  { id, done, userId }: { id: number; done: string | null; userId: number },
): Promise<boolean> {
  const row = await trx
    .updateTable('suggestion_clusters')
    .set({
      done,
      done_by: done === null ? null : userId,
      done_at: done === null ? null : sql<Date>`now()`,
      fixed: true,
    })
    .where('id', '=', id)
    .where('done', done === null ? 'is not' : 'is', null)
    .returning('id')
    .executeTakeFirst()
  const action = done === null ? 'suggestion.reopened' : 'suggestion.done'
  if (row) await audit(trx, `user:${userId}`, action, `suggestion:${id}`)
  return row !== undefined
}

/** All voices of one cluster go into another, of whatever code and language. @returns false where one is not there */
export async function mergeSuggestions(trx: Trx, id: number, into: number, actor: string): Promise<boolean> {
  if (id === into) return false
  await lockSuggestions(trx)
  const rows = await trx.selectFrom('suggestion_clusters').selectAll().where('id', 'in', [id, into]).execute()
  const from = rows.find((row) => row.id === id)
  const to = rows.find((row) => row.id === into)
  if (!from || !to) return false
  await trx.updateTable('suggestion_voices').set({ cluster_id: into }).where('cluster_id', '=', id).execute()
  await trx
    .updateTable('dossier_tries')
    .set({ name: String(into) })
    .where('kind', '=', 'cluster')
    .where('name', '=', String(id))
    .execute()
  await trx
    .updateTable('suggestion_clusters')
    .set({ fixed: true, name: to.name ?? from.name })
    .where('id', '=', into)
    .execute()
  await trx.deleteFrom('suggestion_clusters').where('id', '=', id).execute()
  await audit(trx, actor, 'suggestion.merged', `suggestion:${into}`, { from: id })
  return true
}

/** A voice leaves its cluster and begins one of its own. @returns that one; null where it is alone or not there */
export async function takeVoiceOut(
  trx: Trx,
  { id, voiceId, actor }: { id: number; voiceId: number; actor: string },
): Promise<number | null> {
  await lockSuggestions(trx)
  const [cluster] = await listSuggestions(trx, { id }, 1)
  const voice = await trx
    .selectFrom('suggestion_voices')
    .select('contact_id')
    .where('cluster_id', '=', id)
    .where('contact_id', '=', voiceId)
    .executeTakeFirst()
  if (!cluster || !voice || cluster.voices < 2) return null
  const { code, language } = cluster
  const own = await insertCluster(trx, { code, language, fixed: true })
  await placeVoices(trx, [{ id: voiceId, clusterId: own }])
  await trx.updateTable('suggestion_clusters').set({ fixed: true }).where('id', '=', id).execute()
  await audit(trx, actor, 'suggestion.split', `suggestion:${id}`, { own })
  return own
}
