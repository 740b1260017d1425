import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `look` gives something (not null, false or undefined) and returns it. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 15_000,
): Promise<T> {
  const end = Date.now() + timeoutMs
  while (Date.now() < end) {
    const found = await look()
    if (found) return found
    await sleep(50)
  }
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
}
