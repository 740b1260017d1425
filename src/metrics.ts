import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export const registry = new Registry()

const registers = [registry]
const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export const postsTotal = new Counter({
  name: 'kikimimi_posts_total',
  help: 'Posts stored, by network and what became of them at the door (heard, own, repost)',
  labelNames: ['network', 'kind'],
  registers,
})
export const draftsTotal = new Counter({
  name: 'kikimimi_drafts_total',
  help: 'Drafts written, by outcome (pending, approved by policy, none)',
  labelNames: ['outcome', 'locale'],
  registers,
})
export const repliesTotal = new Counter({
  name: 'kikimimi_replies_total',
  help: 'Replies, by outcome (sent, returned, unknown)',
  labelNames: ['network', 'outcome'],
  registers,
})
export const refundsTotal = new Counter({
  name: 'kikimimi_refunds_total',
  help: 'Refunds, by outcome (paid, failed, asked, unknown)',
  labelNames: ['outcome', 'currency'],
  registers,
})
export const gatewayCircuit = new Gauge({
  name: 'kikimimi_gateway_circuit',
  help: 'Circuit breaker of a payment gateway: 0 closed, 1 half-open, 2 open (payouts wait)',
  labelNames: ['gateway'],
  registers,
})
export const webhooksTotal = new Counter({
  name: 'kikimimi_webhooks_total',
  help: 'Webhooks of payment providers, by outcome (taken, repeated, forged, clock-skew, malformed)',
  labelNames: ['provider', 'outcome'],
  registers,
})
export const replacementsTotal = new Counter({
  name: 'kikimimi_replacements_total',
  help: 'Pieces that the shop sends again, by outcome (sent, failed)',
  labelNames: ['outcome'],
  registers,
})
export const mailsTotal = new Counter({
  name: 'kikimimi_mails_total',
  help: 'Mails to customers, by outcome',
  labelNames: ['outcome'],
  registers,
})
export const cmcdReportsTotal = new Counter({
  name: 'kikimimi_cmcd_reports_total',
  help: 'CMCD reports received, by outcome (stored, repeated, malformed, refused)',
  labelNames: ['outcome'],
  registers,
})
export const apiSpend = new Counter({
  name: 'kikimimi_api_spend_micro_usd_total',
  help: 'What calls to networks cost, in millionths of a US dollar',
  labelNames: ['network', 'kind'],
  registers,
})
export const modelCalls = new Counter({
  name: 'kikimimi_model_calls_total',
  help: 'Questions to the language model, by purpose and outcome (answered, cached, or why there was no answer)',
  labelNames: ['purpose', 'outcome'],
  registers,
})
export const modelSpend = new Counter({
  name: 'kikimimi_model_spend_micro_usd_total',
  help: 'What the language model cost, in millionths of a US dollar',
  labelNames: ['purpose'],
  registers,
})
export const claimsTotal = new Counter({
  name: 'kikimimi_claims_total',
  help: 'Invitations to link an author to a customer: started, linked, unlinked, or why it went no further',
  labelNames: ['outcome'],
  registers,
})
export const jobWait = new Histogram({
  name: 'kikimimi_queue_wait_seconds',
  help: 'Time from queueing a job to its start',
  labelNames: ['queue'],
  buckets: SECONDS,
  registers,
})
export const jobRun = new Histogram({
  name: 'kikimimi_queue_run_seconds',
  help: 'Time a job ran',
  labelNames: ['queue'],
  buckets: SECONDS,
  registers,
})
export const rowsDone = new Counter({
  name: 'kikimimi_queue_done_total',
  help: 'Rows that a stage was through with',
  labelNames: ['queue'],
  registers,
})
export const jobFailures = new Counter({
  name: 'kikimimi_queue_failures_total',
  help: 'Attempts that failed',
  labelNames: ['queue'],
  registers,
})
export const deadLetters = new Gauge({
  name: 'kikimimi_dead_letters',
  help: 'Rows that a person must look at',
  labelNames: ['queue'],
  registers,
})
export const deadLetterAge = new Gauge({
  name: 'kikimimi_dead_letter_age_seconds',
  help: 'Age of the oldest dead letter, 0 where there is none',
  labelNames: ['queue'],
  registers,
})
export const queueWaiting = new Gauge({
  name: 'kikimimi_queue_waiting',
  help: 'Jobs waiting',
  labelNames: ['queue'],
  registers,
})
export const unsettledRefundAge = new Gauge({
  name: 'kikimimi_unsettled_refund_age_seconds',
  help: 'Since when the oldest refund waits for an answer of the provider, 0 where none does',
  registers,
})
export const payoutsStopped = new Gauge({
  name: 'kikimimi_payouts_stopped',
  help: '1 while payouts are stopped, by what stopped them',
  labelNames: ['kind'],
  registers,
})
export const unknownRefunds = new Gauge({
  name: 'kikimimi_unknown_refunds',
  help: 'Refunds of which nobody can tell whether they were paid; a person settles them',
  registers,
})
export const silentRefundRules = new Gauge({
  name: 'kikimimi_refund_rule_silent',
  help: 'Active refund rules: 1 where one has not fired for its quietDays although its event came, else 0',
  labelNames: ['rule'],
  registers,
})
export const undecidedSessionAge = new Gauge({
  name: 'kikimimi_undecided_session_age_seconds',
  help: 'Since when the oldest playback session that is over waits for its decision, 0 where none does',
  registers,
})
export const streamingIncidents = new Gauge({
  name: 'kikimimi_streaming_incidents',
  help: 'Streaming failures that are ours and wide, open now',
  registers,
})
