import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const CHUNK_BYTES = 2048

/** One viewer's line: all that is sent to this viewer shares its speed. */
export interface Line {
  send(response: ServerResponse, bytes: Buffer): Promise<void>
}

/** @param bytesPerSecond null: as fast as it goes */
export function openLine(bytesPerSecond: number | null): Line {
  let freeAtMs = 0

  /** Waits for its turn on the line, after what others have put on it already. */
  async function pass(bytes: number, rate: number): Promise<void> {
    freeAtMs = Math.max(freeAtMs, Date.now()) + (bytes / rate) * 1000
    await sleep(Math.max(0, freeAtMs - Date.now()))
  }

  return {
    async send(response, bytes) {
      if (bytesPerSecond !== null) {
        for (let at = 0; at < bytes.length && !response.destroyed; at += CHUNK_BYTES) {
          const chunk = bytes.subarray(at, at + CHUNK_BYTES)
          await pass(chunk.length, bytesPerSecond)
          response.write(chunk)
        }
        response.end()
      } else response.end(bytes)
    },
  }
}
