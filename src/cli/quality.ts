import { z } from 'zod'
import { CmcdParseError, type CmcdReport, decodeReport, measureSession } from '../streaming/index.ts'
import { type Command, readArgs } from './command.ts'
import { eachLine, LineError } from './each-line.ts'
import { write } from './output.ts'

const schema = z.object({
  at: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-20T20:00:00.000Z' }),
  mode: z.enum(['query', 'header', 'event'], 'must be query, header or event'),
  cmcd: z.string('must be a text'),
})

export const quality: Command = {
  help: `Usage: npm run --silent kikimimi -- quality < reports.ndjson

Measures playback sessions from CMCD reports (CTA-5004, versions 1 and 2), whatever their order. One report a line
in, with the time it was received; one session a line out, in the order in which they first appear:

  in   {"at":"2026-11-20T20:00:00.000Z","mode":"event","cmcd":"e=ps,sid=\\"a1\\",sn=1,sta=p,ts=1795303271689,v=2"}
  out  {"sid":"a1","cid":"movie-7","startupMs":850,"playedMs":60000,"stalls":2,"stalledMs":5200,
        "rebufferRatio":0.08,"avgBitrateKbps":2100,"switches":1,"error":null}

"mode" is query, header or event. What the reports can not tell is null: version 1 has no durations.
rebufferRatio = stalledMs / (playedMs + stalledMs); the viewer's own pauses and seeks are in neither.

A line that can not be read is told on standard error with its number; the others go on; exit code 1.
`,
  async run(args) {
    readArgs(args, {})
    // Reports of one session may come in any order, so all of them are kept until the end.
    const sessions = new Map<string, CmcdReport[]>()
    const code = await eachLine(schema, '{"at":"2026-11-20T20:00:00Z","mode":"event","cmcd":"…"}', (line) => {
      const report = { at: new Date(line.at), mode: line.mode, cmcd: line.cmcd }
      const sid = sessionOf(report)
      const reports = sessions.get(sid)
      if (reports) reports.push(report)
      else sessions.set(sid, [report])
      return undefined
    })
    for (const reports of sessions.values()) {
      const { sid, cid, startupMs, playedMs, stalls, stalledMs, ...rest } = measureSession(reports)
      const { rebufferRatio, avgBitrateKbps, switches, error } = rest
      const times = { startupMs, playedMs, stalls, stalledMs }
      const session = { sid, cid, ...times, rebufferRatio, avgBitrateKbps, switches, error }
      await write(process.stdout, `${JSON.stringify(session)}\n`)
    }
    return code
  },
}

function sessionOf(report: CmcdReport): string {
  try {
    const { sid } = decodeReport(report)
    if (sid !== null) return sid
  } catch (error) {
    if (error instanceof CmcdParseError) throw new LineError(`cmcd: ${error.message}`)
    throw error
  }
  throw new LineError('cmcd: has no sid, so nobody can tell which session it belongs to')
}
