import type { SessionQuality } from './quality.ts'

/** What one session says about how well we stream. */
export type Verdict = 'good' | 'poor' | 'never-started'

/** A rebuffer ratio above this is poor. */
export const POOR_REBUFFER_RATIO = 0.02
/** Whoever leaves sooner than this without a picture may just have changed their mind, ms. */
export const PATIENCE_MS = 10_000

/**
 * What one session says for the rolling view: poor above a rebuffer ratio of 2 % or broken while it played; never
 * started where an error kept it from it (CTA-2066, start-up failure), or where the customer waited ten seconds and
 * left (exit before video start); null where it says nothing: not over yet, not to be believed, not known.
 * @param over whether the session is over
 */
export function sessionVerdict(quality: SessionQuality, over: boolean): Verdict | null {
  if (!over || quality.implausible.length > 0) return null
  if (quality.started === false) {
    const gaveUp = quality.exitBeforeStart === true && (quality.waitedMs ?? 0) >= PATIENCE_MS
    return quality.error !== null || gaveUp ? 'never-started' : null
  }
  if (quality.error !== null) return 'poor'
  if (quality.rebufferRatio === null) return null
  return quality.rebufferRatio > POOR_REBUFFER_RATIO ? 'poor' : 'good'
}
