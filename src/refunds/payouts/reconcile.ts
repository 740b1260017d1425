import { refundLog } from '../../log.ts'
import { formatMoney } from '../../money.ts'
import { type Store, withLock } from '../../store/database.ts'
import { startStop } from '../../store/payout-stops.ts'
import {
  askAgain,
  dayBounds,
  paidBetween,
  type Reconciliation,
  refundsByKeys,
  storeReconciliation,
  unreconciledDays,
} from '../../store/reconciliations.ts'
import type { RefundRow } from '../../store/refunds.ts'
import type { Sentence } from '../decision/sentence.ts'
import { type Gateway, GatewayUnavailableError, type ProviderRefund } from '../gateways/index.ts'
import { findTaken } from './find-taken.ts'
import { baseKey } from './key.ts'
import { companyDay, type Payouts } from './payouts.ts'

/** Of the shop's own coupons there may be any number. */
const MOST_OTHERS = 500
/** The provider writes a refund down a little before we do: refunds at the edge of a day are still found. */
const EDGE_MS = 3_600_000

/**
 * Holds a day of the company against the payment provider: each refund that it made under a key of ours is paid in
 * our books with the same amount and once, and each that we have as paid stands there. What others refunded is
 * listed. A paid one that came to nothing since is asked for again by payout, as after a webhook.
 * @throws GatewayUnavailableError
 */
export async function reconcileDay(
  store: Store,
  gateway: Gateway,
  payouts: Payouts,
  day: string,
): Promise<Reconciliation> {
  const { timeZone, dayClosesAt: closesAt } = payouts.books
  const { from, to } = await dayBounds(store, day, { timeZone, closesAt })
  const listed = await gateway.refundsBetween(from, new Date(to.getTime() + EDGE_MS))
  const theirs = listed.filter(({ createdAt }) => createdAt < to)
  const keys = theirs.flatMap(({ key }) => (key === null ? [] : [baseKey(key)]))
  const known = new Map((await refundsByKeys(store, keys)).map((refund) => [refund.key, refund]))
  const faults: Sentence[] = []
  let matched = 0
  for (const refund of theirs) {
    if (refund.key === null) continue
    const fault = faultOfTheirs(refund, known.get(baseKey(refund.key)))
    if (fault) faults.push(fault)
    else if (refund.status !== 'failed') matched += 1
  }
  const standing = new Set(listed.filter(({ status }) => status !== 'failed').map(({ id }) => id))
  for (const refund of await paidBetween(store, gateway.name, from, to)) {
    if (refund.provider_id !== null && standing.has(refund.provider_id)) continue
    // Sent before midnight and answered after it, or found by a person: the payment itself tells.
    const taken = findTaken(await gateway.refundsOf(refund.payment_id), refund)
    if (!taken) faults.push(missingThere(refund))
    // It came back, and the webhook that said so was lost.
    else if (taken.status === 'failed') await askAgain(store, refund.id)
  }
  const others = theirs
    .filter(({ key, status }) => key === null && status !== 'failed')
    .slice(0, MOST_OTHERS)
    .map(({ id, paymentId, amountMinor, currency }) => ({ id, paymentId, amountMinor, currency }))
  return { day, provider: gateway.name, matched, faults, others }
}

function faultOfTheirs(theirs: ProviderRefund, ours: RefundRow | undefined): Sentence | null {
  const { id, status, key } = theirs
  if (!ours) {
    if (status === 'failed') return null
    return {
      en: `the provider has refund ${id} under our key ${key}, which our books do not know`,
      ja: `決済会社に当社のキー${key}の返金${id}がありますが、帳簿にありません`,
    }
  }
  if (theirs.amountMinor !== ours.amount_minor || theirs.currency !== ours.currency) {
    const amount = (locale: string) => formatMoney(theirs.amountMinor, theirs.currency, locale)
    const own = (locale: string) => formatMoney(ours.amount_minor, ours.currency, locale)
    return {
      en: `refund ${ours.id} is ${amount('en')} at the provider (${id}) and ${own('en')} in our books`,
      ja: `返金${ours.id}は決済会社（${id}）では${amount('ja')}、帳簿では${own('ja')}です`,
    }
  }
  // What hangs is shown to a person already; a round that failed is followed by another.
  const settled = !['reserved', 'sending', 'pending', 'unknown'].includes(ours.state)
  if (status === 'succeeded' && settled && ours.state !== 'paid') {
    return {
      en: `refund ${ours.id} is paid at the provider (${id}) and "${ours.state}" in our books`,
      ja: `返金${ours.id}は決済会社（${id}）では支払い済みですが、帳簿では「${ours.state}」です`,
    }
  }
  if (
    status === 'succeeded' &&
    ours.state === 'paid' &&
    ours.provider_id !== null &&
    ours.provider_id !== id
  ) {
    return {
      en: `refund ${ours.id} is paid at the provider as ${id}, and as ${ours.provider_id} in our books: it may have been paid twice`,
      ja: `返金${ours.id}は決済会社では${id}、帳簿では${ours.provider_id}として支払い済みです。二重払いの可能性があります`,
    }
  }
  return null
}

function missingThere(ours: RefundRow): Sentence {
  return {
    en: `refund ${ours.id} is paid in our books and does not stand at the provider`,
    ja: `返金${ours.id}は帳簿では支払い済みですが、決済会社の記録にありません`,
  }
}

/**
 * Reconciles every closed day that was not yet, an hour after it closed at the earliest. A day with a fault stops
 * payouts until a person has looked.
 * @returns the days that were looked at
 */
export async function reconcileClosedDays(
  store: Store,
  gateways: readonly Gateway[],
  payouts: Payouts,
  now: Date,
): Promise<string[]> {
  const done = await withLock(store, 'reconciliation', async () => {
    const today = companyDay(payouts, new Date(now.getTime() - EDGE_MS))
    const days: string[] = []
    for (const gateway of gateways) days.push(...(await reconcileGateway(store, gateway, payouts, today)))
    return days
  })
  return done ?? []
}

/** One that can not be asked is asked again at the next turn, and keeps no other waiting. */
async function reconcileGateway(
  store: Store,
  gateway: Gateway,
  payouts: Payouts,
  today: string,
): Promise<string[]> {
  const days: string[] = []
  try {
    for (const day of await unreconciledDays(store, gateway.name, today)) {
      await takeDown(store, await reconcileDay(store, gateway, payouts, day))
      days.push(day)
    }
  } catch (error) {
    if (!(error instanceof GatewayUnavailableError)) throw error
    refundLog.warn({ gateway: gateway.name, reason: error.message }, 'could not be reconciled with; later')
  }
  return days
}

async function takeDown(store: Store, result: Reconciliation): Promise<void> {
  const { day, provider, faults } = result
  await store.transaction().execute(async (trx) => {
    await storeReconciliation(trx, result)
    if (faults.length === 0) return
    const reason = `${day}, ${provider}: ${faults.map(({ en }) => en).join('; ')}`.slice(0, 1000)
    await startStop(trx, { kind: 'reconciliation', reason, actor: 'worker:sweep' })
  })
  if (faults.length > 0)
    refundLog.error({ day, provider, faults: faults.length }, 'the books and the provider differ')
}
