import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import { storableJson } from './posts.ts'
import type { ContactKind, ContactOutcome } from './schema.ts'

/** A contact as it is written; who it is of stands in `person` only, as a pseudonym. */
export interface NewContact {
  kind: ContactKind
  ref: string
  case_id: number | null
  at: Date
  network: string
  region: string | null
  language: string | null
  code: string
  codes: string[]
  code_before: string | null
  sentiment: string | null
  severity: number | null
  product_id: string | null
  product_name: string | null
  order_kind: string | null
  outcome: ContactOutcome
  open: boolean
  refund_minor: number | null
  refund_currency: string | null
  first_answer_s: number | null
  cost_micro_usd: number
  text: string | null
  person: string | null
}

/** A contact as every department may read it: a row of the view `voice.contacts`. */
export interface Contact extends Omit<NewContact, 'ref'> {
  id: number
  /** UTC, YYYY-MM-DD. */
  day: string
  /** `code`, or what it was renamed to. */
  code_now: string
  code_state: 'current' | 'renamed' | 'removed'
  department: string | null
  written_at: Date
  amended_at: Date
}

/** Columns of `Contact`, in their order; `voice.contacts` has the same. */
export const CONTACT_COLUMNS = [
  'id',
  'kind',
  'at',
  'day',
  'network',
  'region',
  'language',
  'code',
  'code_now',
  'code_state',
  'department',
  'codes',
  'code_before',
  'sentiment',
  'severity',
  'product_id',
  'product_name',
  'order_kind',
  'outcome',
  'open',
  'refund_minor',
  'refund_currency',
  'first_answer_s',
  'cost_micro_usd',
  'text',
  'person',
  'case_id',
  'written_at',
  'amended_at',
] as const satisfies readonly (keyof Contact)[]
/** Columns that are about one person. */
export const PERSONAL_COLUMNS = ['text', 'person', 'case_id'] as const satisfies readonly (keyof Contact)[]

/**
 * Writes contacts, or amends those that are there; one that stays the same is not touched. Of one whose person was
 * forgotten (`person` is null) text and person stay away; what it was about stays known when the post's words are gone.
 */
export async function writeContacts(trx: Db, contacts: readonly NewContact[]): Promise<void> {
  if (contacts.length === 0) return
  await sql`
    insert into contacts as c (kind, ref, case_id, at, network, region, language, code, codes, code_before, sentiment,
      severity, product_id, product_name, order_kind, outcome, open, refund_minor, refund_currency, first_answer_s,
      cost_micro_usd, text, person)
    select new.* from json_to_recordset(${storableJson(contacts)}::json) as new (
      kind text, ref text, case_id bigint, at timestamptz, network text, region text, language text, code text,
      codes text[], code_before text, sentiment text, severity int, product_id text, product_name text,
      order_kind text, outcome text, open boolean, refund_minor bigint, refund_currency text, first_answer_s int,
      cost_micro_usd bigint, text text, person text)
    on conflict (kind, ref) do update set
      case_id = excluded.case_id, at = excluded.at, network = excluded.network, region = excluded.region,
      language = excluded.language, code = excluded.code, codes = excluded.codes, code_before = excluded.code_before,
      sentiment = excluded.sentiment, severity = excluded.severity,
      product_id = coalesce(excluded.product_id, c.product_id),
      product_name = coalesce(excluded.product_name, c.product_name), order_kind = excluded.order_kind, outcome = excluded.outcome,
      open = excluded.open, refund_minor = excluded.refund_minor, refund_currency = excluded.refund_currency,
      first_answer_s = excluded.first_answer_s, cost_micro_usd = excluded.cost_micro_usd,
      text = case when c.person is not null then excluded.text end,
      person = case when c.person is not null then excluded.person end, amended_at = now()
    where (c.case_id, c.at, c.network, c.region, c.language, c.code, c.codes, c.code_before, c.sentiment, c.severity,
        c.product_id, c.product_name, c.order_kind, c.outcome, c.open, c.refund_minor, c.refund_currency,
        c.first_answer_s, c.cost_micro_usd, c.text, c.person)
      is distinct from
        (excluded.case_id, excluded.at, excluded.network, excluded.region, excluded.language, excluded.code,
        excluded.codes, excluded.code_before, excluded.sentiment, excluded.severity, excluded.product_id,
        excluded.product_name, excluded.order_kind, excluded.outcome, excluded.open, excluded.refund_minor,
        excluded.refund_currency, excluded.first_answer_s, excluded.cost_micro_usd, excluded.text,
        excluded.person)`.execute(trx)
}

/** Takes back contacts of what turned out to be none. */
export async function dropContacts(trx: Db, kind: ContactKind, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return
  await trx
    .deleteFrom('contacts')
    .where('kind', '=', kind)
    .where('ref', 'in', [...refs])
    .execute()
}

