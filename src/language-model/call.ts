import type { OpenAI } from 'openai'
import { z } from 'zod'
import { CallError } from './call-error.ts'
import { limitedFetch } from './limited-fetch.ts'
import { type Message, type Question, toJsonSchema } from './question.ts'
import { toCallError } from './read-error.ts'

export interface Endpoint {
  /** null for servers that want none. */
  apiKey: string | null
  /** null: OpenAI's own. */
  baseUrl: string | null
  model: string
}

/** What a server said: its text, and what it counted. */
export interface Completion {
  content: string
  /** null where the server did not tell. */
  usage: { inputTokens: number; outputTokens: number } | null
  /** Set where the text is not to be used. */
  fault: CallError | null
}

export interface Call {
  /** The body that will be sent, to reckon its price by. */
  body: string
  send(signal: AbortSignal): Promise<Completion>
}

const OPENAI = 'https://api.openai.com/v1'

const tokens = z.int().min(0).max(100_000_000)
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
})

/** Prepares calls to one endpoint that speaks OpenAI's chat completions. */
export function createCaller({ apiKey, baseUrl, model }: Endpoint, timeoutMs: number) {
  let client: Promise<OpenAI> | null = null
  // Models differ in what they take; what one refused is not sent to it again.
  const habits = { temperature: true, maxCompletionTokens: baseUrl === null }

  /** The SDK is loaded by those only who use it. It is told everything, so that it reads no environment of its own. */
  async function open(): Promise<OpenAI> {
    const sdk = await import('openai')
    return new sdk.OpenAI({
      apiKey: apiKey ?? 'none',
      baseURL: baseUrl ?? OPENAI,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      fetch: limitedFetch,
      // Neither key nor text follows a server elsewhere.
      fetchOptions: { redirect: 'error' },
      ...(apiKey === null ? { defaultHeaders: { authorization: null } } : {}),
    })
  }

  return function prepare(question: Question<unknown>, messages: Message[]): Call {
    const limit = habits.maxCompletionTokens ? 'max_completion_tokens' : 'max_tokens'
    const request = {
      model,
      messages,
      [limit]: question.maxOutputTokens,
      ...(habits.temperature ? { temperature: 0 } : {}),
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: question.schemaName, strict: true, schema: toJsonSchema(question.schema) },
      },
    }
    return {
      body: JSON.stringify(request),
      async send(signal) {
        client ??= open()
        try {
          const answer: unknown = await (await client).chat.completions.create(request, { signal })
          return readCompletion(answer)
        } catch (error) {
          const refused = refusedParameter(error)
          if (refused === 'temperature' && habits.temperature) {
            habits.temperature = false
            throw new CallError('unavailable', 'the model takes no temperature', {
              again: true,
              retryAfterMs: 0,
              free: true,
            })
          }
          if (refused === limit && habits.maxCompletionTokens === (limit === 'max_completion_tokens')) {
            habits.maxCompletionTokens = !habits.maxCompletionTokens
            throw new CallError('unavailable', `the model takes no ${limit}`, {
              again: true,
              retryAfterMs: 0,
              free: true,
            })
          }
          throw toCallError(error)
        }
      },
    }
  }
}

function readCompletion(answer: unknown): Completion {
  const parsed = completionSchema.safeParse(answer)
  if (!parsed.success) {
    throw new CallError('unavailable', 'the answer is no chat completion: is OPENAI_BASE_URL right?', {
      outage: true,
    })
  }
  const { usage, choices } = parsed.data
  const [choice] = choices
  const { content, refusal } = choice?.message ?? {}
  const finish = choice?.finish_reason
  const fault =
    refusal || finish === 'content_filter'
      ? new CallError('refused', 'the model did not want to answer')
      : finish === 'length'
        ? new CallError('invalid', 'the answer was cut off: it is longer than allowed')
        : content
          ? null
          : new CallError('invalid', 'the answer is empty')
  return {
    content: content ?? '',
    usage: usage ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens } : null,
    fault,
  }
}

/** The parameter that a server says this model does not take, or null. */
function refusedParameter(error: unknown): string | null {
  const { status, code, param } = error as { status?: unknown; code?: unknown; param?: unknown }
  const unsupported = code === 'unsupported_value' || code === 'unsupported_parameter'
  return status === 400 && unsupported && typeof param === 'string' ? param : null
}
