import { type Field, keyOf, lookAt, lookAtPart } from './field.ts'
import { startOf } from './hours.ts'
import { beyond, type Found, type Level, type Look, newLook, WINDOWS } from './look.ts'
import type { Signal } from './signal.ts'
import { type Kind, type Part, partOfCode, RING, type Watched } from './watched.ts'

/** See `createWatch` for how often chance alone is beyond them. A sale or a holiday is no surge of the company. */
const LEVELS: Record<Kind | 'part', Level> = {
  product: { chance: 2e-8, least: 5, leastTimes: 1.4 },
  title: { chance: 2e-8, least: 5, leastTimes: 1.4 },
  code: { chance: 2e-8, least: 5, leastTimes: 1.4 },
  company: { chance: 2e-8, least: 30, leastTimes: 4 },
  // one code of one product or title: there are many more of them
  part: { chance: 2e-9, least: 5, leastTimes: 1.4 },
}
/** A signal is over when nothing was beyond its level for longer than the longest window. */
const QUIET_HOURS = 30

/** The keys of one contact. */
export interface Counted {
  code: Watched
  wholes: { whole: Watched; part: Part }[]
}

/** The tests of a contact's keys; remembers which have a signal. */
export function createTests(restored: Field | null): (field: Field, counted: Counted, at: Date) => Signal[] {
  const looks = { company: newLook(), product: newLook(), title: newLook(), code: newLook() }
  const ofPart = newLook()
  const raised = new Set<Watched>()
  for (const { keys } of Object.values(restored?.kinds ?? {})) {
    for (const watched of keys.values()) if (Number.isFinite(watched.raisedUntil)) raised.add(watched)
  }

  function keepRaised(field: Field, watched: Watched): boolean {
    const isNew = field.hour > watched.raisedUntil
    watched.raisedUntil = field.hour + QUIET_HOURS
    raised.add(watched)
    return isNew
  }

  /** A product or title, and the contact's code within it. */
  function testWhole(field: Field, whole: Watched, part: Part, at: Date): Signal | null {
    const look = looks[whole.kind]
    lookAt(field, whole, look)
    lookAtPart(field, whole, part, { whole: look, ofCode: looks.code }, ofPart)
    const byPart = beyond(ofPart, LEVELS.part)
    const found = byPart ?? beyond(look, LEVELS[whole.kind])
    if (!found) return null
    const code = byPart ? part.code : mainCode(field, whole, look, found.window)
    const isWave = code !== null && raised.has(keyOf(field, 'code', code))
    if (!keepRaised(field, whole) || isWave) return null
    return signalOf(field, whole, code, byPart ? ofPart : look, found, at)
  }

  /** A code or the company, without what products with a signal already account for. */
  function testWide(field: Field, watched: Watched, at: Date): Signal | null {
    const look = looks[watched.kind]
    if (!beyond(look, LEVELS[watched.kind])) return null
    const seen = look.seen.map((all, window) => all - accountedFor(field, watched, WINDOWS[window] as number))
    const rest = { ...look, seen }
    const found = beyond(rest, LEVELS[watched.kind])
    if (!found || !keepRaised(field, watched)) return null
    return signalOf(field, watched, watched.kind === 'code' ? watched.name : null, rest, found, at)
  }

  /** Contacts of a window that are of products, titles or (for the company) codes with a signal of their own. */
  function accountedFor(field: Field, watched: Watched, hours: number): number {
    const sums = { company: 0, product: 0, title: 0, code: 0 }
    for (const other of raised) {
      if (other.kind === 'company' || other.kind === watched.kind) continue
      const { counts } = watched.kind === 'code' ? partOfCode(other, watched.name, field.hour) : other
      for (let back = 0; back <= hours; back++)
        sums[other.kind] += counts[(field.hour - back) % RING] as number
    }
    return Math.max(sums.product, sums.title, sums.code)
  }

  return (field, { code, wholes }, at) => {
    for (const watched of raised) if (field.hour > watched.raisedUntil) raised.delete(watched)
    lookAt(field, field.company, looks.company)
    lookAt(field, code, looks.code)
    const signals = wholes.map(({ whole, part }) => testWhole(field, whole, part, at))
    signals.push(testWide(field, code, at), testWide(field, field.company, at))
    return signals.filter((signal) => signal !== null)
  }
}

/** The code that gives more than half of what is too much, or null. */
function mainCode(field: Field, whole: Watched, look: Look, window: number): string | null {
  const excess = (look.seen[window] as number) - (look.expected[window] as number)
  const ofCode = newLook()
  const ofPart = newLook()
  for (const code of whole.parts.keys()) {
    lookAt(field, keyOf(field, 'code', code), ofCode)
    lookAtPart(field, whole, partOfCode(whole, code, field.hour), { whole: look, ofCode }, ofPart)
    if ((ofPart.seen[window] as number) - (ofPart.expected[window] as number) > excess / 2) return code
  }
  return null
}

function signalOf(
  field: Field,
  watched: Watched,
  code: string | null,
  look: Look,
  found: Found,
  at: Date,
): Signal {
  const { window, chance } = found
  return {
    reason: 'surge',
    kind: watched.kind,
    name: watched.name,
    code,
    at,
    from: startOf(field.hour - (WINDOWS[window] as number)),
    seen: look.seen[window] as number,
    expected: look.expected[window] as number,
    chance,
  }
}
