import type { ServerResponse } from 'node:http'
import { httpLog } from '../log.ts'

/** Answers with JSON, with Express or without. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(body))
}

/** Errors of body parsing carry a status that is the caller's to know; everything else is ours to look at. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, type, limit } = error as { status?: number; type?: string; limit?: number }
  if (type === 'entity.too.large') {
    answerJson(response, 413, { error: `the body is larger than ${limit} bytes; send smaller batches` })
    return
  }
  if (status !== undefined && status >= 400 && status < 500) {
    answerJson(response, status, { error: (error as Error).message })
    return
  }
  httpLog.error({ err: error }, 'request failed')
  answerJson(response, 500, {
    error: 'something went wrong here; the request was not stored, send it again',
  })
}