/** Which contacts to read. `from` is included, `to` is not. */
export interface ContactFilter {
  from?: Date | undefined
  to?: Date | undefined
  kind?: ContactKind | undefined
  /** A code, also under names that it had; 'delivery.*' is all of a group. */
  code?: string | undefined
  language?: string | undefined
  region?: string | undefined
  network?: string | undefined
  product?: string | undefined
  severity?: number | undefined
  outcome?: ContactOutcome | undefined
  person?: string | undefined
}

/** After which contact to go on. */
export interface ContactPlace {
  at: Date
  id: number
}

/** A page of contacts, the oldest first, through the view that departments see. */
export async function readContacts(
  db: Db,
  filter: ContactFilter,
  { after, limit, texts }: { after?: ContactPlace | null; limit: number; texts: boolean },
): Promise<Contact[]> {
  const codes = filter.code === undefined ? null : await namesOfCode(db, filter.code)
  const where = conditionsOf(filter, codes)
  if (after) where.push(sql`(v.at, v.id) > (${after.at}, ${after.id}::bigint)`)
  const hidden = new Set<string>(texts ? [] : PERSONAL_COLUMNS)
  const columns = CONTACT_COLUMNS.filter((column) => !hidden.has(column)).map((column) =>
    column === 'day' ? sql`v.day::text as day` : sql.ref(`v.${column}`),
  )
  const { rows } = await sql<Contact>`
    select ${sql.join(columns)} from voice.contacts v
    where ${sql.join(where, sql` and `)}
    order by v.at, v.id limit ${limit}`.execute(db)
  return rows
}

/** Every contact of a filter, page by page: memory stays the same however many there are. */
export async function* eachContactPage(
  db: Db,
  filter: ContactFilter,
  { texts, pageSize = 2_000 }: { texts: boolean; pageSize?: number },
): AsyncGenerator<Contact[]> {
  for (let after: ContactPlace | null = null; ; ) {
    const page: Contact[] = await readContacts(db, filter, { after, limit: pageSize, texts })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    after = { at: last.at, id: last.id }
  }
}

/** Every name that a code has or had; of 'delivery.*' those of the group. */
async function namesOfCode(db: Db, code: string): Promise<string[]> {
  const { rows } = await sql<{ code: string }>`
    select known.code from voice.codes known
    where ${code.endsWith('.*') ? sql`starts_with(known.code_now, ${code.slice(0, -1)})` : sql`known.code_now = ${code}`}`.execute(
    db,
  )
  return rows.map((row) => row.code)
}

/** @param codes those that the filter's code stands for */
function conditionsOf(filter: ContactFilter, codes: string[] | null): RawBuilder<unknown>[] {
  const where: RawBuilder<unknown>[] = [sql`true`]
  const { from, to, kind, language, region, network, product, severity, outcome, person } = filter
  if (from) where.push(sql`v.at >= ${from}`)
  if (to) where.push(sql`v.at < ${to}`)
  if (kind) where.push(sql`v.kind = ${kind}`)
  if (codes) where.push(sql`v.code = any(${codes}::text[])`)
  if (language) where.push(sql`v.language = ${language}`)
  if (region) where.push(sql`v.region = ${region}`)
  if (network) where.push(sql`v.network = ${network}`)
  if (product) where.push(sql`v.product_id = ${product}`)
  if (severity !== undefined) where.push(sql`v.severity >= ${severity}`)
  if (outcome) where.push(sql`v.outcome = ${outcome}`)
  if (person) where.push(sql`v.person = ${person}`)
  return where
}

/**
 * Keeps what the taxonomy says of its codes; what it says no more stays known as removed, or as renamed where a code
 * names it under `formerly`.
 */
export async function storeContactCodes(
  db: Db,
  codes: readonly {
    code: string
    name: { en: string; ja: string }
    department: string
    formerly?: readonly string[] | undefined
  }[],
): Promise<void> {
  const rows = codes.flatMap(({ code, name, department, formerly = [] }) => {
    const known = { name_en: name.en, name_ja: name.ja, department, seen_at: new Date() }
    return [
      { ...known, code, listed: true, renamed_to: null },
      ...formerly.map((old) => ({ ...known, code: old, listed: false, renamed_to: code })),
    ]
  })
  await db
    .insertInto('contact_codes')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('code').doUpdateSet((eb) => ({
        name_en: sql<string>`case when excluded.listed then excluded.name_en else contact_codes.name_en end`,
        name_ja: sql<string>`case when excluded.listed then excluded.name_ja else contact_codes.name_ja end`,
        department: eb.ref('excluded.department'),
        listed: eb.ref('excluded.listed'),
        renamed_to: eb.ref('excluded.renamed_to'),
        seen_at: eb.ref('excluded.seen_at'),
      })),
    )
    .execute()
  await db
    .updateTable('contact_codes')
    .set({ listed: false, renamed_to: null })
    .where(
      'code',
      'not in',
      rows.map(({ code }) => code),
    )
    .execute()
}
