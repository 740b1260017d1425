import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createWatch, type Signal, testWeek, type Watch } from '../../src/voice/index.ts'
import { seeded } from '../voice/random.ts'
import { type Incident, syntheticYear, type Year, ZONE } from '../voice/year.ts'
import { type Finding, median, percentile, type Row, round } from './report.ts'

const WARM_UP_DAYS = 14
const MONTHS = (365 - WARM_UP_DAYS) / (365 / 12)
/** A product is new for four weeks. */
const NEW_MS = 28 * 24 * 3_600_000
/** A signal that comes late is no find, but neither is it false. */
const LATE_MS = 24 * 3_600_000

interface Outcome {
  seed: number
  contacts: number
  found: Map<Incident, Signal>
  incidents: Incident[]
  late: number
  waves: number
  falseSignals: Signal[]
  /** Those on products in their first weeks. */
  falseOnNew: number
  seconds: number
  megabytes: number
}

/** Planted incidents found within their three hours, and signals without one, over some years. */
export function benchVoice({ years, log }: { years: number; log: (line: string) => void }): Finding[] {
  const outcomes = Array.from({ length: years }, (_, n) => {
    const outcome = live(n + 1)
    log(`voice: year ${n + 1}: ${outcome.found.size} found, ${outcome.falseSignals.length} false`)
    for (const { kind, name, code, at, seen, expected } of outcome.falseSignals) {
      log(
        `  false: ${kind} ${name} ${code ?? ''} ${at.toISOString()} ${seen} instead of ${expected.toFixed(1)}`,
      )
    }
    return outcome
  })
  return [detection(outcomes), byKind(outcomes), weeks()]
}

function live(seed: number): Outcome {
  const year = syntheticYear({ seed })
  const before = heapMegabytes()
  const watch = createWatch({ timeZone: ZONE })
  const found: Outcome['found'] = new Map()
  const falseSignals: Signal[] = []
  let contacts = 0
  let late = 0
  let waves = 0
  let microseconds = 0
  for (const hour of year.hours()) {
    contacts += hour.length
    const [signals, spent] = timed(() => hour.flatMap((contact) => watch.add(contact)))
    microseconds += spent
    for (const signal of signals) {
      const incident = incidentOf(signal, year)
      if (incident && signal.at <= incident.end) found.set(incident, found.get(incident) ?? signal)
      else if (incident) late++
      else if (isWave(signal, year)) waves++
      else falseSignals.push(signal)
    }
  }
  const megabytes = heapMegabytes(watch) - before
  const seconds = microseconds / 1e6
  const falseOnNew = falseSignals.filter((signal) => isOnNew(signal, year)).length
  const { incidents } = year
  return { seed, contacts, found, incidents, late, waves, falseSignals, falseOnNew, seconds, megabytes }
}

function isOnNew({ name, at }: Signal, { launches }: Year): boolean {
  const launch = launches.get(name)
  return launch !== undefined && at.getTime() - launch.getTime() < NEW_MS
}

function incidentOf({ kind, name, at }: Signal, { incidents }: Year): Incident | undefined {
  return incidents.find(
    ({ product, start, end }) =>
      kind === 'product' && product === name && at >= start && at.getTime() <= end.getTime() + LATE_MS,
  )
}

function isWave({ kind, code, at }: Signal, { waves }: Year): boolean {
  return waves.some(
    (wave) => at >= wave.start && at <= wave.end && (kind === 'company' || code === wave.code),
  )
}

/** With the processor's time, which other programs on the machine do not take away. */
function timed<T>(work: () => T): [T, number] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [result, user + system]
}

/** What is alive, the watch among it. */
function heapMegabytes(_alive?: Watch): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

function minutesOf([incident, signal]: [Incident, Signal]): number {
  return (signal.at.getTime() - incident.start.getTime()) / 60_000
}

