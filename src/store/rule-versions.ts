import { type Selectable, sql } from 'kysely'
import type { Db, Store } from './database.ts'
import type { Database } from './schema.ts'

export type RuleVersionRow = Selectable<Database['refund_rule_versions']>
export type RuleVersionState = RuleVersionRow['state']

/** Until the end of this transaction nobody else registers, activates or retires a version. */
export async function lockRuleVersions(trx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('refund-rule-versions', 0))`.execute(trx)
}

/** Every version that was ever seen, without what it says; the latest first. */
export function listRuleVersionStates(db: Db) {
  return db
    .selectFrom('refund_rule_versions')
    .select(['rule_id', 'hash', 'state', 'listed', 'activated_by'])
    .orderBy('seen_at', 'desc')
    .execute()
}

/** The versions that decide, or decide in the shadow. */
export function findRuleHashes(db: Db, state: 'active' | 'shadow'): Promise<{ hash: string }[]> {
  return db
    .selectFrom('refund_rule_versions')
    .select('hash')
    .where('state', '=', state)
    .orderBy('rule_id')
    .orderBy('seen_at')
    .execute()
}

/** What versions say, by their hashes. */
export function findRuleContents(db: Db, hashes: readonly string[]) {
  if (hashes.length === 0) return Promise.resolve([])
  return db
    .selectFrom('refund_rule_versions')
    .select(['rule_id', 'hash', 'content'])
    .where('hash', 'in', hashes)
    .execute()
}

/** Versions for people to look at: every active and shadow one, and of each rule the last `retired` retired ones. */
export async function listRuleVersions(db: Db, retired: number): Promise<RuleVersionRow[]> {
  return db
    .selectFrom((from) =>
      from
        .selectFrom('refund_rule_versions')
        .selectAll()
        .select(
          sql<number>`row_number() over (partition by rule_id, state order by coalesce(retired_at, seen_at) desc)`.as(
            'place',
          ),
        )
        .as('version'),
    )
    .selectAll()
    .where((or) => or.or([or('state', '<>', 'retired'), or('place', '<=', retired)]))
    .orderBy('rule_id')
    .orderBy(sql`array_position(array['active', 'shadow', 'retired'], state)`)
    .orderBy('place')
    .execute()
}

/** The versions of one rule whose hash begins so. */
export function findRuleVersions(db: Db, ruleId: string, hashStart: string): Promise<RuleVersionRow[]> {
  return db
    .selectFrom('refund_rule_versions')
    .selectAll()
    .where('rule_id', '=', ruleId)
    .where(sql<boolean>`starts_with(hash, ${hashStart})`)
    .orderBy('seen_at', 'desc')
    .execute()
}

/** Writes a version down that was never seen before. */
export async function insertRuleVersion(
  trx: Db,
  version: { ruleId: string; hash: string; content: unknown; active: boolean; by: string },
): Promise<void> {
  await trx
    .insertInto('refund_rule_versions')
    .values({
      rule_id: version.ruleId,
      hash: version.hash,
      content: JSON.stringify(version.content),
      ...(version.active
        ? { state: 'active' as const, activated_by: version.by, activated_at: sql<Date>`now()` }
        : {}),
    })
    .execute()
}

/** Says whether a version stands in the files now. */
export async function markListed(trx: Db, ruleId: string, hash: string, listed: boolean): Promise<void> {
  await trx
    .updateTable('refund_rule_versions')
    .set({ listed })
    .where('rule_id', '=', ruleId)
    .where('hash', '=', hash)
    .execute()
}

/** Moves a version to another state; a proposal to activate it is over with that. */
export async function moveRuleVersion(
  trx: Db,
  version: { ruleId: string; hash: string },
  state: RuleVersionState,
  actor: string,
): Promise<void> {
  const stamps = {
    active: { activated_by: actor, activated_at: sql<Date>`now()`, retired_by: null, retired_at: null },
    retired: { retired_by: actor, retired_at: sql<Date>`now()`, proposed_by: null, proposed_at: null },
    shadow: { seen_at: sql<Date>`now()`, proposed_by: null, proposed_at: null },
  }
  await trx
    .updateTable('refund_rule_versions')
    .set({ state, ...stamps[state] })
    .where('rule_id', '=', version.ruleId)
    .where('hash', '=', version.hash)
    .execute()
}

/** Somebody wants a version active; a second person must agree. */
export async function proposeRuleVersion(
  trx: Db,
  version: { ruleId: string; hash: string },
  actor: string,
): Promise<void> {
  await trx
    .updateTable('refund_rule_versions')
    .set({ proposed_by: actor, proposed_at: sql<Date>`now()` })
    .where('rule_id', '=', version.ruleId)
    .where('hash', '=', version.hash)
    .execute()
}

/** How many shadow versions wait for somebody, and how many rules are active. */
export async function countRuleVersions(
  db: Db,
): Promise<{ active: number; shadow: number; proposed: number }> {
  const row = await db
    .selectFrom('refund_rule_versions')
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere('state', '=', 'active').as('active'),
      eb.fn.countAll<number>().filterWhere('state', '=', 'shadow').as('shadow'),
      eb.fn
        .countAll<number>()
        .filterWhere('proposed_by', 'is not', null)
        .filterWhere('state', '<>', 'active')
        .as('proposed'),
    ])
    .executeTakeFirstOrThrow()
  return row
}

/** Names of the people among actors such as 'user:7', by actor. */
export async function namesOfActors(
  db: Store | Db,
  actors: readonly (string | null)[],
): Promise<Map<string, string>> {
  const ids = [...new Set(actors.flatMap((actor) => /^user:(\d+)$/.exec(actor ?? '')?.[1] ?? []))].map(Number)
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('users').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, name }) => [`user:${id}`, name]))
}
