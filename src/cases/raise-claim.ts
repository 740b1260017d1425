import { matchesCode } from '../code-pattern.ts'
import { customerOf } from '../store/author-links.ts'
import type { Db } from '../store/database.ts'
import {
  type ComplaintFacts,
  caseOfComplaint,
  dropOtherComplaints,
  insertComplaint,
  lockComplaint,
  namedInCase,
  type RefundEventRow,
  updateComplaint,
} from '../store/refund-events.ts'
import type { StoredEntity } from '../store/schema.ts'
import { ABUSE } from '../triage/index.ts'

/** What triage has to know of the refund rules. */
export interface Claims {
  /** Patterns of wrap-up codes (`item.*`) that some rule wants, be it in the shadow only. */
  wanted: readonly string[]
  /** Told the id of a refund event whose order can be looked for, once it is committed: queue it for 'refund'. */
  raised(eventId: number): void
}

/** A case as it stands after its post was joined. */
interface ClaimedCase {
  id: number
  network: string
  author_id: string
  code: string
  codes: readonly string[]
  severity: number
  confidence: number
  language: string
}

const MOST_NAMED = 20

/**
 * Keeps the refund event of a case in step with what its newest post made of it; in the transaction that triages the
 * post, whose author is locked. A post that reopens a case whose complaint was decided is a complaint of its own.
 */
export async function raiseClaim(
  trx: Db,
  claims: Claims,
  row: ClaimedCase,
  post: { id: number; created_at: Date; entities: readonly StoredEntity[] },
  before: { state: string; code: string } | null,
): Promise<void> {
  // Within one open case another code is another reading of the same complaint.
  if (before?.state === 'open' && before.code !== row.code) await dropOtherComplaints(trx, row.id, row.code)
  if (!deserves(claims, row)) return
  const existing = before ? await lockComplaint(trx, row.id, row.code) : undefined
  const facts = factsOf(row, post.created_at, namedIn(post.entities), existing)
  const reopened = before !== null && before.state !== 'open'
  await writeClaim(trx, claims, row, { postId: post.id, facts, existing, reopened })
}

/**
 * A person said what a case is about, in this transaction: the event of another code that is not decided comes to
 * nothing, and one of the new code is raised.
 */
export async function correctClaim(
  trx: Db,
  claims: Claims,
  caseId: number,
  postId: number | null,
): Promise<void> {
  const row = await caseOfComplaint(trx, caseId)
  if (!row) return
  const wanted = deserves(claims, row)
  await dropOtherComplaints(trx, caseId, wanted ? row.code : null)
  if (!wanted) return
  const existing = await lockComplaint(trx, caseId, row.code)
  const named = await namedInCase(trx, caseId)
  const facts = factsOf(
    row,
    row.last_post_at,
    {
      orders: named.filter(({ kind }) => kind === 'order').map(({ value }) => value),
      skus: named.filter(({ kind }) => kind !== 'order').map(({ value }) => value),
    },
    existing,
  )
  await writeClaim(trx, claims, row, { postId, facts, existing, reopened: false })
}

async function writeClaim(
  trx: Db,
  claims: Claims,
  row: ClaimedCase,
  claim: {
    postId: number | null
    facts: ComplaintFacts
    existing: RefundEventRow | undefined
    reopened: boolean
  },
): Promise<void> {
  const { postId, facts, existing, reopened } = claim
  const customerId = await customerOf(trx, row.network, row.author_id)
  let id: number | null = existing?.id ?? null
  if (existing?.state === 'waiting' || (existing?.state === 'dropped' && existing.dropped_by === null)) {
    await updateComplaint(trx, existing, facts, customerId)
  } else if (!existing || (reopened && existing.state !== 'new')) {
    const suffix = existing ? `:${postId}` : ''
    id = await insertComplaint(trx, { caseId: row.id, postId, code: row.code, customerId, facts, suffix })
  } else return
  if (customerId !== null && id !== null) claims.raised(id)
}

function deserves({ wanted }: Claims, { code, severity }: ClaimedCase): boolean {
  return severity > 0 && code !== 'none' && code !== ABUSE && matchesCode(wanted, code)
}

interface Named {
  orders: string[]
  skus: string[]
}

function namedIn(entities: readonly StoredEntity[]): Named {
  return {
    orders: entities.flatMap(({ kind, text }) => (kind === 'order' && text ? [text] : [])),
    skus: entities.flatMap(({ kind, id }) => ((kind === 'product' || kind === 'title') && id ? [id] : [])),
  }
}

function factsOf(
  row: ClaimedCase,
  writtenAt: Date,
  named: Named,
  existing: RefundEventRow | undefined,
): ComplaintFacts {
  // What was named in a complaint that is over was about another order.
  const before = existing && existing.state !== 'decided' ? (existing.facts as Partial<ComplaintFacts>) : {}
  const all = (first: readonly string[] = [], second: readonly string[] = []) =>
    [...new Set([...first, ...second])].slice(0, MOST_NAMED)
  return {
    severity: row.severity,
    confidence: row.confidence,
    language: row.language,
    network: row.network,
    codes: [...row.codes],
    orders: all(before.orders, named.orders),
    skus: all(before.skus, named.skus),
    writtenAt: before.writtenAt ?? writtenAt.toISOString(),
  }
}
