import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { audit } from './audit.ts'
import { lockAuthors } from './cases.ts'
import type { Store, Trx } from './database.ts'
import { type ForgottenRows, runSteps, type Step, withReposts, wordSteps } from './forget-words.ts'
import { type Person, type Traces, tracesOf } from './person-traces.ts'

/** Something on its way to or for the person, which is finished first. */
export interface InFlight {
  kind: 'reply' | 'refund' | 'replacement' | 'mail'
  /** Of a reply its case; else its own. */
  id: number
  state: string
}

/** What was taken out of the house in one piece and may hold them. */
export interface ExportThatMayHold {
  id: number
  at: string
  by: string
  format: string
  /** Whether masked texts and pseudonyms were in it. */
  texts: boolean
}

export interface Erasure {
  id: number
  at: Date
  rows: ForgottenRows
  exports: ExportThatMayHold[]
}

export type ErasureResult =
  | { outcome: 'erased'; erasure: Erasure }
  | { outcome: 'in-flight'; inFlight: InFlight[] }
  /** There is nothing of them. */
  | { outcome: 'nothing' }

export interface PersonFound {
  person: Person
  usernames: string[]
  /** What an erasure would change, row by row. */
  rows: ForgottenRows
  inFlight: InFlight[]
  exports: ExportThatMayHold[]
  since: Date | null
}

/** Why their cases are closed; the desk says it in its reader's language. */
const ERASED = 'this person was erased'

/** Rolls a look back. */
class OnlyLooking extends Error {
  override name = 'OnlyLooking'
}

/** What an erasure would do: it is done, counted and taken back. */
export async function lookAtPerson(
  store: Store,
  person: Person,
  pseudonyms: readonly string[],
): Promise<PersonFound> {
  let found: PersonFound | null = null
  await store
    .transaction()
    .execute(async (trx) => {
      const traces = await tracesOf(trx, person)
      const inFlight = await inFlightOf(trx, traces)
      const exports = await exportsThatMayHold(trx, traces, pseudonyms)
      const rows = await eraseTraces(trx, traces, pseudonyms)
      found = { person, usernames: traces.usernames, rows, inFlight, exports, since: traces.since }
      throw new OnlyLooking()
    })
    .catch((error: unknown) => {
      if (!(error instanceof OnlyLooking)) throw error
    })
  return found as unknown as PersonFound
}

/**
 * Erases a person everywhere, in one transaction, and writes down that it was done. Money and the audit log stay: they
 * hold ids and hashes. What is in flight is finished first, what only waits is called off.
 * @param pseudonyms of the person, with every key that is known
 * @param keyedHashes what the record names the person by
 */
export async function erasePerson(
  store: Store,
  person: Person,
  pseudonyms: readonly string[],
  by: { actor: string; keyedHashes: readonly string[]; again: boolean },
): Promise<ErasureResult> {
  return store.transaction().execute(async (trx): Promise<ErasureResult> => {
    await lockAuthors(
      trx,
      person.accounts.map(({ network, authorId }) => ({ network, author_id: authorId })),
    )
    const traces = await tracesOf(trx, person)
    const inFlight = await inFlightOf(trx, traces)
    if (inFlight.length > 0) return { outcome: 'in-flight', inFlight }
    const exports = await exportsThatMayHold(trx, traces, pseudonyms)
    const rows = await eraseTraces(trx, traces, pseudonyms)
    if (Object.keys(rows).length === 0) return { outcome: 'nothing' }
    const { id, at } = await trx
      .insertInto('erasures')
      .values({
        by: by.actor,
        again: by.again,
        people: [...by.keyedHashes],
        counts: JSON.stringify(rows),
        exports: JSON.stringify(exports),
      })
      .returning(['id', 'at'])
      .executeTakeFirstOrThrow()
    await audit(trx, by.actor, 'person.erased', `erasure:${id}`, { rows, again: by.again })
    return { outcome: 'erased', erasure: { id, at, rows, exports } }
  })
}

