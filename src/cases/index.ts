export { type DraftedCases, draftCases } from './draft-cases.ts'
export { type TouchedCase, triagePosts } from './triage-posts.ts'
