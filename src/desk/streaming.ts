import { z } from 'zod'
import {
  closedIncidents,
  closeIncident,
  findIncident,
  incidentRefunds,
  incidentSessions,
  openIncidentFor,
  openIncidents,
  rollingView,
} from '../store/incidents.ts'
import { sessionsOfLine } from '../store/playback-events.ts'
import { recentSessions, type SessionCursor, sessionWithDecision } from '../store/streaming-page.ts'
import {
  DIMENSIONS,
  type Dimension,
  linePlayback,
  readQuality,
  rollingWindow,
  type SessionQuality,
  WINDOW_MINUTES,
} from '../streaming/index.ts'
import { type Desk, sendPage } from './desk.ts'
import { streamingCharts } from './streaming-charts.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn } from './visit.ts'

const PAGE = 50
const VALUES_SHOWN = 12
const CLOSED_SHOWN = 10
const TOUCHED_SHOWN = 200
const cursor = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?~.{1,64}$/s)
const closeForm = z.object({ note: z.string().trim().max(500).default('') })

/** How streaming does: incidents, the rolling view, sessions and how each of them went. */
export function streamingRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/streaming',
      allow: 'read',
      async handle(visit) {
        const by = z.enum(DIMENSIONS).catch('title').parse(visit.request.query.by)
        const after = readCursor(visit.request.query.after)
        const [open, closed, values, page, charts] = await Promise.all([
          openIncidents(desk.store),
          closedIncidents(desk.store, CLOSED_SHOWN),
          rollingView(desk.store, by, rollingWindow(new Date()), VALUES_SHOWN),
          recentSessions(desk.store, after, PAGE),
          after ? [] : streamingCharts(desk.store, visit.language, desk.replies.brand.timeZone, new Date()),
        ])
        await sendPage(desk, visit, 'streaming', {
          isFirst: after === null,
          charts,
          open: open.map(showIncident),
          closed: closed.map(showIncident),
          minutes: WINDOW_MINUTES,
          tabs: tabs(by),
          values: values.map(showValue),
          rows: page.rows.map((session) => ({
            ...session,
            ...measured(readQuality(session.quality)),
            href: sessionHref(session.sid),
            outcome: session.outcome ?? 'none',
            why: session.sentence?.[visit.language] ?? '',
          })),
          moreHref: page.next ? hrefOf(by, page.next) : null,
        })
      },
    },
    {
      method: 'get',
      path: '/streaming/sessions/:sid',
      allow: 'read',
      async handle(visit) {
        const session = await sessionWithDecision(desk.store, String(visit.request.params.sid))
        if (!session) throw new ProblemError(404)
        const line = await sessionsOfLine(desk.store, session.order_line_id)
        const quality = readQuality(session.quality)
        const playback = linePlayback(line)
        const incident = session.verdict === 'good' ? null : await openIncidentFor(desk.store, session)
        await sendPage(desk, visit, 'session', {
          session,
          quality: quality && { ...quality, ...measured(quality) },
          // One session's sum says nothing new.
          sum: playback && line.length > 1 ? { ...playback.session, ...measured(playback.session) } : null,
          others: line
            .filter(({ sid }) => sid !== session.sid)
            .map(({ sid, registered_at, verdict, state }) => ({
              href: sessionHref(sid),
              registered_at,
              verdict,
              state,
            })),
          incident: incident && showIncident(incident),
          why: session.sentence?.[visit.language] ?? '',
        })
      },
    },
    {
      method: 'get',
      path: '/streaming/incidents/:id',
      allow: 'read',
      async handle(visit) {
        const incident = await findIncident(desk.store, readId(visit))
        if (!incident) throw new ProblemError(404)
        const [sessions, refunds] = await Promise.all([
          incidentSessions(desk.store, incident.id, TOUCHED_SHOWN),
          incidentRefunds(desk.store, incident.id),
        ])
        await sendPage(desk, visit, 'incident', {
          incident: { ...showIncident(incident), person: incident.person, note: incident.note },
          sessions: sessions.map((session) => ({
            ...session,
            ...measured(readQuality(session.quality)),
            href: sessionHref(session.sid),
          })),
          shown: TOUCHED_SHOWN,
          refunds,
          asked: refunds.filter(({ state }) => state === 'asked').length,
        })
      },
    },
    {
      method: 'post',
      path: '/streaming/incidents/:id/close',
      allow: 'approve',
      async handle(visit) {
        const id = readId(visit)
        const { note } = readForm(visit, closeForm)
        if (!(await findIncident(desk.store, id))) throw new ProblemError(404)
        const closed = await closeIncident(desk.store, id, { userId: signedIn(visit).id, note }, new Date())
        goTo(visit, `/streaming/incidents/${id}`, closed ? 'incidentClosed' : 'incidentWasClosed')
      },
    },
  ]
}

function readCursor(given: unknown): SessionCursor | null {
  const parsed = cursor.safeParse(given)
  if (!parsed.success) return null
  const split = parsed.data.indexOf('~')
  const place = { at: parsed.data.slice(0, split), sid: parsed.data.slice(split + 1) }
  return Number.isNaN(Date.parse(place.at)) || place.sid.includes('\0') ? null : place
}

function hrefOf(by: Dimension, after: SessionCursor): string {
  const params = new URLSearchParams({ ...(by === 'title' ? {} : { by }), after: `${after.at}~${after.sid}` })
  return `/streaming?${params}#sessions`
}

function sessionHref(sid: string): string {
  return `/streaming/sessions/${encodeURIComponent(sid)}`
}

function tabs(by: Dimension) {
  return DIMENSIONS.map((dimension) => ({
    dimension,
    href: dimension === 'title' ? '/streaming#rolling' : `/streaming?by=${dimension}#rolling`,
    current: dimension === by,
  }))
}

function showIncident(incident: Awaited<ReturnType<typeof openIncidents>>[number]) {
  return {
    ...incident,
    share: percent(incident.affected, incident.sessions),
    usual: `${round(incident.baseline)} %`,
  }
}

function showValue(row: Awaited<ReturnType<typeof rollingView>>[number]) {
  const share = row.affected / row.sessions
  return {
    ...row,
    share: percent(row.affected, row.sessions),
    usual: row.usual_sessions === 0 ? null : percent(row.usual_affected, row.usual_sessions),
    bar: Math.round(share * 100),
    level: share > 0.2 ? 'bad' : share > 0.05 ? 'fair' : 'good',
  }
}

function percent(part: number, whole: number): string {
  return `${round(whole === 0 ? 0 : part / whole)} %`
}

function round(share: number): string {
  return (share * 100).toFixed(share < 0.1 ? 1 : 0)
}

type Measured = Pick<SessionQuality, 'startupMs' | 'playedMs' | 'stalledMs' | 'rebufferRatio'> & {
  stalls: number | null
}

function measured(quality: Measured | null) {
  const ratio = quality?.rebufferRatio ?? null
  return {
    startupMs: quality?.startupMs ?? null,
    playedMs: quality?.playedMs ?? null,
    stalls: quality?.stalls ?? null,
    stalledMs: quality?.stalledMs ?? null,
    rebuffer: ratio === null ? null : `${(ratio * 100).toFixed(1)} %`,
    level: ratio === null ? 'unknown' : ratio > 0.05 ? 'bad' : ratio > 0.01 ? 'fair' : 'good',
  }
}
