import { z } from 'zod'
import type { SessionQuality } from './quality.ts'

const number = z.number().nullable().default(null)
const stored = z.object({
  sid: z.string(),
  cid: z.string().nullable().default(null),
  startupMs: number,
  playedMs: number,
  stalls: z.number().default(0),
  stalledMs: number,
  rebufferRatio: number,
  avgBitrateKbps: number,
  switches: z.number().default(0),
  error: z.string().nullable().default(null),
  survivedErrors: number,
  ended: z.boolean().default(false),
  started: z.boolean().nullable().default(null),
  exitBeforeStart: z.boolean().nullable().default(null),
  waitedMs: number,
  ending: z.enum(['completed', 'quit', 'failed']).nullable().default(null),
  backgroundMs: number,
  watched: z.array(z.tuple([z.number(), z.number()])).default([]),
  lastEventAt: z.coerce.date().nullable().default(null),
  lostReports: z.number().default(0),
  implausible: z.array(z.string()).default([]),
})

/**
 * A measurement as it was stored (JSON: times are texts); what an older version did not measure is not known.
 * @returns null where the session was not measured
 * @throws ZodError where the row is no measurement
 */
export function readQuality(json: Record<string, unknown> | null): SessionQuality | null {
  return json === null ? null : stored.parse(json)
}
