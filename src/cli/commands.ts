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
