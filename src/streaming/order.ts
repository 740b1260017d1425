import type { DecodedReport } from './report.ts'

/**
 * Reports of one session and mode in the order the player made them, each once: by `sn`, which counts every
 * report of a mode, else by the player's clock. A player sends again after an error, so the same `sn` may
 * come several times; the result does not depend on the order of arrival.
 */
export function inOrder(reports: DecodedReport[], implausible: Set<string>): DecodedReport[] {
  if (reports.some((report) => report.sn === null)) return dropTwins(reports.toSorted(byTime))
  const ordered: DecodedReport[] = []
  for (const report of reports.toSorted((a, b) => (a.sn as number) - (b.sn as number) || byTime(a, b))) {
    const last = ordered.at(-1)
    if (last?.sn !== report.sn) ordered.push(report)
    else if (last.ts !== report.ts) implausible.add(`two different reports have sn=${report.sn}`)
  }
  return ordered
}

function dropTwins(reports: DecodedReport[]): DecodedReport[] {
  return reports.filter((report, index) => {
    const before = reports[index - 1]
    return !before || byTime(before, report) !== 0
  })
}

function byTime(a: DecodedReport, b: DecodedReport): number {
  return (
    (a.ts ?? a.at.getTime()) - (b.ts ?? b.at.getTime()) ||
    (a.sn ?? -1) - (b.sn ?? -1) ||
    compare(fingerprint(a), fingerprint(b))
  )
}

function fingerprint(report: DecodedReport): string {
  return JSON.stringify({ ...report, at: report.ts === null ? report.at : null })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