/**
 * Replies that are being sent, money and mails that are on their way. Whoever sends a reply holds the lock of its case;
 * with the locks of all of them in this transaction, none begins.
 */
async function inFlightOf(trx: Trx, traces: Traces): Promise<InFlight[]> {
  const { caseIds, refundIds, replacementIds, mailIds } = traces
  const { rows } = await sql<InFlight>`
    select 'reply' as kind, id, 'sending' as state from unnest(${caseIds}::bigint[]) cases (id)
    where not pg_try_advisory_xact_lock(hashtextextended('publish:' || id, 0))
    union
    select 'reply', case_id, state from replies where case_id = any(${caseIds}::bigint[]) and state = 'sending'
    union all
    select 'refund', id, state from refunds where id = any(${refundIds}::bigint[])
      and (state in ('asked', 'reserved', 'sending', 'pending', 'unknown') or untold)
    union all
    select 'replacement', id, state from replacements where id = any(${replacementIds}::bigint[])
      and state in ('asked', 'intent')
    union all
    select 'mail', id, state from mails where id = any(${mailIds}::bigint[]) and state = 'intent'
    order by 1, 2`.execute(trx)
  return rows
}

async function exportsThatMayHold(
  trx: Trx,
  traces: Traces,
  pseudonyms: readonly string[],
): Promise<ExportThatMayHold[]> {
  const { rows } = await sql<ExportThatMayHold>`
    with theirs as (
      select at, written_at from contacts where person = any(${pseudonyms}::text[])
      union all
      select at, written_at from contacts where case_id = any(${traces.caseIds}::bigint[])
    )
    select id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, made_by as by, format, texts
    from contact_exports where exists (
      select 1 from theirs where theirs.at >= contact_exports.contacts_from and theirs.at < contact_exports.contacts_to
        and theirs.written_at <= contact_exports.at)
    order by contact_exports.at`.execute(trx)
  return rows
}

async function eraseTraces(trx: Trx, traces: Traces, pseudonyms: readonly string[]): Promise<ForgottenRows> {
  await sql`select set_config('kikimimi.forgetting', 'on', true)`.execute(trx)
  const postIds = await withReposts(trx, traces.postIds)
  return runSteps(trx, [
    ...stepsFor(traces, pseudonyms),
    ...wordSteps(postIds, 'deleted'),
    ...lastSteps(traces),
  ])
}

