export { createMemoryBudget, type ModelBudget, type Reservation } from './budget.ts'
export { createMemoryCache, type ModelCache } from './cache.ts'
export type { FailureReason } from './call-error.ts'
export {
  createLanguageModel,
  type LanguageModel,
  type LanguageModelOptions,
  type ModelAnswer,
  type ModelState,
} from './language-model.ts'
export type { ModelPrice } from './price.ts'
export type { Question } from './question.ts'
