/** Rules, the decision and its reasons, the ledger's lines, and the way to the shop. Gateways: `./gateways/`. */

export {
  type Activation,
  activateRule,
  COMMAND_LINE,
  findVersion,
  retireRule,
  withdrawProposal,
} from './activate-rule.ts'
export { approveIncident } from './approve-incident.ts'
export { approveRefund, type Capped, denyRefund } from './approve-refund.ts'
export { type BudgetToday, budgetsToday } from './budgets-today.ts'
export { compileRule, kindOf, matchRule, rulesFor } from './compile-rule.ts'
export {
  chooseOrderLine,
  dropClaim,
  type RecentOrders,
  type ResolvedComplaint,
  recentOrders,
  resolveComplaint,
  wantedCodes,
} from './complaints.ts'
export { ConditionError } from './condition.ts'
export { type Decision, decideRefund } from './decide.ts'
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
} from './event.ts'
export { type ReplayedEvent, refundEventLine } from './event-line.ts'
export * from './gateways/index.ts'
export { type Goodwill, type GoodwillOutcome, type GoodwillParts, grantGoodwill } from './goodwill.ts'
export { type GoodwillBudget, goodwillAmounts, goodwillBudget } from './goodwill-budget.ts'
export {
  JOURNAL_COLUMNS,
  type JournalSpan,
  journalCsv,
  journalOf,
  journalRow,
  journalSpan,
} from './journal.ts'
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
export { type LimitHit, limitHit, type UsageWindow, usageKeys } from './limits.ts'
export {
  checkRefundRules,
  type KnownTemplates,
  loadRefundRules,
  parseRefundRule,
  type RefundRulesCheck,
} from './load.ts'
export { watchOverdue } from './overdue.ts'
export { type Gateways, type PayoutOutcome, payRefund, type WriteMail } from './pay-refund.ts'
export { companyDay, inBaseMinor, loadPayouts, type Payouts } from './payouts.ts'
export { linesToChoose, type OrderLine, pickOrderLine } from './pick-order-line.ts'
export type { Reason } from './reasons.ts'
export { reconcileClosedDays, reconcileDay } from './reconcile.ts'
export { type ReplaceOutcome, sendReplacement, type WriteReplacementMail } from './replace.ts'
export { capHit, reserve } from './reserve.ts'
export { giveUpRefund, type RefundConflict, retryRefund } from './retry-refund.ts'
export { type RefundAction, type RefundLimitScope, type RefundRule, refundRuleJsonSchema } from './rule.ts'
export { type DiffLine, formatDiff, ruleDiff } from './rule-diff.ts'
export { type ReportedRule, type ReportedVersion, reportRules, type Spoken } from './rule-report.ts'
export { ruleWarnings } from './rule-warnings.ts'
export { sampleEvents } from './sample-events.ts'
export { describeValue, type Sentence } from './sentence.ts'
export { type LinePlayback, type Settled, type SettleParts, settleEvent } from './settle-event.ts'
export { settleUnknownRefund } from './settle-unknown.ts'
export { decideInShadow, type ShadowDecision } from './shadow.ts'
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
} from './shop.ts'
export { type SilentRule, silentRules } from './silent-rules.ts'
export {
  type Difference,
  type Money,
  type Simulation,
  type SimulationOptions,
  simulateRefunds,
  type Tally,
} from './simulate.ts'
export { SimulationError, simulateApart } from './simulate-apart.ts'
export { MOST_EVENTS, type StoredSimulation, simulateStored } from './simulate-stored.ts'
export { type RefundVariable, refundVariables, variablesOf } from './variables.ts'
export { activeRules, goneRules, registerRules, shadowRules, unreadableRules } from './versions.ts'
export { type RuleFiles, watchRules } from './watch-rules.ts'
