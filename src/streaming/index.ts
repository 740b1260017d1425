/**
 * CMCD in, session quality out. Keys and states are those of CTA-5004-B (Common Media Client Data, v1 and v2),
 * measures those of CTA-2066 (Streaming Quality of Experience Events, Properties and Metrics).
 */
export { parseCmcdBody, type ReadReport, readReport } from './body.ts'
export {
  type Cause,
  DIMENSIONS,
  type Dimension,
  findCauses,
  type History,
  type Observation,
} from './incidents.ts'
export { linePlayback, type OrderQuality, sumOrderQuality } from './order-quality.ts'
export { measureSession, measureSessions, playbackEvent, type SessionQuality } from './quality.ts'
export {
  CmcdParseError,
  type CmcdReport,
  type DecodedReport,
  decodeReport,
  type PlayerState,
} from './report.ts'
export {
  createTokenVerifier,
  type SessionClaims,
  SessionTokenError,
  signSessionToken,
  verifySessionToken,
} from './session-token.ts'
export { readQuality } from './stored-quality.ts'
export { POOR_REBUFFER_RATIO, sessionVerdict, type Verdict } from './verdict.ts'
export { HISTORY_DAYS, rollingWindow, WINDOW_MINUTES, watchIncidents } from './watch-incidents.ts'
export { alarmLevel, isWide, type Tally, usualShare } from './wide.ts'