/** Every place that holds something of a person. A table that is new belongs here; a test looks for those forgotten. */
function stepsFor(traces: Traces, pseudonyms: readonly string[]): Step[] {
  const cases = sql`any(${traces.caseIds}::bigint[])`
  const posts = sql`any(${traces.postIds}::bigint[])`
  const drafts = sql`any(${traces.draftIds}::bigint[])`
  const external = sql`any(${traces.externalIds}::text[])`
  const sids = sql`any(${traces.sids}::text[])`
  const customers = sql`any(${traces.customers}::text[])`
  const networks = sql`${traces.accounts.map(({ network }) => network)}::text[]`
  const authorIds = sql`${traces.accounts.map(({ authorId }) => authorId)}::text[]`
  const onNetworks = sql`network = any(${networks})`
  const theirs = sql`(network, author_id) in (select * from unnest(${networks}, ${authorIds}))`
  return [
    // What waits is called off.
    [
      'drafts',
      sql`
      update drafts set text = null, reason = null, decision_note = null, checks = '[]',
        state = case when state in ('pending', 'approved', 'none', 'returned') then 'superseded' else state end
      where id = ${drafts}`,
    ],
    [
      'replies',
      sql`
      update replies set text = '', error = null,
        state = case when state = 'intent' then 'cancelled' else state end
      where case_id = ${cases}`,
    ],
    [
      'cases',
      sql`
      update cases set state = 'closed', closed_at = coalesce(closed_at, now()), close_reason = ${ERASED},
        needs_draft_since = null, needs_person = null, snoozed_until = null, snooze_note = null,
        escalation_reason = null, reach = 0
      where id = ${cases}`,
    ],
    [
      'refund_events',
      sql`
      update refund_events set facts = '{}', waits_for = null, person_since = null,
        state = case when state in ('waiting', 'new') then 'dropped' else state end
      where id = any(${traces.eventIds}::bigint[])`,
    ],
    // Words about them, and words to them.
    [
      'note_mentions',
      sql`delete from note_mentions where note_id in (select id from case_notes where case_id = ${cases})`,
    ],
    ['case_notes', sql`delete from case_notes where case_id = ${cases}`],
    ...traces.usernames.filter(isTelling).map(namedInNotes),
    ...letterSteps(traces),
    ['thoughts', sql`delete from thoughts where post_id = ${posts}`],
    ['own_replies', sql`update own_replies set text = '' where ${onNetworks} and in_reply_to = ${external}`],
    [
      'image_cache',
      sql`
      delete from image_cache where url_hash in (
        select encode(sha256(convert_to(picture ->> 'url', 'utf8')), 'hex')
        from posts cross join lateral jsonb_array_elements(posts.media) picture
        where own and ${onNetworks} and reply_to_id = ${external})`,
    ],
    [
      'post_words',
      sql`
      delete from post_words where post_id in (
        select id from posts where own and ${onNetworks} and reply_to_id = ${external})`,
    ],
    [
      'posts',
      sql`
      update posts set text = '', media = '[]', context = '{}', erased_at = now()
      where own and ${onNetworks} and reply_to_id = ${external}`,
    ],
    [
      'mails',
      sql`
      update mails set recipient = '', subject = '', text = '', html = '', error = null
      where id = any(${traces.mailIds}::bigint[])`,
    ],
    [
      'refunds',
      sql`
      update refunds set note = null, error = null
      where id = any(${traces.refundIds}::bigint[]) and (note is not null or error is not null)`,
    ],
    [
      'replacements',
      sql`
      update replacements set error = null
      where id = any(${traces.replacementIds}::bigint[]) and error is not null`,
    ],
    // What they watched, and how.
    ['cmcd_reports', sql`delete from cmcd_reports where sid = ${sids}`],
    ['streaming_sessions', sql`delete from streaming_sessions where sid = ${sids}`],
    [
      'quarantine',
      sql`delete from quarantine where source = any(${traces.sids.map((sid) => `cmcd:${sid}`)}::text[])`,
    ],
    // Who they are.
    ['author_links', sql`delete from author_links where ${theirs} or customer_id = ${customers}`],
    ['claim_visits', sql`delete from claim_visits where ${theirs} or customer_id = ${customers}`],
    [
      'contacts',
      sql`
      update contacts set person = null, text = null, amended_at = now()
      where (person = any(${pseudonyms}::text[]) or case_id = ${cases}) and (person is not null or text is not null)`,
    ],
    // What broke on its way, and what a model said: answers can not be told apart by person, so all since then go.
    [
      'dead_letters',
      sql`
      delete from dead_letters where (queue, ref) in (
        select 'triage', id::text from unnest(${traces.postIds}::bigint[]) id
        union all select 'draft', id::text from unnest(${traces.caseIds}::bigint[]) id
        union all select 'publish', id::text from unnest(${traces.draftIds}::bigint[]) id
        union all select 'quality', * from unnest(${traces.sids}::text[])
        union all select 'refund', id::text from unnest(${traces.eventIds}::bigint[]) id
        union all select 'payout', id::text from unnest(${traces.refundIds}::bigint[]) id
        union all select 'replace', id::text from unnest(${traces.replacementIds}::bigint[]) id
        union all select 'mail', id::text from unnest(${traces.mailIds}::bigint[]) id)`,
    ],
    [
      'quarantine',
      sql`
      delete from quarantine where id in (
        select entry.id from quarantine entry
        cross join lateral regexp_matches(lower(entry.payload), '"([^"]+)"', 'g') as quoted
        where quoted[1] = any(${[...namesOf(traces), ...traces.externalIds, ...traces.sids].map((name) => name.toLowerCase())}::text[]))`,
    ],
    [
      'model_answers',
      traces.since ? sql`delete from model_answers where at >= ${traces.since}` : sql`select`,
    ],
    [
      null,
      sql`update posts set state = 'ignored', ignored_reason = 'erased' where id = ${posts} and state = 'new'`,
    ],
    [
      'chat_messages',
      sql`
      delete from chat_messages where state = 'waiting' and news_id in (
        select id from chat_news where post_id = ${posts})`,
    ],
  ]
}

