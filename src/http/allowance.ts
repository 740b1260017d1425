import { createRecent } from '../recent.ts'

/** What one session may send before it is told to wait. */
export interface Allowance {
  /** @returns false where it sent its requests of these ten seconds already */
  takeRequest(sid: string): boolean
  /** @returns false where it sent its bytes of this minute already */
  takeBytes(sid: string, bytes: number): boolean
}

interface Windows {
  requestsUntil: number
  requests: number
  bytesUntil: number
  bytes: number
}

const REQUESTS_MS = 10_000
const BYTES_MS = 60_000
/** Sessions remembered; one that falls out of memory begins anew. */
const SESSIONS = 50_000

/** Counts in fixed windows that begin with a session's first request; refused ones count too. */
export function createAllowance(limits: { requests: number; bytes: number }): Allowance {
  const sessions = createRecent<Windows>(SESSIONS)

  function windowsOf(sid: string): Windows {
    const known = sessions.get(sid)
    if (known) return known
    const fresh = { requestsUntil: 0, requests: 0, bytesUntil: 0, bytes: 0 }
    sessions.set(sid, fresh)
    return fresh
  }

  return {
    takeRequest(sid) {
      const windows = windowsOf(sid)
      const now = performance.now()
      if (now >= windows.requestsUntil) {
        windows.requestsUntil = now + REQUESTS_MS
        windows.requests = 0
      }
      windows.requests += 1
      return windows.requests <= limits.requests
    },
    takeBytes(sid, bytes) {
      const windows = windowsOf(sid)
      const now = performance.now()
      if (now >= windows.bytesUntil) {
        windows.bytesUntil = now + BYTES_MS
        windows.bytes = 0
      }
      windows.bytes += bytes
      return windows.bytes <= limits.bytes
    },
  }
}
