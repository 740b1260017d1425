import type { Policy } from '../replies/index.ts'
import type { Store } from '../store/database.ts'
import { openIncidents } from '../store/incidents.ts'
import type { StoredEntity } from '../store/schema.ts'
import { countWaves } from '../store/waves.ts'

/** Whether a complaint is one of many of its kind, as far as the company knows. */
export type IsKnownIncident = (complaint: { code: string; entities: readonly StoredEntity[] }) => boolean

const FRESH_MS = 60_000
const known = new WeakMap<Store, { at: number; incidents: Promise<IsKnownIncident> }>()

/** What is known now, looked up at most once a minute: many drafts ask. */
export function knownIncidents(
  store: Store,
  waves: Policy['waves'],
  now = Date.now(),
): Promise<IsKnownIncident> {
  const last = known.get(store)
  if (last && now - last.at < FRESH_MS) return last.incidents
  const incidents = lookUp(store, waves)
  known.set(store, { at: now, incidents })
  incidents.catch(() => known.delete(store))
  return incidents
}

/** Incidents of the video service are found in what the players report; all others are waves of complaints. */
async function lookUp(store: Store, waves: Policy['waves']): Promise<IsKnownIncident> {
  const open = await openIncidents(store)
  const counts = waves ? await countWaves(store, waves.hours, waves.cases) : []
  const rising = counts.filter(
    ({ lately, usually }) => usually !== null && lately >= (waves?.times ?? 1) * usually,
  )
  const codes = new Set(rising.filter(({ thing }) => thing === null).map(({ code }) => code))
  const things = new Set(rising.map(({ code, thing }) => `${code} ${thing}`))
  const everywhere = open.some(({ dimension }) => dimension !== 'title')
  const titles = new Set(
    open.filter(({ dimension }) => dimension === 'title').map(({ value }) => value.toLowerCase()),
  )
  return ({ code, entities }) => {
    const named = entities
      .flatMap(({ id, name }) => [id, name?.en, name?.ja])
      .filter((name) => name !== undefined)
    if (
      code.startsWith('streaming.') &&
      (everywhere || named.some((name) => titles.has(name.toLowerCase())))
    ) {
      return true
    }
    return codes.has(code) || entities.some(({ id }) => id !== undefined && things.has(`${code} ${id}`))
  }
}
