/** Posts joined into cases, their drafts, and what people decide on both. */
export { addNote } from './add-note.ts'
export { approveDraft, UNDO_MS } from './approve-draft.ts'
export { assignCase } from './assign-case.ts'
export type { Unread } from './can-read.ts'
export {
  type CheckText,
  mayBeOverridden,
  mayGoOut,
  reportOn,
  type TextContext,
  type TextReport,
} from './checked-text.ts'
export { closeCase } from './close-case.ts'
export { type Correction, codingOf, correctCode } from './correct-code.ts'
export type { Conflict, FourEyes, Locked, Refused } from './decision.ts'
export { type DraftedCases, type DraftOptions, draftCases } from './draft-cases.ts'
export { escalateCase, settleEscalation } from './escalate-case.ts'
export { isAbusive, LEAD_ROLES } from './hand-abuse.ts'
export { CRISIS_REASON } from './hold-back.ts'
export { markPostedByHand } from './mark-posted.ts'
export { markNotForUs } from './not-for-us.ts'
export { openComposer } from './open-composer.ts'
export { type OtherDraft, otherDrafts, type TemplateTexts, twinOfDraft } from './other-drafts.ts'
export { polishDrafts } from './polish-drafts.ts'
export type { Claims } from './raise-claim.ts'
export { recogniseReply } from './recognise-reply.ts'
export { rejectDraft } from './reject-draft.ts'
export { reopenCase } from './reopen-case.ts'
export { type Rewording, rewordDraft, type Writer } from './reword-draft.ts'
export { saveDraft } from './save-draft.ts'
export { askOpinions, leaveUnsure, type UnsurePost, type Weigh, withOpinions } from './second-opinions.ts'
export { snoozeCase, wakeCases } from './snooze-case.ts'
export { takeLock } from './take-lock.ts'
export { type TextToTake, takeText } from './take-text.ts'
export { type FindEntities, type TouchedCase, triagePosts } from './triage-posts.ts'
export { undoApproval } from './undo-approval.ts'
