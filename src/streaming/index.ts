/**
 * CMCD in, session quality out. Keys and states are those of CTA-5004-B (Common Media Client Data, v1 and v2),
 * measures those of CTA-2066 (Streaming Quality of Experience Events, Properties and Metrics).
 */
export { parseCmcdBody } from './body.ts'
export { measureSession, measureSessions, playbackEvent, type SessionQuality } from './quality.ts'
export {
  CmcdParseError,
  type CmcdReport,
  type DecodedReport,
  decodeReport,
  type PlayerState,
} from './report.ts'
export {
  type SessionClaims,
  SessionTokenError,
  signSessionToken,
  verifySessionToken,
} from './session-token.ts'
