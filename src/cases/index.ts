/** Posts joined into cases, their drafts, and what people decide on both. */
export { approveDraft } from './approve-draft.ts'
export {
  type CheckText,
  mayGoOut,
  reportOn,
  type TextContext,
  type TextReport,
} from './checked-text.ts'
export { closeCase } from './close-case.ts'
export { type Correction, codingOf, correctCode } from './correct-code.ts'
export type { Conflict, Refused } from './decision.ts'
export { type DraftedCases, type DraftOptions, draftCases } from './draft-cases.ts'
export { markPostedByHand } from './mark-posted.ts'
export type { Claims } from './raise-claim.ts'
export { rejectDraft } from './reject-draft.ts'
export { reopenCase } from './reopen-case.ts'
export { saveDraft } from './save-draft.ts'
export { askOpinions, leaveUnsure, type UnsurePost, type Weigh, withOpinions } from './second-opinions.ts'
export { type FindEntities, type TouchedCase, triagePosts } from './triage-posts.ts'
