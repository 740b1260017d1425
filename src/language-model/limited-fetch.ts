/** More than any honest answer to our questions. */
const MAX_BODY_BYTES = 256 * 1024

/** `fetch` that gives up on a body that does not end. */
export async function limitedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  let bytes = 0
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > MAX_BODY_BYTES) controller.error(new BodyTooLargeError())
        else controller.enqueue(chunk)
      },
    }),
  )
  const { status, statusText, headers } = response
  return new Response(body ?? null, { status, statusText, headers })
}

export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError'
}
