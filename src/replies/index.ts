export type { Brand } from './brand.ts'
export type { Check, CheckContext } from './check.ts'
export type { Draft, DraftInput } from './draft.ts'
export { type LiveReplies, watchReplies } from './live.ts'
export type { Signer } from './mark.ts'
export type { OtherText } from './other-texts.ts'
export {
  autoApproveFrom,
  type FourEyesReason,
  type FourEyesRule,
  type FourEyesSubject,
  fourEyesReason,
  type Policy,
  wantsPolish,
  wantsSecondOpinion,
} from './policy.ts'
export { ModelPriceError, type PriceKind, type Prices } from './prices.ts'
export type { Delivery, Publication, PublicationInput } from './publication.ts'
export { loadReplies, type Replies, type RepliesOptions, type TextReport } from './replies.ts'
export {
  hide,
  type Refusal,
  type RewordingAbout,
  readRewording,
  rewordingQuestion,
  type Wish,
} from './rewording/index.ts'
export { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'
