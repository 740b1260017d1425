export { type ListeningFile, loadListening } from './listening-file.ts'
export { lookAgain } from './look-again.ts'
export * from './network.ts'
export { countPosts, type PollResult, pollSource } from './poll.ts'
export { createReplayNetwork } from './replay/index.ts'
export { rereadQuarantined } from './reread.ts'
export {
  type ApiAllowance,
  type ApiBudget,
  type ApiSpend,
  type ApiUse,
  allowanceFor,
} from './x/api-budget.ts'
export type { CallBudget } from './x/client.ts'
export { createXNetwork, type Meter } from './x/index.ts'
