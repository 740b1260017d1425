import { sql } from 'kysely'
import type { Db } from './database.ts'

const WAITING_SHOWN = 100
/** States in which a person must do something. */
const FOR_A_PERSON = ['asked', 'failed', 'unknown'] as const

/** Refunds that wait for nobody, the newest first. */
export async function listRefunds(db: Db, before: number | null, limit: number) {
  let query = refundsWithReasons(db)
    .leftJoin('users', 'users.id', 'refunds.approved_by')
    .select(['refunds.paid_at', 'refunds.error', 'users.name as person'])
    .where('refunds.state', 'not in', FOR_A_PERSON)
  if (before !== null) query = query.where('refunds.id', '<', before)
  const found = await query
    .orderBy('refunds.id', 'desc')
    .limit(limit + 1)
    .execute()
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null }
}

/** Refunds that a rule left to a person, the oldest first; those of incidents stand with their incident. */
export async function askedRefunds(db: Db) {
  return refundsWithReasons(db)
    .select('refunds.case_id')
    .where('refunds.state', '=', 'asked')
    .where('refunds.incident_id', 'is', null)
    .orderBy('refunds.id')
    .limit(WAITING_SHOWN)
    .execute()
}

/** Some of an incident's refunds that wait, one by one: those whose film never started first. */
export async function askedOfIncident(db: Db, incidentId: number, limit: number) {
  return refundsWithReasons(db)
    .select('refunds.never_started')
    .where('refunds.state', '=', 'asked')
    .where('refunds.incident_id', '=', incidentId)
    .orderBy('refunds.never_started', 'desc')
    .orderBy('refunds.id')
    .limit(limit)
    .execute()
}

/** Refunds of incidents that wait for one person's word, in each currency; the latest incident first. */
export async function askedIncidents(db: Db) {
  return db
    .selectFrom('refunds')
    .innerJoin('incidents', 'incidents.id', 'refunds.incident_id')
    .select((eb) => [
      'incidents.id',
      'incidents.dimension',
      'incidents.value',
      'incidents.opened_at',
      'refunds.currency',
      eb.fn.countAll<number>().as('count'),
      sql<number>`sum(refunds.amount_minor)::bigint`.as('minor'),
      eb.fn.countAll<number>().filterWhere('refunds.never_started', '=', true).as('neverStarted'),
    ])
    .where('refunds.state', '=', 'asked')
    .groupBy(['incidents.id', 'refunds.currency'])
    .orderBy('incidents.id', 'desc')
    .orderBy('refunds.currency')
    .limit(WAITING_SHOWN)
    .execute()
}

/** Refunds whose money hangs: refused by the provider, or nobody can tell. Those nobody can tell about come first. */
export async function hangingRefunds(db: Db) {
  return refundsWithReasons(db)
    .select(['refunds.error', 'refunds.key', 'refunds.provider', 'refunds.provider_id'])
    .where('refunds.state', 'in', ['failed', 'unknown'])
    .orderBy('refunds.state', 'desc')
    .orderBy('refunds.id')
    .limit(WAITING_SHOWN)
    .execute()
}

/** Mails that the mail server refused for good, the newest first: their customers were paid and do not know it. */
export async function rejectedMails(db: Db) {
  return db
    .selectFrom('mails')
    .leftJoin('refunds', 'refunds.id', 'mails.refund_id')
    .select(['mails.id', 'mails.customer_id', 'mails.subject', 'mails.error', 'mails.created_at'])
    .select(['refunds.order_id'])
    .where('mails.state', '=', 'rejected')
    .orderBy('mails.id', 'desc')
    .limit(WAITING_SHOWN)
    .execute()
}

/** Refunds that wait for a person, for whatever reason. */
export async function countWaitingRefunds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', 'in', FOR_A_PERSON)
    .executeTakeFirst()
  return row?.count ?? 0
}

function refundsWithReasons(db: Db) {
  return db
    .selectFrom('refunds')
    .innerJoin('refund_decisions', 'refund_decisions.id', 'refunds.decision_id')
    .select([
      'refunds.id',
      'refunds.decision_id',
      'refunds.method',
      'refunds.order_id',
      'refunds.customer_id',
      'refunds.title',
      'refunds.amount_minor',
      'refunds.charged_minor',
      'refunds.currency',
      'refunds.state',
      'refunds.created_at',
      'refund_decisions.sentence',
      'refund_decisions.rule_id',
      'refund_decisions.limit_hit',
    ])
}
