/** Answers that were given before. Keys are hashes; what was asked is not kept. */
export interface ModelCache {
  /** The answer as it was kept, or undefined. */
  find(key: string): Promise<unknown>
  keep(key: string, about: { purpose: string; model: string }, answer: unknown): Promise<void>
}

const MAX_ANSWERS = 10_000

/** A cache for one process, forgotten with it; the oldest answers make room. */
export function createMemoryCache(): ModelCache {
  const answers = new Map<string, unknown>()
  return {
    async find(key) {
      return answers.get(key)
    },
    async keep(key, _about, answer) {
      answers.set(key, answer)
      const [oldest] = answers.keys()
      if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest)
    },
  }
}
