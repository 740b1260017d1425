/** Rules, the decision and its reasons, the ledger's lines, and the way to the shop. Gateways: `./gateways/`. */
export { ConditionError } from './condition.ts'
export { type Decision, decideRefund, type Reason } from './decide.ts'
export { causeOf, type RefundEvent, type RefundEventKind, type RefundSession } from './event.ts'
export * from './gateways/index.ts'
export { payoutKey, refundKey } from './key.ts'
export {
  assertBalanced,
  auditLedger,
  balances,
  failedLines,
  type LedgerAccount,
  type LedgerEntry,
  type LedgerEntryKind,
  LedgerError,
  type LedgerLine,
  paidLines,
  reserveLines,
  reversedLines,
} from './ledger.ts'
export { loadRefundRules } from './load.ts'
export { type PayoutOutcome, payRefund, type WriteMail } from './pay-refund.ts'
export { type RefundConflict, retryRefund } from './retry-refund.ts'
export { type RefundRule, refundRuleJsonSchema } from './rule.ts'
export type { Sentence } from './sentence.ts'
export { reserveGranted, type SettledSession, settleSession } from './settle-session.ts'
export { settleUnknownRefund } from './settle-unknown.ts'
export {
  createShopClient,
  ShopAnswerError,
  type ShopClient,
  type ShopCustomer,
  ShopNotFoundError,
  type ShopOrder,
  ShopUnavailableError,
} from './shop.ts'
export { type RefundVariable, refundVariables } from './variables.ts'
