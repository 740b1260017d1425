import type { Db } from './database.ts'

const ASKED_SHOWN = 100

/** Refunds that nobody has to decide on any more, the newest first. */
export async function listRefunds(db: Db, before: number | null, limit: number) {
  let query = refundsWithReasons(db)
    .leftJoin('users', 'users.id', 'refunds.approved_by')
    .select(['refunds.paid_at', 'refunds.error', 'users.name as person'])
    .where('refunds.state', '<>', 'asked')
  if (before !== null) query = query.where('refunds.id', '<', before)
  const found = await query
    .orderBy('refunds.id', 'desc')
    .limit(limit + 1)
    .execute()
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null }
}

/** Refunds that a rule left to a person, the oldest first. */
export async function askedRefunds(db: Db) {
  return refundsWithReasons(db)
    .where('refunds.state', '=', 'asked')
    .orderBy('refunds.id')
    .limit(ASKED_SHOWN)
    .execute()
}

export async function countAskedRefunds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('refunds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'asked')
    .executeTakeFirst()
  return row?.count ?? 0
}

function refundsWithReasons(db: Db) {
  return db
    .selectFrom('refunds')
    .innerJoin('refund_decisions', 'refund_decisions.id', 'refunds.decision_id')
    .select([
      'refunds.id',
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
