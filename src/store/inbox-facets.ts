import { sql } from 'kysely'
import type { Store } from './database.ts'

const KEEP_MS = 5000

/** What there is to choose from in the inbox's filters: what the latest cases are about. */
export interface InboxFacets {
  networks: string[]
  languages: string[]
  codes: string[]
  sentiments: string[]
  products: { id: string; name: { en: string; ja: string } }[]
}

const remembered = new WeakMap<Store, { at: number; facets: Promise<InboxFacets> }>()

export function inboxFacets(store: Store): Promise<InboxFacets> {
  const known = remembered.get(store)
  if (known && Date.now() - known.at < KEEP_MS) return known.facets
  const facets = readFacets(store)
  remembered.set(store, { at: Date.now(), facets })
  facets.catch(() => remembered.delete(store))
  return facets
}

async function readFacets(store: Store): Promise<InboxFacets> {
  const { rows } = await sql<InboxFacets>`
    with recent as (select network, language, code, sentiment from cases order by id desc limit 5000),
      named as (select entities from triages order by post_id desc limit 2000),
      products as (
        select entity ->> 'id' as id, entity -> 'name' as name, count(*) as times
        from named, jsonb_array_elements(entities) as entity
        where entity ? 'id' and entity ? 'name' group by 1, 2 order by 3 desc limit 40)
    select array(select distinct network from recent order by 1) as networks,
           array(select distinct language from recent order by 1) as languages,
           array(select distinct code from recent order by 1) as codes,
           array(select distinct sentiment from recent order by 1) as sentiments,
           (select coalesce(jsonb_agg(distinct jsonb_build_object('id', id, 'name', name)), '[]')
            from products) as products`.execute(store)
  return rows[0] ?? { networks: [], languages: [], codes: [], sentiments: [], products: [] }
}
