import type { Command } from './command.ts'

interface Listed {
  summary: string
  /** Only the command that runs is loaded, with all that it needs. */
  load(): Promise<Command>
}

/** Every command, in the order of the help. */
export const COMMANDS = {
  classify: {
    summary: 'posts in, language, sentiment, wrap-up codes and severity out',
    load: async () => (await import('./classify.ts')).classify,
  },
  'triage evaluate': {
    summary: 'how often triage gives the code that people gave',
    load: async () => (await import('./triage-evaluate.ts')).triageEvaluate,
  },
  'taxonomy check': {
    summary: 'codes whose examples collide',
    load: async () => (await import('./taxonomy-check.ts')).taxonomyCheck,
  },
  'taxonomy learn': {
    summary: 'turns corrected codes into examples that a person rewrites',
    load: async () => (await import('./taxonomy-learn.ts')).taxonomyLearn,
  },
  draft: {
    summary: 'posts in, replies out, with their checks and cost',
    load: async () => (await import('./draft.ts')).draft,
  },
  quality: {
    summary: 'CMCD reports in, one line of quality a session out',
    load: async () => (await import('./quality.ts')).quality,
  },
  'refunds check': {
    summary: 'finds every fault in the refund rules',
    load: async () => (await import('./refunds-check.ts')).refundsCheck,
  },
  'refunds rules': {
    summary: 'which versions of the rules pay, and what the others would have paid',
    load: async () => (await import('./refunds-rules.ts')).refundsRules,
  },
  'refunds activate': {
    summary: 'makes a version of a rule pay',
    load: async () => (await import('./refunds-activate.ts')).refundsActivate,
  },
  'refunds retire': {
    summary: 'stops a rule',
    load: async () => (await import('./refunds-retire.ts')).refundsRetire,
  },
  'refunds simulate': {
    summary: 'what the rules as edited would have paid',
    load: async () => (await import('./refunds-simulate.ts')).refundsSimulate,
  },
  'refunds journal': {
    summary: 'the ledger as CSV for bookkeeping',
    load: async () => (await import('./refunds-journal.ts')).refundsJournal,
  },
  'crisis status': {
    summary: 'whether anything goes out by itself',
    load: async () => (await import('./crisis.ts')).crisisStatus,
  },
  'crisis start': {
    summary: 'stops every automatic reply at once',
    load: async () => (await import('./crisis.ts')).crisisStart,
  },
  'crisis end': {
    summary: 'lets policy decide again',
    load: async () => (await import('./crisis.ts')).crisisEnd,
  },
  'payouts status': {
    summary: 'whether money goes out, and what stops it',
    load: async () => (await import('./payouts.ts')).payoutsStatus,
  },
  'payouts stop': {
    summary: 'stops all payouts at once',
    load: async () => (await import('./payouts.ts')).payoutsStop,
  },
  'payouts resume': {
    summary: 'lets payouts go on',
    load: async () => (await import('./payouts.ts')).payoutsResume,
  },
  'templates check': {
    summary: 'finds every fault in everything under templates/',
    load: async () => (await import('./templates-check.ts')).templatesCheck,
  },
  'chat test': {
    summary: 'sends a test message to a channel of templates/chat.yaml',
    load: async () => (await import('./chat-test.ts')).chatTest,
  },
  status: {
    summary: 'queues, lags, sources, dead letters, spend, limits, workers',
    load: async () => (await import('./status.ts')).status,
  },
  spend: {
    summary: 'what listening cost, and what an answered complaint cost',
    load: async () => (await import('./spend.ts')).spend,
  },
  'dead-letters list': {
    summary: 'what failed for good',
    load: async () => (await import('./dead-letters-list.ts')).deadLettersList,
  },
  'dead-letters retry': {
    summary: 'has it tried again: an ID, or --all',
    load: async () => (await import('./dead-letters-retry.ts')).deadLettersRetry,
  },
  'dead-letters drop': {
    summary: 'gives one up',
    load: async () => (await import('./dead-letters-drop.ts')).deadLettersDrop,
  },
  'voice review': {
    summary: 'what customers said in a week or a day, as HTML, Markdown or CSV',
    load: async () => (await import('./voice-review.ts')).voiceReview,
  },
  'voice export': {
    summary: 'coded contacts as CSV or Parquet',
    load: async () => (await import('./voice-export.ts')).voiceExport,
  },
  'voice grant': {
    summary: 'makes a database role that reads the contacts and nothing else',
    load: async () => (await import('./voice-grant.ts')).voiceGrant,
  },
  'voice revoke': {
    summary: 'takes such a role away',
    load: async () => (await import('./voice-grant.ts')).voiceRevoke,
  },
  'voice token make': {
    summary: 'prints a token for GET /v1/contacts',
    load: async () => (await import('./voice-tokens.ts')).voiceTokenMake,
  },
  'voice token list': {
    summary: 'who may call it',
    load: async () => (await import('./voice-tokens.ts')).voiceTokenList,
  },
  'voice token end': {
    summary: 'ends a token',
    load: async () => (await import('./voice-tokens.ts')).voiceTokenEnd,
  },
  'person find': {
    summary: 'what there is of one person',
    load: async () => (await import('./person-find.ts')).personFind,
  },
  'person erase': {
    summary: 'erases one person everywhere, with proof; --again after a backup was restored',
    load: async () => (await import('./person-erase.ts')).personErase,
  },
  'person erasures': {
    summary: 'the records of all erasures',
    load: async () => (await import('./person-erasures.ts')).personErasures,
  },
  'user invite': {
    summary: 'prints a one-time link to the desk',
    load: async () => (await import('./user-invite.ts')).userInvite,
  },
} as const satisfies Record<string, Listed>

export type CommandName = keyof typeof COMMANDS
