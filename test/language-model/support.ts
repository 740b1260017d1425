import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  createLanguageModel,
  createMemoryBudget,
  createMemoryCache,
  type LanguageModelOptions,
  type Question,
} from '../../src/language-model/index.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'

/** $1 a million tokens in, $10 out: 1,000 tokens in and 50 out cost 1,500 millionths. */
export const PRICE = { inputMicroUsd: 1_000_000, outputMicroUsd: 10_000_000 }
export const USUAL_COST = 1500

const schema = z.strictObject({ code: z.enum(['late', 'none']), confidence: z.number().min(0).max(1) })
export type Answer = z.infer<typeof schema>
export const RIGHT: Answer = { code: 'late', confidence: 0.9 }

/** A question about a post, which is also what makes it the same question. */
export function about(data: string): Question<Answer> {
  return {
    purpose: 'test',
    schemaName: 'answer',
    schema,
    instructions: 'Say what the post is about.',
    data,
    maxOutputTokens: 100,
    cacheKey: data,
  }
}

export async function modelServer(): Promise<ModelServer> {
  const server = await startModelServer()
  onTestFinished(() => server.close())
  return server
}

/** A model on a test server, with a budget of $100 and a cache of its own. */
export function modelOn(server: { baseUrl: string }, changes: Partial<LanguageModelOptions> = {}) {
  const model = createLanguageModel({
    apiKey: 'sk-test',
    baseUrl: server.baseUrl,
    model: 'test-model',
    price: PRICE,
    timeoutMs: 5000,
    concurrency: 4,
    budget: createMemoryBudget(100_000_000),
    cache: createMemoryCache(),
    ...changes,
  })
  onTestFinished(() => model.close())
  return model
}
