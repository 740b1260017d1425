import type { RefundRow } from '../store/refunds.ts'
import type { Gateway, GatewayRefund } from './gateways/index.ts'
import { payoutKey } from './key.ts'

/**
 * Asks the provider for a refund under the keys of all its rounds; one that stands counts before one that failed,
 * and a failure of an earlier round is known. Null where it was never sent, or the provider lists nothing.
 * @throws GatewayUnavailableError
 */
export async function findTaken(
  gateway: Gateway,
  refund: Pick<RefundRow, 'key' | 'round' | 'state'>,
): Promise<GatewayRefund | null> {
  const last = refund.state === 'reserved' ? refund.round - 1 : refund.round
  let failed: GatewayRefund | null = null
  for (let round = last; round >= 1; round -= 1) {
    const found = await gateway.findByKey(payoutKey(refund.key, round))
    if (found && found.status !== 'failed') return found
    if (round === refund.round) failed = found
  }
  return failed
}
