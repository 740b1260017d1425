import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface ShadowDecisionRow {
  ruleId: string
  hash: string
  outcome: string
  action: string
  amountMinor: number
  currency: string
  limit: string | null
}

/**
 * Writes down what versions in the shadow would have decided about an event, in the transaction that decides it.
 * Where one would have said nothing, nothing is kept; an event that is decided again is written anew.
 */
export async function insertShadowDecisions(
  trx: Db,
  eventId: number,
  decisions: readonly ShadowDecisionRow[],
): Promise<void> {
  const spoke = decisions.filter(({ outcome }) => outcome !== 'no-rule')
  await trx.deleteFrom('shadow_decisions').where('event_id', '=', eventId).execute()
  if (spoke.length === 0) return
  await trx
    .insertInto('shadow_decisions')
    .values(
      spoke.map((decision) => ({
        event_id: eventId,
        rule_id: decision.ruleId,
        hash: decision.hash,
        outcome: decision.outcome,
        action: decision.action,
        amount_minor: decision.amountMinor,
        currency: decision.currency,
        limit_hit: decision.limit,
      })),
    )
    .execute()
}

/** How often a version spoke, and the money it gave, by outcome and currency. */
export interface SpokenRow {
  ruleId: string
  hash: string
  outcome: string
  currency: string
  count: number
  minor: number
}

/** What the versions in the shadow would have given since a time. */
export async function shadowResults(db: Db, since: Date): Promise<SpokenRow[]> {
  const { rows } = await sql<SpokenRow>`
    select s.rule_id as "ruleId", s.hash, s.outcome, s.currency, count(*) as count, sum(s.amount_minor)::bigint as minor
    from refund_rule_versions v join shadow_decisions s on s.rule_id = v.rule_id and s.hash = v.hash
    where v.state = 'shadow' and s.at >= ${since}
    group by 1, 2, 3, 4 order by 1, 2, 4, 3`.execute(db)
  return rows
}

/** What the rules decided since a time; `hash` is the version's that decided. */
export async function liveResults(db: Db, since: Date): Promise<SpokenRow[]> {
  const { rows } = await sql<SpokenRow>`
    select rule_id as "ruleId", rule_hash as hash, outcome, currency, count(*) as count,
      sum(amount_minor)::bigint as minor
    from refund_decisions
    where rule_id = any(array(select distinct rule_id from refund_rule_versions)) and rule_hash is not null
      and at >= ${since}
    group by 1, 2, 3, 4 order by 1, 2, 4, 3`.execute(db)
  return rows
}

/** What the active versions decided in the time that each version in the shadow has stood beside them. */
export async function liveBesideShadow(db: Db, since: Date): Promise<SpokenRow[]> {
  const { rows } = await sql<SpokenRow>`
    select v.rule_id as "ruleId", v.hash, d.outcome, d.currency, count(*) as count,
      sum(d.amount_minor)::bigint as minor
    from refund_rule_versions v
      join refund_decisions d on d.rule_id = v.rule_id and d.at >= greatest(v.seen_at, ${since}::timestamptz)
    where v.state = 'shadow'
    group by 1, 2, 3, 4 order by 1, 2, 4, 3`.execute(db)
  return rows
}

/** A rule, and how it is to be heard from. */
export interface QuietRule {
  ruleId: string
  /** As decisions name it. */
  kind: string
  /** LIKE patterns of wrap-up codes; null: it is for every event of its kind. */
  codes: string[] | null
  /** Only events with an earlier complaint of the same code count. */
  repeated: boolean
  quietDays: number
}

/**
 * Of these active rules, those that have not spoken for their `quietDays` although an event for them was decided in
 * that time, and when they spoke last. A rule has at least as long from its activation.
 */
export async function findQuietRules(
  db: Db,
  rules: readonly QuietRule[],
  now: Date,
): Promise<{ ruleId: string; lastAt: Date | null; events: number }[]> {
  if (rules.length === 0) return []
  const asked = JSON.stringify(rules)
  // Rules that spoke are out after one look at an index; only for the others are events counted, to 1,000.
  const { rows } = await sql<{ ruleId: string; lastAt: Date | null; events: number }>`
    with quiet as materialized (
      select q.*, ${now}::timestamptz - q."quietDays" * interval '1 day' as since
      from jsonb_to_recordset(${asked}::jsonb)
        as q("ruleId" text, kind text, codes jsonb, repeated boolean, "quietDays" int)
      join refund_rule_versions v on v.rule_id = q."ruleId" and v.state = 'active'
      where v.activated_at <= ${now}::timestamptz - q."quietDays" * interval '1 day'
        and not exists (select 1 from refund_decisions d where d.rule_id = q."ruleId"
          and d.at >= ${now}::timestamptz - q."quietDays" * interval '1 day')
    )
    select quiet."ruleId", came.events,
      (select max(d.at) from refund_decisions d where d.rule_id = quiet."ruleId") as "lastAt"
    from quiet cross join lateral (
      select count(*) as events from (
        select 1 from refund_decisions d left join refund_events e on e.id = d.event_id
        where d.kind = quiet.kind and d.at >= quiet.since
          and (jsonb_typeof(quiet.codes) is distinct from 'array'
            or exists (select 1 from jsonb_array_elements_text(quiet.codes) as code(pattern)
              where coalesce(e.code, d.inputs->'complaint'->>'code') like code.pattern))
          and (not quiet.repeated
            or jsonb_path_exists(d.inputs, '$.complaint.earlierByProductDays[*]')
            or jsonb_path_exists(d.inputs, '$.complaint.earlierByCustomerDays[*]'))
        limit 1000) as those
    ) as came
    where came.events > 0
    order by 1`.execute(db)
  return rows
}
