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
  status: {
    summary: 'queues, lags, sources, dead letters, spend, limits, workers',
    load: async () => (await import('./status.ts')).status,
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
  'user invite': {
    summary: 'prints a one-time link to the desk',
    load: async () => (await import('./user-invite.ts')).userInvite,
  },
} as const satisfies Record<string, Listed>

export type CommandName = keyof typeof COMMANDS
