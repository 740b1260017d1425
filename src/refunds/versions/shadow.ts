import { decideRefund } from '../decision/decide.ts'
import type { RefundEvent } from '../decision/event.ts'
import { kindOf } from '../rules/compile-rule.ts'
import type { RefundRule } from '../rules/rule.ts'

/** What a version that pays nothing would have decided. */
export interface ShadowDecision {
  ruleId: string
  hash: string
  /** `no-rule` where this version would not have spoken: nothing, or another rule would have. */
  outcome: 'pay' | 'ask' | 'deny' | 'no-rule'
  action: RefundRule['action']
  amountMinor: number
  currency: string
  limit: string | null
}

/**
 * Decides an event once more for each version in the shadow, as if that one were active in place of its sibling and
 * all other active rules stood as they do. Pure. Limits count what was really given, to which a rule in the shadow
 * adds nothing.
 * @param shadow versions of rules for other events are passed over
 */
export function decideInShadow(
  event: RefundEvent,
  active: readonly RefundRule[],
  shadow: readonly RefundRule[],
): ShadowDecision[] {
  return shadow
    .filter((version) => kindOf(version) === event.kind)
    .map((version) => {
      const decision = decideRefund(event, inPlace(active, version))
      const spoke = decision.ruleId === version.id
      return {
        ruleId: version.id,
        hash: version.hash,
        outcome: spoke ? decision.outcome : 'no-rule',
        action: version.action,
        amountMinor: spoke ? decision.amountMinor : 0,
        currency: decision.currency,
        limit: spoke ? decision.limit : null,
      }
    })
}

const lists = new WeakMap<readonly RefundRule[], WeakMap<RefundRule, readonly RefundRule[]>>()

/** The active rules with a version in the place of its sibling; the same list for the same versions. */
function inPlace(active: readonly RefundRule[], version: RefundRule): readonly RefundRule[] {
  let own = lists.get(active)
  if (!own) {
    own = new WeakMap()
    lists.set(active, own)
  }
  let list = own.get(version)
  if (!list) {
    list = [...active.filter((rule) => rule.id !== version.id), version]
    own.set(version, list)
  }
  return list
}