function detection(outcomes: Outcome[]): Finding {
  const rows = outcomes.map((outcome): Row => {
    const minutes = [...outcome.found].map(minutesOf)
    return {
      year: outcome.seed,
      contacts: outcome.contacts,
      planted: outcome.incidents.length,
      found: outcome.found.size,
      late: outcome.late,
      'of waves': outcome.waves,
      'median min': round(median(minutes)),
      'p90 min': round(percentile(minutes, 0.9)),
      false: outcome.falseSignals.length,
      'on new products': outcome.falseOnNew,
      'false a month': round(outcome.falseSignals.length / MONTHS),
      'contacts/s': round(outcome.contacts / outcome.seconds),
      'state MB': round(outcome.megabytes),
    }
  })
  return {
    title: 'voice: incidents of 12 + 6√base contacts in three hours, 1,000 products, a year each',
    rows,
    notes: [
      'to reach: 45 of 50 found within their three hours, one false signal a month of all products, codes and the company',
      `false: signals after the ${WARM_UP_DAYS} days of learning that no planted incident (until a day later) or wave of late parcels explains (4 a year)`,
      'contacts/s of processor time, the synthetic year not counted; state: what the watch keeps alive',
    ],
  }
}

/** Of all years together: where it is hard. */
function byKind(outcomes: Outcome[]): Finding {
  const incidents = outcomes.flatMap(({ incidents: planted, found }) =>
    planted.map((incident) => ({ incident, signal: found.get(incident) })),
  )
  const kinds: [string, (incident: Incident) => boolean][] = [
    ['anywhere', ({ stratum }) => stratum === 'anywhere'],
    ['the 50 busiest products', ({ stratum }) => stratum === 'busy product'],
    ['from one to three at night', ({ stratum }) => stratum === 'night'],
    ['first and last days of sales', ({ stratum }) => stratum === 'season edge'],
    ['in a product’s first three weeks', ({ stratum }) => stratum === 'new product'],
    ['one code', ({ code }) => code !== null],
    ['the product’s usual codes', ({ code }) => code === null],
    ['base below 1', ({ base }) => base < 1],
    ['base 1 to 10', ({ base }) => base >= 1 && base < 10],
    ['base 10 and more', ({ base }) => base >= 10],
  ]
  const rows = kinds.map(([what, isOf]): Row => {
    const of = incidents.filter(({ incident }) => isOf(incident))
    const minutes = of.flatMap(({ incident, signal }) => (signal ? [minutesOf([incident, signal])] : []))
    return {
      incidents: what,
      planted: of.length,
      found: minutes.length,
      'median min': round(median(minutes)),
    }
  })
  return {
    title: 'voice: the same incidents by what they are',
    rows,
    notes: ['base: contacts of the product to be expected in the three hours'],
  }
}

const WEEK_LEVEL = 1e-3
const SERIES = 300
const WEEKS_TESTED = 20

/** How often a week of an uneven, seasonal series without any outbreak is a signal. */
function weeks(): Finding {
  const rows = [30, 80, 180, 280].map((history): Row => {
    const random = seeded(history)
    let signals = 0
    let tested = 0
    let microseconds = 0
    for (let n = 0; n < SERIES; n++) {
      const counts = unevenSeries(history + WEEKS_TESTED, random)
      for (let last = history; last < counts.length; last++) {
        const week = new Date(Date.UTC(2021, 0, 4) + last * 7 * 86_400_000)
        const [result, spent] = timed(() => testWeek(counts.slice(0, last + 1), week, { level: WEEK_LEVEL }))
        microseconds += spent
        if (!result) continue
        tested++
        if (result.isSignal) signals++
      }
    }
    return {
      'weeks of history': history,
      tested,
      false: signals,
      'promised at this level': round(tested * WEEK_LEVEL),
      'ms a week': round(microseconds / tested / 1000),
    }
  })
  return {
    title: `voice: false signals of the weekly test at ${WEEK_LEVEL}`,
    rows,
    notes: ['counts of 1.5 to 60 a week, variance up to 1.8 × mean, a season of ±40 %, no outbreak'],
  }
}

function unevenSeries(length: number, random: ReturnType<typeof seeded>): number[] {
  const level = 1.5 * 40 ** random.next()
  const spread = 1 + 0.8 * random.next()
  return Array.from({ length }, (_, week) => {
    const mean = level * (1 + 0.4 * Math.sin((2 * Math.PI * week) / 52.18))
    const sigma = Math.sqrt(Math.log(1 + (spread - 1) / mean))
    return random.poisson(mean * Math.exp(sigma * random.normal() - sigma ** 2 / 2))
  })
}
