/** What a model costs, in millionths of a US dollar per million tokens. */
export interface ModelPrice {
  inputMicroUsd: number
  outputMicroUsd: number
}

const MILLION = 1_000_000
/** What servers wrap around messages and schema: roles, separators, a heading. */
const WRAPPING_TOKENS = 256

/** What a call costs by its tokens, in millionths of a US dollar, rounded up. */
export function costMicroUsd(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return Math.ceil((inputTokens * price.inputMicroUsd + outputTokens * price.outputMicroUsd) / MILLION)
}

/** The most a call can cost: a token is at least one byte of what is sent, and no more come back than we allow. */
export function mostMicroUsd(price: ModelPrice, sent: string, maxOutputTokens: number): number {
  return costMicroUsd(price, Buffer.byteLength(sent) + WRAPPING_TOKENS, maxOutputTokens)
}
