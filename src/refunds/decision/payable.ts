import { formatMoney } from '../../money.ts'
import type { Gateway } from '../gateways/index.ts'
import type { RefundRule } from '../rules/rule.ts'
import { askInstead } from './ask-instead.ts'
import type { Decision } from './decide.ts'
import type { RefundEvent } from './event.ts'

/**
 * The same decision over what the provider can pay: some currencies are paid in steps (KWD at Stripe: of ten), and
 * what is reserved must be what goes. Where it can pay none of it, a person decides.
 */
export function inPayableUnits(
  gateway: Gateway,
  decision: Decision,
  event: RefundEvent,
  rule: RefundRule,
): Decision {
  const { outcome, action, amountMinor, currency } = decision
  if ((outcome !== 'pay' && outcome !== 'ask') || action === 'replace' || !gateway.payable) return decision
  const payable = gateway.payable(amountMinor, currency)
  if (payable === amountMinor) return decision
  if (payable <= 0) {
    return askInstead(decision, event, rule, {
      limit: 'payable',
      why: {
        en: 'the payment provider can not pay so small an amount in this currency',
        ja: '決済会社では、この通貨でこれほど少額の返金を行えません',
      },
    })
  }
  const money = (locale: 'en' | 'ja') => formatMoney(payable, currency, locale)
  const { en, ja } = decision.sentence
  return {
    ...decision,
    amountMinor: payable,
    limit: outcome === 'pay' ? 'payable' : decision.limit,
    sentence: {
      en: `${en} The payment provider pays this currency in larger steps, so it is ${money('en')}.`,
      ja: `${ja}決済会社がこの通貨で返金できる単位の都合により、${money('ja')}となります。`,
    },
  }
}