/**
 * At the very end the account itself: what was theirs belongs to nobody any more, under a name that says nothing. Ids of
 * posts stay, so that a post that is heard once more is not taken for a new one.
 */
function lastSteps(traces: Traces): Step[] {
  return traces.accounts.flatMap(({ network, authorId }): Step[] => {
    const nobody = `erased-${randomUUID()}`
    return [
      [
        null,
        sql`
        insert into authors (network, external_id, username)
        select network, ${nobody}, '—' from authors where network = ${network} and external_id = ${authorId}`,
      ],
      [
        null,
        sql`update posts set author_id = ${nobody} where network = ${network} and author_id = ${authorId}`,
      ],
      [
        null,
        sql`update cases set author_id = ${nobody} where network = ${network} and author_id = ${authorId}`,
      ],
      ['authors', sql`delete from authors where network = ${network} and external_id = ${authorId}`],
    ]
  })
}

/** Letters stay without their words: what a letter about their cases says in those words, or by their name. */
function letterSteps(traces: Traces): Step[] {
  const letters = sql`any(array(
    select letter_id from letter_cases where case_id = any(${traces.caseIds}::bigint[])
    union select letter_id from letter_voices where post_id = any(${traces.postIds}::bigint[])))`
  const names = traces.usernames.filter(isTelling)
  const words = sql`array(
    select word from (
      select unnest(${names}::text[]) as word
      union select text from posts where id = any(${traces.postIds}::bigint[])
      union select text from letter_voices where post_id = any(${traces.postIds}::bigint[])
    ) words where length(word) >= 3 order by length(word) desc)`
  const inJson = sql`array(select substr(to_json(word)::text, 2, length(to_json(word)::text) - 2) from unnest(${words}) word)`
  const without = (column: string, needles: RawBuilder<unknown>) =>
    sql`forget_words(${sql.ref(column)}, ${needles})`
  return [
    [
      'letters',
      sql`
      update letters set title = ${without('title', words)}, reason = ${without('reason', words)}
      where id = ${letters} and (title, reason) is distinct from (${without('title', words)}, ${without('reason', words)})`,
    ],
    [
      'letter_events',
      sql`
      update letter_events set note = ${without('note', words)}
      where letter_id = ${letters} and note is distinct from ${without('note', words)}`,
    ],
    [
      'letter_versions',
      sql`
      update letter_versions set answers = forget_words(answers::text, ${inJson})::jsonb
      where letter_id = ${letters} and answers::text is distinct from forget_words(answers::text, ${inJson})`,
    ],
    [
      'letter_originals',
      sql`
      update letter_originals set words = '', masked = '', sender = ''
      where exists (
        select 1 from unnest(${names}::text[]) name
        where position(lower(name) in lower(sender)) > 0 or position(lower(name) in lower(words)) > 0)`,
    ],
  ]
}

/** Names as short as these stand in every other sentence. */
function isTelling(name: string): boolean {
  return [...name].length >= 3
}

function namesOf(traces: Traces): string[] {
  return [
    ...traces.usernames.filter(isTelling),
    ...traces.accounts.map(({ authorId }) => authorId),
    ...traces.customers,
  ]
}

/** Somebody else's case, and a note that names them: the name goes, the note stays. */
function namedInNotes(name: string): Step {
  const literally = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return [
    'case_notes',
    sql`
    update case_notes set text = regexp_replace(text, ${literally}, '…', 'gi')
    where bigrams(text) @> bigrams(${name}) and text ~* ${literally}`,
  ]
}
