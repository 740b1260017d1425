import { z } from 'zod'
import { callJson, type JsonAnswer, JsonCallError } from './json-call.ts'

/** Where the shop's API is, and what we show it. */
export interface ShopAccess {
  origin: string
  apiToken: string
  timeoutMs?: number
}

/** The shop does not have it, and asking again will not help. */
export class ShopNotFoundError extends Error {
  override name = 'ShopNotFoundError'
}

/** The shop could not be asked, or said "not now"; ask again later. */
export class ShopUnavailableError extends Error {
  override name = 'ShopUnavailableError'
}

/** The shop answered something that is not in its API; someone must look. */
export class ShopAnswerError extends Error {
  override name = 'ShopAnswerError'
}

/** What became of one call that changes something. */
export type ShopOutcome =
  | { outcome: 'done'; json: unknown }
  | { outcome: 'refused'; code: string; message: string }
  /** `unsent`: nothing happened. `lost`: it may have. */
  | { outcome: 'unsent'; message: string }
  | { outcome: 'lost'; message: string }

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
const NOT_NOW = new Set([401, 403, 408, 425, 429])
/** A list that goes on for longer is not believed to end. */
const MOST_PAGES = 1000

/** Calls to the shop's API, bearer token, each made once. */
export function createShopCall({ origin, apiToken, timeoutMs = 10_000 }: ShopAccess) {
  const headers = { authorization: `Bearer ${apiToken}` }

  /**
   * Reads one thing. @param what names it in errors
   * @throws ShopNotFoundError, ShopUnavailableError, ShopAnswerError
   */
  async function get<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T> {
    let answer: JsonAnswer
    try {
      answer = await callJson(new URL(path, origin), { method: 'GET', headers, timeoutMs })
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      throw new ShopUnavailableError(`the shop could not be asked for ${what}: ${error.message}`, {
        cause: error,
      })
    }
    if (answer.status === 404) throw new ShopNotFoundError(`the shop has no ${what}`)
    if (answer.status !== 200)
      throw new ShopUnavailableError(`the shop answered ${answer.status} for ${what}${advice(answer.status)}`)
    const parsed = schema.safeParse(answer.json)
    if (!parsed.success) throw new ShopAnswerError(`${what} of the shop: ${faults(parsed.error)}`)
    return parsed.data
  }

  /** Reads every page of a list: `{"data": […], "nextCursor": "…" | null}`. */
  async function list<T>(path: string, query: Record<string, string>, schema: z.ZodType<T>): Promise<T[]> {
    const pageSchema = z.object({ data: z.array(schema), nextCursor: z.string().min(1).nullish() })
    const found: T[] = []
    const seen = new Set<string>()
    for (let cursor: string | null = null; ; ) {
      const search = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) })
      const page: z.output<typeof pageSchema> = await get(`${path}?${search}`, `list ${path}`, pageSchema)
      found.push(...page.data)
      if (!page.nextCursor) return found
      if (seen.has(page.nextCursor) || seen.size >= MOST_PAGES)
        throw new ShopAnswerError(
          `list ${path} of the shop does not end: nextCursor must lead to a last page`,
        )
      seen.add(page.nextCursor)
      cursor = page.nextCursor
    }
  }

  /** Asks for something to be done once, under an idempotency key. Never throws for what the wire or the shop does. */
  async function call(
    method: 'POST',
    path: string,
    { key, body }: { key: string; body: unknown },
  ): Promise<ShopOutcome> {
    let answer: JsonAnswer
    try {
      answer = await callJson(new URL(path, origin), {
        method,
        headers: { ...headers, 'idempotency-key': key },
        body,
        timeoutMs,
      })
    } catch (error) {
      if (!(error instanceof JsonCallError)) throw error
      return { outcome: error.sent ? 'lost' : 'unsent', message: error.message }
    }
    const { status, json } = answer
    if (status === 200 || status === 201) return { outcome: 'done', json }
    const message = `the shop answered ${status} to ${key}${advice(status)}`
    if (NOT_NOW.has(status)) return { outcome: 'unsent', message }
    const refused = errorSchema.safeParse(json)
    if (status >= 400 && status < 500 && status !== 409 && refused.success) {
      return {
        outcome: 'refused',
        code: refused.data.error.code,
        message: refused.data.error.message.slice(0, 300),
      }
    }
    return { outcome: 'lost', message }
  }

  return { get, list, call }
}

function advice(status: number): string {
  return status === 401 || status === 403 ? '; check SHOP_API_TOKEN' : ''
}

function faults(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`).join('; ')
}
