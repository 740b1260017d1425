import { sql } from 'kysely'
import type { Db } from './database.ts'

/** A decision with all that came of it; null where there is no such decision. */
export async function decisionPage(db: Db, id: number) {
  const decision = await db
    .selectFrom('refund_decisions')
    .leftJoin('refund_events', 'refund_events.id', 'refund_decisions.event_id')
    .selectAll('refund_decisions')
    .select(['refund_events.case_id', 'refund_events.order_id', 'refund_events.created_at as event_at'])
    .where('refund_decisions.id', '=', id)
    .executeTakeFirst()
  if (!decision) return null
  const [refund, replacement, shadow] = await Promise.all([
    db
      .selectFrom('refunds')
      .leftJoin('users as approver', 'approver.id', 'refunds.approved_by')
      .leftJoin('users as giver', 'giver.id', 'refunds.granted_by')
      .selectAll('refunds')
      .select(['approver.name as person', 'giver.name as giver'])
      // The index is on the line; a line has few refunds.
      .where('refunds.order_line_id', '=', decision.order_line_id)
      .where('refunds.decision_id', '=', id)
      .executeTakeFirst(),
    db
      .selectFrom('replacements')
      .leftJoin('users', 'users.id', 'replacements.approved_by')
      .selectAll('replacements')
      .select('users.name as person')
      .where('replacements.customer_id', '=', decision.customer_id)
      .where('replacements.decision_id', '=', id)
      .executeTakeFirst(),
    decision.event_id === null
      ? []
      : db
          .selectFrom('shadow_decisions')
          .selectAll()
          .where('event_id', '=', decision.event_id)
          .orderBy('rule_id')
          .orderBy('hash')
          .execute(),
  ])
  const subjects = [
    ...(refund ? [`refund:${refund.id}`] : []),
    ...(replacement ? [`replacement:${replacement.id}`] : []),
  ]
  const keys = [refund ? `refund-${refund.key}` : '', replacement ? `replacement-${replacement.key}` : '']
  const [ledger, history, mails] = await Promise.all([
    refund
      ? db.selectFrom('ledger_entries').selectAll().where('refund_id', '=', refund.id).orderBy('id').execute()
      : [],
    subjects.length === 0 ? [] : historyOf(db, subjects),
    db
      .selectFrom('mails')
      .select(['id', 'subject', 'text', 'locale', 'state', 'error', 'created_at', 'sent_at'])
      .where('key', 'in', keys)
      .orderBy('id')
      .execute(),
  ])
  return { decision, refund, replacement, shadow, ledger, history, mails }
}

function historyOf(db: Db, subjects: string[]) {
  return db
    .selectFrom('audit_log')
    .leftJoin('users', (join) => join.on(sql<boolean>`audit_log.actor = 'user:' || users.id`))
    .select(['audit_log.at', 'audit_log.actor', 'audit_log.action', 'users.name as person'])
    .where('subject', 'in', subjects)
    .orderBy('audit_log.id')
    .limit(200)
    .execute()
}
