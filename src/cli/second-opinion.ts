import pLimit from 'p-limit'
import { loadConfig } from '../config.ts'
import {
  createLanguageModel,
  createMemoryBudget,
  createMemoryCache,
  type LanguageModel,
} from '../language-model/index.ts'
import { autoApproveFrom, loadReplies, wantsSecondOpinion } from '../replies/index.ts'
import { createSecondOpinion, type SecondOpinion, type Taxonomy } from '../triage/index.ts'
import { CommandError } from './command.ts'
import { write } from './output.ts'

const MICRO = 1_000_000

/**
 * A second opinion that needs no database: budget and memory end with the run.
 * @throws CommandError where no model is configured
 */
export async function openSecondOpinion(
  dir: string,
  taxonomy: Taxonomy,
): Promise<{ second: SecondOpinion; close(): Promise<void> }> {
  const { openai } = loadConfig(process.env)
  if (!openai) {
    throw new CommandError(
      '--model: none is configured. Set OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL.',
    )
  }
  const { policy, prices } = loadReplies(dir)
  const model = createLanguageModel({
    ...openai,
    price: prices.modelPrice(openai.model),
    budget: createMemoryBudget(openai.dailyBudgetMicroUsd),
    cache: createMemoryCache(),
  })
  const counted = { asked: 0, failed: 0, microUsd: 0 }
  const turns = pLimit(openai.concurrency)
  const patient: LanguageModel = {
    ...model,
    // Nobody waits for a file: each question has its turn, however many there are.
    ask: (question) =>
      turns(async () => {
        const answer = await model.ask(question)
        counted.asked += 1
        counted.microUsd += answer.costMicroUsd
        if (!answer.ok) counted.failed += 1
        return answer
      }),
  }
  return {
    second: createSecondOpinion({
      taxonomy,
      model: patient,
      wants: (local) => wantsSecondOpinion(policy, local),
      autoApproveFrom: autoApproveFrom(policy),
    }),
    async close() {
      const failure = model.state()?.failure
      const failed =
        counted.failed > 0 ? `, ${counted.failed} without an answer (${failure?.reason ?? 'left alone'})` : ''
      await write(
        process.stderr,
        `${openai.model}: asked about ${counted.asked} posts${failed}, $${(counted.microUsd / MICRO).toFixed(4)}\n`,
      )
      await model.close()
    },
  }
}
