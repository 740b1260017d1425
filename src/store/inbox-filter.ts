import { type SelectQueryBuilder, sql } from 'kysely'
import { isAwake } from './assignments.ts'
import type { Db } from './database.ts'
import { CURRENT_DRAFT, WAITING_DRAFT } from './draft-states.ts'
import { casesOfProduct, findCases, isFound, namesProduct, readWords } from './inbox-search.ts'
import { isReadable } from './readers.ts'
import type { Database, DraftState } from './schema.ts'

/** Lists of the inbox. 'open' is everything that waits for somebody: 'decide' and 'person' together. */
export const INBOX_VIEWS = ['open', 'decide', 'person', 'sending', 'answered', 'closed', 'all'] as const
export type InboxView = (typeof INBOX_VIEWS)[number]

export interface InboxFilter {
  view: InboxView
  network?: string
  language?: string
  /** What the person reads, of all languages; asking for one of them by name overrides it. */
  languages?: readonly string[] | null
  code?: string
  sentiment?: string
  /** Id of a product or title that a post names. */
  product?: string
  /** A person, or nobody. */
  assignee?: number | null
  /** Whoever looks for what is theirs: given to them, or brought before them. */
  handedTo?: number
  /** Those that rest, instead of the others. */
  snoozed?: boolean
  search?: string
}

export const VIEW_STATES: Partial<Record<InboxView, readonly DraftState[]>> = {
  open: WAITING_DRAFT,
  decide: ['pending'],
  person: ['none', 'returned'],
  sending: ['approved'],
}

/** Cases in which somebody must act come most urgent first, the others newest first. */
export function isUrgentView(view: InboxView): boolean {
  return VIEW_STATES[view] !== undefined
}

export type CaseQuery<O> = SelectQueryBuilder<Database & { d: Database['drafts'] }, 'cases' | 'd', O>

/** A filter made ready: what can be found by index was found. */
export interface Narrowed {
  filter: InboxFilter
  /** The only cases that can match; null: all of them. */
  ids: readonly number[] | null
  /** What is left to be asked of each case, one after the other. */
  walks: boolean
  where<O>(query: CaseQuery<O>): CaseQuery<O>
}

/** Looks up what a filter searches for. */
export async function narrow(db: Db, filter: InboxFilter): Promise<Narrowed> {
  const search = filter.search ? readWords(filter.search) : null
  const [found, products] = await Promise.all([
    search ? findCases(db, search) : null,
    filter.product ? casesOfProduct(db, filter.product) : null,
  ])
  const ids = found && products ? found.filter((id) => products.includes(id)) : (found ?? products)
  const slow = [
    ...(search && !found ? [isFound(search)] : []),
    ...(filter.product && !products ? [namesProduct(filter.product)] : []),
  ]
  return {
    filter,
    ids,
    walks: slow.length > 0,
    where(query) {
      const narrowed = ids ? query.where(sql<boolean>`cases.id = any(${ids}::bigint[])`) : query
      return slow.reduce((sum, condition) => sum.where(condition), narrowed)
    },
  }
}

/** What the columns of a case tell by themselves. */
export function matching<O>(query: CaseQuery<O>, filter: InboxFilter): CaseQuery<O> {
  let found = query
  if (filter.language) found = found.where('cases.language', '=', filter.language)
  else if (filter.languages?.length) found = found.where(isReadable(filter.languages))
  if (filter.code) found = found.where('cases.code', '=', filter.code)
  if (filter.network) found = found.where('cases.network', '=', filter.network)
  if (filter.sentiment) found = found.where('cases.sentiment', '=', filter.sentiment)
  if (filter.assignee === null) found = found.where('cases.assignee_id', 'is', null)
  else if (filter.assignee !== undefined) found = found.where('cases.assignee_id', '=', filter.assignee)
  if (filter.handedTo !== undefined) found = found.where(isHandedTo(filter.handedTo))
  if (filter.snoozed) return found.where('cases.snoozed_until', '>', sql<Date>`now()`)
  // Lists of what is done or under way show everything.
  const waits = filter.view === 'open' || filter.view === 'decide' || filter.view === 'person'
  return waits ? found.where(isAwake) : found
}

/** How many cases wait for somebody in person that are in none of these languages. */
export async function countHandedUnread(
  db: Db,
  userId: number,
  languages: readonly string[],
): Promise<number> {
  const row = await openCases(db, WAITING_DRAFT)
    .where(isAwake)
    .where(isHandedTo(userId))
    .where(sql<boolean>`not ${isReadable(languages)}`)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}

function isHandedTo(userId: number) {
  return sql<boolean>`(cases.assignee_id = ${userId} or cases.escalated_to = ${userId})`
}

/** Open cases with their current drafts, in one of these states. */
export function openCases(db: Db, states: readonly DraftState[] = CURRENT_DRAFT): CaseQuery<unknown> {
  return db
    .selectFrom('cases')
    .innerJoin('drafts as d', (join) => join.onRef('d.case_id', '=', 'cases.id').on('d.state', 'in', states))
    .where('cases.state', '=', 'open') as unknown as CaseQuery<unknown>
}
