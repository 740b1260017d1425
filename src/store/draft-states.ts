import type { DraftState } from './schema.ts'

/** A draft that is a case's current one; a case has one at the most. */
export const CURRENT_DRAFT: readonly DraftState[] = ['pending', 'approved', 'none', 'returned']

/** A draft that waits for a person. */
export const WAITING_DRAFT: readonly DraftState[] = ['pending', 'none', 'returned']
