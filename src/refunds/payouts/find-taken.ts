import type { RefundRow } from '../../store/refunds.ts'
import { findByKey, type ProviderRefund } from '../gateways/index.ts'
import { payoutKey } from './key.ts'

/** States in which our books count a refund's money as set aside or gone. */
const COUNTED: readonly RefundRow['state'][] = ['reserved', 'sending', 'pending', 'paid', 'unknown']

/**
 * Looks for a refund in what the provider lists of its payment: by the provider's own id, then under the keys of all
 * its rounds, those of a round that was not sent included (a database restored from a backup forgot that it was). One
 * that stands counts before one that failed, and a failure of an earlier round is known. Null where it was never sent,
 * or the provider does not list it.
 */
export function findTaken(
  listed: ProviderRefund[],
  refund: Pick<RefundRow, 'key' | 'round' | 'provider_id'>,
): ProviderRefund | null {
  const named = listed.find(({ id }) => id === refund.provider_id) ?? null
  if (named && named.status !== 'failed') return named
  let failed = named
  for (let round = refund.round; round >= 1; round -= 1) {
    const found = findByKey(listed, payoutKey(refund.key, round))
    if (found && found.status !== 'failed') return found
    if (round === refund.round) failed ??= found
  }
  return failed
}

/**
 * What others refunded of a payment, minor units: all that stands there and is not counted in our books. A refund
 * under a key of ours that failed or was given up, and stands after all, is among it.
 */
export function madeByOthers(
  listed: ProviderRefund[],
  ours: readonly Pick<RefundRow, 'key' | 'round' | 'state' | 'provider_id'>[],
): number {
  const counted = ours.filter(({ state }) => COUNTED.includes(state))
  const ids = new Set(counted.map(({ provider_id }) => provider_id))
  const keys = new Set(
    counted.flatMap(({ key, round }) => Array.from({ length: round }, (_, at) => payoutKey(key, at + 1))),
  )
  return listed
    .filter(({ id, key, status }) => status !== 'failed' && !ids.has(id) && (key === null || !keys.has(key)))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}
