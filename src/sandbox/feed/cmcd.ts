import type { PlayerSession, Step } from './sessions.ts'

const TIME_INTERVAL_S = 30

interface Moment {
  atS: number
  event: 'ps' | 't' | 'e'
  state: string
  /** The line is slow: the player stalls, or plays on at a lower quality after a stall. */
  slow: boolean
}

/**
 * The reports of a session as a player sends them: one line each, in the order of `sn`.
 * `startedAtMs` fixes their timestamps, so the same session told again says the same.
 */
export function reportsOf(session: PlayerSession, sid: string, startedAtMs: number): string[] {
  if (session.version === 1) return oldReports(session, sid)
  return momentsOf(session).map((moment, sn) => {
    const waiting = moment.state === 'r' || moment.state === 's'
    const bitrateKbps = Math.round(session.bitrateKbps * (moment.slow ? 0.6 : 1))
    const bufferMs = waiting ? 0 : 4000 + ((sn * 700) % 9000)
    const fields = [
      ...(moment.state === 'f' ? [] : [`bl=(${bufferMs})`, `br=(${bitrateKbps})`]),
      `cid="${session.key}"`,
      ...(moment.event === 'e' ? ['e=e', 'ec=("manifestLoadError")'] : [`e=${moment.event}`]),
      ...(moment.state === 'f' ? [] : [`mtp=(${Math.round(bitrateKbps * (waiting ? 0.6 : 1.8))})`]),
      'sf=h',
      `sid="${sid}"`,
      `sn=${sn}`,
      'st=v',
      `sta=${moment.state}`,
      `ts=${startedAtMs + Math.round(moment.atS * 1000)}`,
      'v=2',
    ]
    return fields.join(',')
  })
}

/** How long the session took, from the first report to the last. */
export function durationMs(session: PlayerSession): number {
  return Math.round(session.steps.reduce((sum, [, seconds]) => sum + seconds, 0) * 1000)
}

function momentsOf(session: PlayerSession): Moment[] {
  const moments: Moment[] = []
  let atS = 0
  let nextTick = TIME_INTERVAL_S
  let slow = false
  session.steps.forEach(([state, seconds], i) => {
    const before = session.steps[i - 1]?.[0]
    slow = (state === 'r' && before !== 'k') || (state === 'p' && before === 'r' && slow)
    moments.push({ atS, event: 'ps', state, slow })
    const endsAt = atS + seconds
    for (; nextTick < endsAt; nextTick += TIME_INTERVAL_S)
      moments.push({ atS: nextTick, event: 't', state, slow })
    atS = endsAt
  })
  if (session.ends === 'e') moments.push({ atS, event: 'ps', state: 'e', slow })
  else if (session.ends === 'fatal')
    moments.push({ atS, event: 'e', state: 'f', slow }, { atS, event: 'ps', state: 'f', slow })
  else moments.push({ atS, event: 't', state: session.steps.at(-1)?.[0] ?? 'p', slow })
  return moments
}

/** CMCD v1 as it rides on segment requests: no states, no times; `bs` says that the buffer ran dry. */
function oldReports(session: PlayerSession, sid: string): string[] {
  const reports: string[] = []
  const line = (extra: string, bufferMs: number, startup: boolean) =>
    [
      `bl=${bufferMs}`,
      `br=${session.bitrateKbps}`,
      ...(extra ? [extra] : []),
      `cid="${session.key}"`,
      'd=4004',
      `mtp=${session.bitrateKbps}`,
      `nor="seg-${reports.length + 2}.m4s"`,
      'ot=v',
      'sf=h',
      `sid="${sid}"`,
      'st=v',
      ...(startup ? ['su'] : []),
    ].join(',')
  session.steps.forEach(([state, seconds]: Step, index) => {
    if (state === 's') reports.push(line('', 0, true))
    if (state === 'r') reports.push(line('bs', 0, true))
    if (state === 'p')
      for (let at = 0; at < seconds; at += 20) reports.push(line('', 8000 + ((index * 900) % 4000), false))
  })
  return reports
}
