import { CmcdParseError, decodeReport } from './report.ts'

/** Most reports read from one body; players send batches of tens. */
const MAX_REPORTS = 2_000

const LINE_TYPES = new Set(['application/cmcd', 'text/cmcd', 'text/plain', ''])

/**
 * Splits the body of an event-mode POST (CTA-5004-B: `application/cmcd`, one report a line) into reports.
 * `text/plain` is read alike, since `navigator.sendBeacon` sends it. A line that does not parse is a fault
 * with its number; the other lines go on. CMCD v1's JSON form was withdrawn and is a fault.
 */
export function parseCmcdBody(body: string, contentType: string): { reports: string[]; faults: string[] } {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  if (!LINE_TYPES.has(type)) {
    return {
      reports: [],
      faults: [`content type ${type} is not CMCD; send application/cmcd, one report a line`],
    }
  }
  const reports: string[] = []
  const faults: string[] = []
  const at = new Date(0)
  for (const [index, raw] of body.split('\n').entries()) {
    const cmcd = raw.trim()
    if (cmcd === '') continue
    if (reports.length === MAX_REPORTS) {
      faults.push(
        `line ${index + 1} and after: more than ${MAX_REPORTS} reports in one body; send fewer at once`,
      )
      break
    }
    try {
      decodeReport({ at, mode: 'event', cmcd })
      reports.push(cmcd)
    } catch (error) {
      if (!(error instanceof CmcdParseError)) throw error
      faults.push(`line ${index + 1}: ${error.message}`)
    }
  }
  if (reports.length === 0 && faults.length === 0) faults.push('the body is empty; send one report a line')
  return { reports, faults }
}
