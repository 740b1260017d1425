import { sql } from 'kysely'
import type { Db, Store } from './database.ts'
import { type InboxFilter, matching, type Narrowed, narrow, openCases, VIEW_STATES } from './inbox-filter.ts'
import { reads } from './readers.ts'

/** How many open cases wait for whom; `late` are past their target. */
export interface InboxCounts {
  open: number
  decide: number
  person: number
  sending: number
  late: number
  /** Those that rest, and are in none of the other numbers. */
  snoozed: number
}
type Numbers = InboxCounts & { language: string }

const FRESH_MS = 1000
/** Counting that takes longer than this goes on beside the page instead of before it. */
const QUICK_MS = 40
/** So many cases are counted in a moment, even where a busy machine takes longer for once. */
const FEW = 5000
/** Slow counts are kept this many times as long as they take: counting is a few hundredths of the load. */
const SHARE = 25

interface Counted {
  at: number
  tookMs: number
  /** Each language apart: whoever reads some of them adds theirs up. */
  counts: Numbers[] | null
  running: Promise<Numbers[]> | null
}
const remembered = new WeakMap<Store, Map<string, Counted>>()
const MOST_REMEMBERED = 200

/**
 * Counts under a filter, and how many open cases its `languages` leave out (`unread`). At most a second old where
 * counting is quick. Where it is slow (hundreds of thousands of open cases) the last ones are shown while the next are
 * counted; null where there are none yet, or where only a walk along all cases could tell.
 */
export async function inboxCounts(
  store: Store,
  filter: InboxFilter,
  narrowed?: Narrowed,
): Promise<(InboxCounts & { unread: { language: string; open: number }[] }) | null> {
  if (narrowed?.walks) return null
  const { language, languages, ...rest } = filter
  const all = await countsByLanguage(store, rest, narrowed)
  if (!all) return null
  const isMine = (each: Numbers) =>
    language ? each.language === language : reads(languages ?? null, each.language)
  const unread = language ? [] : all.filter((each) => !isMine(each) && each.open > 0)
  return { ...total(all.filter(isMine)), unread }
}

async function countsByLanguage(store: Store, filter: InboxFilter, narrowed?: Narrowed) {
  const { view: _, ...rest } = filter
  const asked = Object.entries(rest).filter(([, value]) => value !== undefined)
  const key = JSON.stringify(asked.sort(([a], [b]) => (a < b ? -1 : 1)))
  const all = remembered.get(store) ?? new Map<string, Counted>()
  remembered.set(store, all)
  const known: Counted = all.get(key) ?? { at: 0, tookMs: 0, counts: null, running: null }
  // The ones asked for last stay.
  all.delete(key)
  all.set(key, known)
  for (const [old] of all) {
    if (all.size <= MOST_REMEMBERED) break
    all.delete(old)
  }
  const keepMs = known.tookMs > QUICK_MS ? Math.max(FRESH_MS, known.tookMs * SHARE) : FRESH_MS
  if (known.counts && Date.now() - known.at < keepMs) return known.counts
  const running = known.running ?? begin(store, filter, known, narrowed)
  if (known.counts && known.tookMs > QUICK_MS) return known.counts
  // The whole inbox tells how long a part of it may take.
  const slow = (all.get('[]')?.tookMs ?? 0) > QUICK_MS
  return key !== '[]' && slow ? within(running, QUICK_MS) : running
}

function begin(store: Store, filter: InboxFilter, known: Counted, narrowed?: Narrowed) {
  const started = Date.now()
  const running = count(store, filter, narrowed)
    .then((counts) => {
      // Whoever decided meanwhile wants a newer one.
      if (known.running === running) {
        const { open, sending, snoozed } = total(counts)
        const tookMs = open + sending + snoozed < FEW ? 0 : Date.now() - started
        Object.assign(known, { counts, at: started, tookMs })
      }
      return counts
    })
    .finally(() => {
      if (known.running === running) known.running = null
    })
  known.running = running
  // A count that nobody waits for fails in silence; the next page counts again.
  running.catch(() => {})
  return running
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((done) => {
    timer = setTimeout(done, ms, null)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Something was decided here: quick counts are made anew for the next page. */
export function forgetCounts(store: Store): void {
  for (const known of remembered.get(store)?.values() ?? []) {
    known.at = 0
    known.running = null
  }
}

function total(all: readonly Numbers[]): InboxCounts {
  const sum = { open: 0, decide: 0, person: 0, sending: 0, late: 0, snoozed: 0 }
  for (const each of all) for (const name of NAMES) sum[name] += each[name]
  return sum
}
const NAMES = ['open', 'decide', 'person', 'sending', 'late', 'snoozed'] as const

async function count(db: Db, filter: InboxFilter, narrowed?: Narrowed): Promise<Numbers[]> {
  const { where } = narrowed ?? (await narrow(db, filter))
  const resting = sql`cases.snoozed_until > now()`
  const awake = filter.snoozed ? sql`true` : sql`${resting} is not true`
  const counts = await where(matching(openCases(db), { ...filter, view: 'all' }))
    .groupBy('cases.language')
    .select('cases.language')
    .select([
      sql<number>`count(*) filter (where d.state = 'pending' and ${awake})`.as('decide'),
      sql<number>`count(*) filter (where d.state in ('none', 'returned') and ${awake})`.as('person'),
      sql<number>`count(*) filter (where d.state = 'approved')`.as('sending'),
      sql<number>`count(*) filter (where cases.due_at < now() and d.state <> 'approved' and ${awake})`.as(
        'late',
      ),
      sql<number>`count(*) filter (where ${resting} and d.state <> 'approved')`.as('snoozed'),
    ])
    .execute()
  return counts.map((each) => ({ ...each, open: each.decide + each.person }))
}

/** How many of a view's cases have drafts newer than `since`; never more than `most`. */
export async function countFresh(db: Db, narrowed: Narrowed, since: number, most = 1000): Promise<number> {
  const { filter } = narrowed
  const states = VIEW_STATES[filter.view]
  const query = matching(openCases(db, states), filter).where('d.id', '>', since)
  const row = await db
    .selectFrom(narrowed.where(query).select('cases.id').limit(most).as('fresh'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}
