import { z } from 'zod'
import type { LanguageModel } from '../language-model/index.ts'
import type { Classification, TriageInput } from './classify.ts'
import { maskPersonalData } from './mask.ts'
import { MOST_CONFIDENCE, mergeOpinion } from './merge-opinion.ts'
import type { Taxonomy } from './taxonomy.ts'

/** What a model says of a post; nothing else of its answer is looked at. */
export interface Opinion {
  model: string
  code: string
  /** Primary first. */
  codes: string[]
  sentiment: 'negative' | 'neutral' | 'positive'
  /** 0..1, by the model's own account. */
  confidence: number
}

/** A language model, asked about posts of which our own reading is not sure. */
export interface SecondOpinion {
  /** Whether this post is worth asking about. Where somebody may be in danger it never is: that waits for nobody. */
  isWanted(local: Classification): boolean
  /** Asks; null where there is no answer, in time or at all. Never throws. */
  ask(text: string): Promise<Opinion | null>
  merge(input: TriageInput, local: Classification, opinion: Opinion): Classification
}

export interface SecondOpinionOptions {
  taxonomy: Taxonomy
  model: LanguageModel
  /** What the policy says. */
  wants(local: Classification): boolean
  /** What is at least this sure may go out by itself, so that an opinion alone must stay below; null: nothing may. */
  autoApproveFrom?: number | null
}

/** As much of a post as our own reading looks at. */
const MAX_TEXT = 4000
/** Longer than any post: what is masked is not cut in the middle of a telephone number. */
const MAX_MASKED = 100_000
const MAX_CODES = 5
const MAX_OUTPUT_TOKENS = 600
const BELOW = 0.01

/** Puts taxonomy and model together; see `mergeOpinion` for what an answer may change. */
export function createSecondOpinion(options: SecondOpinionOptions): SecondOpinion {
  const { taxonomy, model, wants, autoApproveFrom } = options
  const most = Math.max(0, Math.min(MOST_CONFIDENCE, (autoApproveFrom ?? 1) - BELOW))
  const code = z.enum(taxonomy.codes.map((each) => each.code))
  const schema = z.strictObject({
    code,
    codes: z.array(code).max(MAX_CODES),
    sentiment: z.enum(['negative', 'neutral', 'positive']),
    confidence: z.number().min(0).max(1),
  })
  const instructions = instructionsOf(taxonomy)
  return {
    isWanted: (local) =>
      local.needsPerson !== 'danger' &&
      local.needsPerson !== 'abuse' &&
      local.language !== 'und' &&
      wants(local),
    async ask(text) {
      const data = withoutPeople(text)
      const answer = await model.ask({
        purpose: 'triage',
        schemaName: 'wrap_up',
        schema,
        instructions,
        data,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        cacheKey: `${taxonomy.hash}\n${data}`,
      })
      if (!answer.ok) return null
      const { value } = answer
      return { ...value, codes: [...new Set([value.code, ...value.codes])], model: answer.model }
    },
    merge: (input, local, opinion) => mergeOpinion(taxonomy, input, local, opinion, most),
  }
}

/** What leaves the house: no personal data, no account names, no links. */
export function withoutPeople(text: string): string {
  return maskPersonalData(text.slice(0, MAX_MASKED).toWellFormed())
    .replace(/https?:\/\/[^\s]{1,2000}/gi, '[link]')
    .replace(/[@＠]\w{1,30}/g, '@someone')
    .slice(0, MAX_TEXT)
}

function instructionsOf(taxonomy: Taxonomy): string {
  const codes = taxonomy.codes.map(
    ({ code, name, description }) =>
      `- ${code}: ${name.en} (${name.ja}). ${description.en} ${description.ja}`,
  )
  return `You sort what customers of a company write in public, in any language. Customers are often ironic, terse or polite while angry.

Choose from these codes only:
${codes.join('\n')}

Answer with:
- code: what the post is mainly about
- codes: all codes that apply, the main one first, ${MAX_CODES} at most
- sentiment: how the writer feels about the company or what it did: negative, neutral or positive. A failure that was put right and is thanked for is positive.
- confidence: how sure you are of code, from 0 to 1`
}
