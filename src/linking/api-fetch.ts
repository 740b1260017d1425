import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'

export interface ApiRequest {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal | undefined
}

export type ApiFetch = (url: string, request?: ApiRequest) => Promise<Response>

const MAX_ANSWER_BYTES = 1_000_000

/**
 * As fetch, without following redirects, and with an authority to trust besides Node's own: fetch itself takes none.
 * @param ca PEM of the authority; undefined: Node's own only
 */
export function createApiFetch(ca: string | undefined, timeoutMs: number): ApiFetch {
  const trust = ca ? { ca: [...getCACertificates('default'), ca] } : {}
  return (url, { method = 'GET', headers = {}, body, signal } = {}) =>
    new Promise((done, fail) => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const send = url.startsWith('https:') ? tlsRequest : plainRequest
      const request = send(
        url,
        { method, headers, signal: signal ? AbortSignal.any([signal, timeout]) : timeout, ...trust },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'))
            else chunks.push(chunk)
          })
          response.on('error', fail)
          response.on('end', () => {
            const status = response.statusCode ?? 0
            const bare = status === 204 || status === 205 || status === 304
            const type = response.headers['content-type']
            try {
              done(
                new Response(bare ? null : Buffer.concat(chunks), {
                  status,
                  headers: type ? { 'content-type': type } : {},
                }),
              )
            } catch (error) {
              // Statuses that Node reads and `Response` does not know, such as 999.
              fail(error)
            }
          })
        },
      )
      request.on('error', fail)
      request.end(body === undefined || body === null ? undefined : String(body))
    })
}
