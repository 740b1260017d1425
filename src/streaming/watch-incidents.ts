import { streamingIncidents } from '../metrics.ts'
import { type Store, withLock } from '../store/database.ts'
import {
  closeIncident,
  gatherRefunds,
  historyOf,
  incidentWindow,
  openIncident,
  openIncidents,
  type PlaceCounts,
  recountIncident,
  windowSessions,
} from '../store/incidents.ts'
import {
  type Cause,
  findCauses,
  type History,
  isAt,
  type Observation,
  type Place,
  suspects,
} from './incidents.ts'
import { isRaised, type Tally } from './wide.ts'

/** How far the rolling view looks back. */
export const WINDOW_MINUTES = 60
/** How many days before are what is usual. */
export const HISTORY_DAYS = 7
/** An incident that was not seen for this long is over. */
const QUIET_HOURS = 3
/** Fewer customers than these do not keep an incident alive. */
const STILL_AFFECTED = 2

/** The window that the rolling view and the search for incidents look at, and since when its history counts. */
export function rollingWindow(now: Date): { from: Date; to: Date; since: Date } {
  const from = new Date(now.getTime() - WINDOW_MINUTES * 60_000)
  return { from, to: now, since: new Date(from.getTime() - HISTORY_DAYS * 86_400_000) }
}

/**
 * Opens, counts and closes incidents; to be called about once a minute, from as many processes as there are. Sessions
 * that an incident explains, open or closed, open no other. @returns the ids of those it opened
 */
export async function watchIncidents(store: Store, now: Date): Promise<number[]> {
  const opened = await withLock(store, 'streaming-incidents', async () => {
    await keepIncidents(store, now)
    return findIncidents(store, now)
  })
  streamingIncidents.set((await openIncidents(store)).length)
  return opened ?? []
}

/** Counts the open ones anew, and closes those that were quiet for hours. */
async function keepIncidents(store: Store, now: Date): Promise<void> {
  const { from, to } = rollingWindow(now)
  for (const incident of await openIncidents(store)) {
    const seen = await incidentWindow(store, incident.id, from, to)
    const tally = { customers: seen.customers, affected: seen.affected_customers }
    const goesOn = tally.affected >= STILL_AFFECTED && isRaised(tally, incident.baseline)
    await recountIncident(store, incident.id, now, goesOn)
    await gatherRefunds(store, incident.id)
    const quietMs = now.getTime() - incident.last_seen_at.getTime()
    if (!goesOn && quietMs > QUIET_HOURS * 3_600_000) await closeIncident(store, incident.id, null, now)
  }
}

async function findIncidents(store: Store, now: Date): Promise<number[]> {
  const window = rollingWindow(now)
  const seen = await windowSessions(store, window.from, window.to)
  const asked = suspects(seen)
  if (asked.length === 0) return []
  const causes = findCauses(seen, await readHistory(store, asked, window))
  const opened = await store.transaction().execute(async (trx) => {
    const ids: (number | null)[] = []
    for (const cause of causes) {
      const touched = seen.filter((each) => isAt(each, cause))
      ids.push(
        await openIncident(
          trx,
          placeOf(cause),
          { began: firstOf(touched), now },
          countsOf(touched, cause),
          cause.baseline,
        ),
      )
    }
    return ids
  })
  const ids = opened.filter((id) => id !== null)
  for (const id of ids) await gatherRefunds(store, id)
  return ids
}

async function readHistory(
  store: Store,
  places: Place[],
  { since, from }: { since: Date; from: Date },
): Promise<History> {
  const tallies = new Map<string, Tally>()
  for (const place of [{ dimension: 'all', value: '' } as const, ...places]) {
    if (!tallies.has(keyOf(place)))
      tallies.set(keyOf(place), await historyOf(store, placeOf(place), since, from))
  }
  const nothing = { customers: 0, affected: 0 }
  return {
    all: tallies.get('all:') ?? nothing,
    of: (place) => tallies.get(keyOf(place)) ?? nothing,
  }
}

function keyOf({ dimension, value }: Place): string {
  return `${dimension}:${value}`
}

function placeOf({ dimension, value }: Place): Place {
  return { dimension, value }
}

/** The first session that went wrong is where it began. */
function firstOf(touched: (Observation & { at: Date })[]): Date {
  return touched.reduce<Date>(
    (first, { at, verdict }) => (verdict !== 'good' && at < first ? at : first),
    new Date(8.64e15),
  )
}

function countsOf(touched: readonly Observation[], cause: Cause): PlaceCounts {
  const affected = touched.filter(({ verdict }) => verdict !== 'good')
  return {
    sessions: touched.length,
    affected: affected.length,
    never_started: affected.filter(({ verdict }) => verdict === 'never-started').length,
    customers: cause.customers,
    affected_customers: cause.affected,
  }
}
