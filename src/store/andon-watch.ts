import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { ContactKind } from './schema.ts'

/** What the watch over the contacts counts. Nobody's time lies in the future. */
export interface WatchedContact {
  id: number
  kind: ContactKind
  at: Date
  product_id: string | null
  /** As it is called now. */
  code: string
  severity: number
  person: string | null
}

const SAFETY = 'item.safety'
/** Praise is no alarm; a correction is one where it tells of danger that triage did not see. */
const WATCHED = sql`(c.kind in ('post', 'playback') and c.sentiment is distinct from 'positive'
  or c.kind = 'correction' and (c.severity = 3 or c.code = ${SAFETY}))`
const COLUMNS = sql`c.id, c.kind, least(c.at, c.written_at) as at, c.product_id,
  coalesce((select named.renamed_to from contact_codes named where named.code = c.code), c.code) as code,
  coalesce(c.severity, 0) as severity, c.person`

/** Contacts written after one of them, in the order of their writing. */
export async function contactsSince(db: Db, id: number, limit: number): Promise<WatchedContact[]> {
  const { rows } = await sql<WatchedContact>`
    select ${COLUMNS} from contacts c where c.id > ${id} and ${WATCHED} order by c.id limit ${limit}`.execute(
    db,
  )
  return rows
}

/** Every contact from `from` on, up to one of them, page by page, in the order of their time. */
export async function* contactsInTime(
  db: Db,
  { from, upTo, limit = 5_000 }: { from: Date; upTo: number; limit?: number },
): AsyncGenerator<WatchedContact[]> {
  for (let place = { at: from.toISOString(), id: 0 }; ; ) {
    const { rows } = await sql<WatchedContact & { place: string }>`
      select ${COLUMNS}, c.at::text as place from contacts c
      where (c.at, c.id) > (${place.at}::timestamptz, ${place.id}::bigint) and c.id <= ${upTo} and ${WATCHED}
      order by c.at, c.id limit ${limit}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    place = { at: last.place, id: last.id }
  }
}

/** The newest contact, 0 before the first, and whether there are some of before the contacts that are still to be written. */
export async function contactsWritten(db: Db): Promise<{ last: number; complete: boolean }> {
  const { rows } = await sql<{ last: number; complete: boolean }>`
    select coalesce((select max(id) from contacts), 0)::bigint as last,
      not exists (select 1 from contacts_to_do where old) as complete`.execute(db)
  return rows[0] as { last: number; complete: boolean }
}

export function storedWatch(db: Db) {
  return db.selectFrom('andon_watch').select(['contact_id', 'learnt', 'state']).executeTakeFirst()
}

/** Codes that have another name now, by their old one. */
export async function renamedCodes(db: Db): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('contact_codes')
    .select(['code', 'renamed_to'])
    .where('renamed_to', 'is not', null)
    .execute()
  return new Map(rows.map(({ code, renamed_to }) => [code, renamed_to as string]))
}

/** Stores what a watch knows; one that knows more, of another process, stays. */
export async function storeWatch(
  db: Db,
  watch: { contactId: number; learnt: boolean; state: unknown },
): Promise<void> {
  const { contactId, learnt, state } = watch
  await sql`
    insert into andon_watch (id, contact_id, learnt, state)
    values (1, ${contactId}, ${learnt}, ${JSON.stringify(state)}::jsonb)
    on conflict (id) do update set
      contact_id = excluded.contact_id, learnt = excluded.learnt, state = excluded.state, stored_at = now()
    where andon_watch.contact_id <= excluded.contact_id and andon_watch.learnt <= excluded.learnt`.execute(db)
}
