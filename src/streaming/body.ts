import { CmcdParseError, type CmcdReport, decodeReport } from './report.ts'
import { type ReportHead, scanReport } from './scan.ts'

/** Most reports read from one body; players send batches of tens. */
const MAX_REPORTS = 2_000

const USUAL_TYPE = 'application/cmcd'
/** The head of a report does not depend on when it came. */
const NEVER = new Date(0)
const LINE_TYPES = new Set([USUAL_TYPE, 'text/cmcd', 'text/plain', ''])

/** A report as it came, with what must be known of it before it is stored. */
export interface ReadReport extends ReportHead {
  cmcd: string
}

/**
 * Reads the head of one report: of the usual shape at a glance, of any other through the library.
 * @throws CmcdParseError on anything that is not CMCD
 */
export function readReport(mode: CmcdReport['mode'], text: string): ReadReport {
  const cmcd = text.trim()
  const { sid, sn, state } = scanReport(cmcd) ?? decodeReport({ at: NEVER, mode, cmcd })
  return { cmcd, sid, sn, state }
}

/**
 * Splits the body of an event-mode POST (CTA-5004-B: `application/cmcd`, one report a line) into reports.
 * `text/plain` is read alike, since `navigator.sendBeacon` sends it. A line that does not parse is a fault
 * with its number; the other lines go on. CMCD v1's JSON form was withdrawn and is a fault.
 */
export function parseCmcdBody(
  body: string,
  contentType: string,
): { reports: ReadReport[]; faults: string[] } {
  const type = contentType === USUAL_TYPE ? contentType : mediaType(contentType)
  if (!LINE_TYPES.has(type)) {
    return {
      reports: [],
      faults: [`content type ${type} is not CMCD; send application/cmcd, one report a line`],
    }
  }
  const reports: ReadReport[] = []
  const faults: string[] = []
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
      reports.push(readReport('event', cmcd))
    } catch (error) {
      if (!(error instanceof CmcdParseError)) throw error
      faults.push(`line ${index + 1}: ${error.message}`)
    }
  }
  if (reports.length === 0 && faults.length === 0) faults.push('the body is empty; send one report a line')
  return { reports, faults }
}

function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase()
}
