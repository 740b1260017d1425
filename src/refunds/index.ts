/** Rules, the decision and its reasons, the ledger's lines, and the way to the shop. Gateways: `./gateways/`. */

export {
  chooseOrderLine,
  dropClaim,
  type RecentOrders,
  type ResolvedComplaint,
  recentOrders,
  resolveComplaint,
  wantedCodes,
} from './complaints/complaints.ts'
export {
  type Goodwill,
  type GoodwillOutcome,
  type GoodwillParts,
  grantGoodwill,
} from './complaints/goodwill.ts'
export { type GoodwillBudget, goodwillAmounts, goodwillBudget } from './complaints/goodwill-budget.ts'
export { watchOverdue } from './complaints/overdue.ts'
export { linesToChoose, type OrderLine, pickOrderLine } from './complaints/pick-order-line.ts'
export { type ReplaceOutcome, sendReplacement, type WriteReplacementMail } from './complaints/replace.ts'
export { type Decision, decideRefund } from './decision/decide.ts'
export {
  causeOf,
  REFUND_EVENT_KINDS,
  type RefundCause,
  type RefundComplaint,
  type RefundEvent,
  type RefundEventKind,
  type RefundHistory,
  type RefundOrder,
  type RefundRuleEvent,
  type RefundSession,
  type RefundUsage,
} from './decision/event.ts'
export { type LimitHit, limitHit, type UsageWindow, usageKeys } from './decision/limits.ts'
export type { Reason } from './decision/reasons.ts'
export { describeValue, type Sentence } from './decision/sentence.ts'
export { type LinePlayback, type Settled, type SettleParts, settleEvent } from './decision/settle-event.ts'
export * from './gateways/index.ts'
export { approveIncident } from './payouts/approve-incident.ts'
export { approveRefund, type Capped, denyRefund } from './payouts/approve-refund.ts'
export { type BudgetToday, budgetsToday } from './payouts/budgets-today.ts'
export {
  JOURNAL_COLUMNS,
  type JournalSpan,
  journalCsv,
  journalOf,
  journalRow,
  journalSpan,
} from './payouts/journal.ts'
export { payoutKey, refundKey } from './payouts/key.ts'
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
} from './payouts/ledger.ts'
export { type Gateways, type PayoutOutcome, payRefund, type WriteMail } from './payouts/pay-refund.ts'
export { companyDay, inBaseMinor, loadPayouts, type Payouts } from './payouts/payouts.ts'
export { reconcileClosedDays, reconcileDay } from './payouts/reconcile.ts'
export { capHit, reserve } from './payouts/reserve.ts'
export { giveUpRefund, type RefundConflict, retryRefund } from './payouts/retry-refund.ts'
export { settleUnknownRefund } from './payouts/settle-unknown.ts'
export { compileRule, kindOf, matchRule, rulesFor } from './rules/compile-rule.ts'
export { ConditionError } from './rules/condition.ts'
export {
  checkRefundRules,
  type KnownTemplates,
  loadRefundRules,
  parseRefundRule,
  type RefundRulesCheck,
} from './rules/load.ts'
export {
  type RefundAction,
  type RefundLimitScope,
  type RefundRule,
  refundRuleJsonSchema,
} from './rules/rule.ts'
export { sampleEvents } from './rules/sample-events.ts'
export { type RefundVariable, refundVariables, variablesOf } from './rules/variables.ts'
export {
  createShopClient,
  ShopAnswerError,
  type ShopClient,
  type ShopCustomer,
  ShopNotFoundError,
  type ShopOrder,
  type ShopOverdueLine,
  ShopRefusedError,
  type ShopReplacement,
  ShopUnavailableError,
} from './shop/shop.ts'
export { type ReplayedEvent, refundEventLine } from './simulation/event-line.ts'
export {
  type Difference,
  type Money,
  type Simulation,
  type SimulationOptions,
  simulateRefunds,
  type Tally,
} from './simulation/simulate.ts'
export { SimulationError, simulateApart } from './simulation/simulate-apart.ts'
export { MOST_EVENTS, type StoredSimulation, simulateStored } from './simulation/simulate-stored.ts'
export {
  type Activation,
  activateRule,
  COMMAND_LINE,
  findVersion,
  retireRule,
  withdrawProposal,
} from './versions/activate-rule.ts'
export { type DiffLine, formatDiff, ruleDiff } from './versions/rule-diff.ts'
export { type ReportedRule, type ReportedVersion, reportRules, type Spoken } from './versions/rule-report.ts'
export { ruleWarnings } from './versions/rule-warnings.ts'
export { decideInShadow, type ShadowDecision } from './versions/shadow.ts'
export { type SilentRule, silentRules } from './versions/silent-rules.ts'
export { activeRules, goneRules, registerRules, shadowRules, unreadableRules } from './versions/versions.ts'
export { type RuleFiles, watchRules } from './versions/watch-rules.ts'
