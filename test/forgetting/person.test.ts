import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { withLock } from '../../src/store/database.ts'
import { type ErasureRecord, listErasures } from '../../src/store/erasures.ts'
import { insertPosts } from '../../src/store/posts.ts'
import {
  createPseudonyms,
  eraseAgain,
  findPerson,
  forgetPerson,
  type PersonName,
  readPersonName,
} from '../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../support/store.ts'
import { ACCOUNT, CUSTOMER, columnsWith, PLANTED, plantPerson, textColumns } from './plant.ts'

const pseudonyms = createPseudonyms('a secret of at least thirty-two characters')
const NEEDLES = Object.values(PLANTED)
const NEIGHBOUR = {
  account: '880066',
  customer: 'cust-neighbour',
  planted: {
    handle: 'Gartenzwerg_12',
    name: 'Nora Gartenzwerg',
    words: 'knuspriges Lagerfeuer',
    mail: 'nora@gartenzwerg.example',
  },
}
/** Tables with columns for text that hold no words of customers and no names, and why. */
const HOLDS_NOTHING: Record<string, string> = {
  abuse_showings: 'ids',
  andon_watch: 'pseudonyms of some hours, written over every hour',
  api_charges: 'ids of posts, for the bill',
  api_spend: 'sums',
  audit_log: 'ids and hashes, and stays',
  author_links: 'ids; goes all the same',
  case_presence: 'colleagues',
  chat_news: 'codes and figures: words are read from the post when they leave',
  chat_channels: 'names of channels',
  contact_codes: 'the taxonomy',
  contact_exports: 'who took what when',
  contact_tokens: 'hashes',
  contacts_to_do: 'ids',
  cord_messages: 'products, and what the shop said',
  cords: 'words of colleagues about a product',
  crises: 'words of colleagues',
  disputes: 'ids at the payment provider, and stays',
  dossier_tries: 'words of colleagues about a product, masked',
  erasures: 'keyed hashes and counts',
  forgotten: 'counts',
  heartbeats: 'processes',
  incidents: 'of films and regions',
  invitations: 'colleagues',
  labels: 'codes',
  ledger_entries: 'money, and stays',
  letter_mails: 'a mail says where to read, not what',
  listing_cases: 'of products',
  looks_again: 'counts',
  model_states: 'processes',
  own_timelines: 'times',
  payout_stops: 'words of colleagues',
  provider_events: 'ids at the payment provider, and stays',
  queue_history: 'counts',
  rate_limits: 'counts',
  readings: 'colleagues',
  reconciliations: 'refunds by their ids, and stays',
  refund_decisions: 'ids and figures, and stays',
  refund_rule_versions: 'rules',
  request_limits: 'hashes and addresses, for minutes',
  review_days: 'counts',
  review_mails: 'colleagues',
  review_stays: 'counts',
  review_zone: 'a time zone',
  secrets: 'keys',
  shadow_decisions: 'ids and figures',
  shop_cursors: 'times',
  shop_orders: 'counts',
  signals: 'figures',
  sources: 'what is searched for',
  suggestion_clusters: 'what colleagues call a wish, masked',
  suggestion_voices: 'words of a contact, which take it along when they go (test/voice/suggestions.test.ts)',
  user_departments: 'colleagues',
  user_identities: 'colleagues',
  users: 'colleagues',
  web_sessions: 'colleagues',
}

const pseudonymsOf = (account: string, customer: string): [string, string] => [
  pseudonyms.of({ network: 'x', id: account }),
  pseudonyms.of({ network: 'shop', id: customer }),
]
const named = (text: string) => readPersonName(text) as PersonName

let db: TestStore
let planted: Awaited<ReturnType<typeof plantPerson>>
beforeEach(async () => {
  db = await createTestStore()
  const { store } = db
  planted = await plantPerson(store, {
    account: ACCOUNT,
    customer: CUSTOMER,
    planted: PLANTED,
    pseudonyms: pseudonymsOf(ACCOUNT, CUSTOMER),
  })
  await plantPerson(store, { ...NEIGHBOUR, pseudonyms: pseudonymsOf(NEIGHBOUR.account, NEIGHBOUR.customer) })
  return () => db.close()
})

describe('erasing a person', () => {
  test('leaves none of their words and names in any column of any table', async () => {
    const { store } = db
    const before = await columnsWith(store, NEEDLES)
    const known = new Set([...before.map((name) => name.split('.')[0]), ...Object.keys(HOLDS_NOTHING)])
    const tables = new Set((await textColumns(store)).map(({ table }) => table))
    // A new table: plant something in it and erase it in src/store/erase-person.ts, or say here why it holds nothing.
    expect([...tables].filter((table) => !known.has(table))).toEqual([])
    const neighbour = await columnsWith(store, Object.values(NEIGHBOUR.planted))

    const result = await forgetPerson(
      store,
      pseudonyms,
      named(`x:@${PLANTED.handle.toLowerCase()}`),
      'user:900',
    )

    expect(result).toMatchObject({ outcome: 'erased' })
    expect(await columnsWith(store, NEEDLES)).toEqual([])
    // Answers of the model can not be told apart by person: all of them go.
    expect(await columnsWith(store, Object.values(NEIGHBOUR.planted))).toEqual(
      neighbour.filter((name) => !name.startsWith('model_answers')),
    )
  })

  test('takes the account and its links away: what was theirs belongs to nobody', async () => {
    const { store } = db
    await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')
    const { rows } = await sql<{ author_id: string }>`
      select author_id from cases where id = ${planted.caseId}
      union select author_id from posts where id = ${planted.postId}`.execute(store)
    expect(rows).toHaveLength(1)
    expect(rows[0]?.author_id).toMatch(/^erased-/)
    for (const table of ['authors', 'author_links', 'claim_visits', 'streaming_sessions']) {
      const column =
        table === 'authors' ? 'external_id' : table === 'streaming_sessions' ? 'customer_id' : 'author_id'
      const left = await sql`
        select 1 from ${sql.table(table)} where ${sql.ref(column)} in (${ACCOUNT}, ${CUSTOMER})`.execute(
        store,
      )
      expect(`${table} ${left.rows.length}`).toBe(`${table} 0`)
    }
  })

  test('keeps money and the audit log as they were, with ids and figures only', async () => {
    const { store } = db
    const kept = async () =>
      (
        await sql`
        select (select jsonb_agg(to_jsonb(refunds) - 'note' - 'error' order by id) from refunds) as refunds,
          (select jsonb_agg(to_jsonb(d) order by id) from refund_decisions d) as decisions,
          (select jsonb_agg(to_jsonb(r) - 'error' order by id) from replacements r) as replacements,
          (select jsonb_agg(to_jsonb(a) order by id) from audit_log a where action <> 'person.erased') as log`.execute(
          store,
        )
      ).rows
    const before = await kept()
    await forgetPerson(store, pseudonyms, named(`shop:${CUSTOMER}`), 'user:900')
    expect(await kept()).toEqual(before)
  })

  test('calls off what waits: the draft is not sent, the case is closed', async () => {
    const { store } = db
    await forgetPerson(store, pseudonyms, named(`case:${planted.caseId}`), 'user:900')
    const draft = await store
      .selectFrom('drafts')
      .select(['state', 'text'])
      .where('id', '=', planted.pendingId)
      .executeTakeFirst()
    expect(draft).toEqual({ state: 'superseded', text: null })
    const found = await store
      .selectFrom('cases')
      .select('state')
      .where('id', '=', planted.caseId)
      .executeTakeFirst()
    expect(found).toEqual({ state: 'closed' })
  })

  test.each([
    ['account name', () => `@${PLANTED.handle}`],
    ['account id', () => `x:${ACCOUNT}`],
    ['customer id', () => `shop:${CUSTOMER}`],
    ['case', () => `case:${planted.caseId}`],
    ['pseudonym of the account', () => pseudonyms.of({ network: 'x', id: ACCOUNT })],
    ['pseudonym of the customer', () => pseudonyms.of({ network: 'shop', id: CUSTOMER })],
  ])('finds the same person by %s', async (_by, name) => {
    const found = await findPerson(db.store, pseudonyms, named(name()))
    expect(found?.person).toEqual({
      accounts: [{ network: 'x', authorId: ACCOUNT }],
      customers: [CUSTOMER],
    })
    expect(found?.rows).toMatchObject({
      posts: 5,
      mails: 2,
      drafts: 2,
      case_notes: 2,
      contacts: 4,
      thoughts: 1,
    })
  })

  test('looking changes nothing', async () => {
    const { store } = db
    const before = await columnsWith(store, NEEDLES)
    await findPerson(store, pseudonyms, named(`x:${ACCOUNT}`))
    expect(await columnsWith(store, NEEDLES)).toEqual(before)
    expect(await listErasures(store, 1)).toEqual([])
  })

  test('finds nobody where there is nobody, and nobody twice', async () => {
    const { store } = db
    expect(await findPerson(store, pseudonyms, named('x:@nobody_here'))).toBeNull()
    expect(await findPerson(store, pseudonyms, named('shop:none'))).toBeNull()
    await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')
    expect(await findPerson(store, pseudonyms, named(`x:${ACCOUNT}`))).toBeNull()
    expect(await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')).toEqual({
      outcome: 'nothing',
    })
  })
})

describe('what is on its way', () => {
  const erase = () => forgetPerson(db.store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')

  test('a reply that is being sent is finished first', async () => {
    const { store } = db
    await withLock(store, `publish:${planted.caseId}`, async () => {
      expect(await erase()).toMatchObject({
        outcome: 'in-flight',
        inFlight: [{ kind: 'reply', id: planted.caseId }],
      })
    })
    await store
      .updateTable('replies')
      .set({ state: 'sending' })
      .where('case_id', '=', planted.caseId)
      .execute()
    expect(await erase()).toMatchObject({ outcome: 'in-flight' })
    expect(await columnsWith(store, NEEDLES)).not.toEqual([])
    await store.updateTable('replies').set({ state: 'sent' }).where('case_id', '=', planted.caseId).execute()
    expect(await erase()).toMatchObject({ outcome: 'erased' })
  })

  test.each(['asked', 'reserved', 'sending', 'pending', 'unknown'] as const)(
    'a refund that is %s is decided first',
    async (state) => {
      await db.store.updateTable('refunds').set({ state }).where('id', '=', planted.refundId).execute()
      expect(await erase()).toEqual({
        outcome: 'in-flight',
        inFlight: [{ kind: 'refund', id: planted.refundId, state }],
      })
    },
  )
})

describe('the record of an erasure', () => {
  test('proves what went, names nobody, and can not be changed', async () => {
    const { store } = db
    const at = new Date(Date.now() - 60_000)
    await sql`
      insert into contact_exports (made_by, format, contacts_from, contacts_to, texts)
      values ('user:900', 'csv', ${at}, now() + interval '1 day', true),
        ('user:900', 'csv', now() - interval '9 days', now() - interval '8 days', true)`.execute(store)
    await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')
    const [record] = await listErasures(store, 1)
    expect(record?.people.sort()).toEqual(pseudonymsOf(ACCOUNT, CUSTOMER).sort())
    expect(record?.counts).toMatchObject({ posts: 5, triages: 1, mails: 2, cmcd_reports: 1, quarantine: 2 })
    expect(record?.exports).toHaveLength(1)
    expect(record?.exports[0]).toMatchObject({ by: 'user:900', format: 'csv', texts: true })
    await expect(sql`update erasures set people = '{}'`.execute(store)).rejects.toThrow('append-only')
    const { rows } = await sql`select actor, subject from audit_log where action = 'person.erased'`.execute(
      store,
    )
    expect(rows).toEqual([{ actor: 'user:900', subject: `erasure:${record?.id}` }])
  })

  test('a post that is heard once more does not come back, a new one is that of somebody new', async () => {
    const { store } = db
    await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')
    const post = {
      externalId: `${ACCOUNT}1`,
      author: { id: ACCOUNT, username: 'somebody', name: null, followers: 1 },
      text: PLANTED.words,
      createdAt: new Date(),
      conversationId: null,
      replyToId: null,
      quotedId: null,
      repostOfId: null,
      editOfId: null,
      summoned: true,
      own: false,
      media: [],
      context: {},
    }
    const stored = await store.transaction().execute((trx) => insertPosts(trx, 'x', 'x:mentions', [post]))
    expect(stored).toEqual([])
    expect(await columnsWith(store, [PLANTED.words])).toEqual([])
    const fresh = { ...post, externalId: '12345', text: 'Hello again' }
    expect(
      await store.transaction().execute((trx) => insertPosts(trx, 'x', 'x:mentions', [fresh])),
    ).toHaveLength(1)
    const found = await findPerson(store, pseudonyms, named(`x:${ACCOUNT}`))
    expect(found?.rows).toMatchObject({ posts: 1 })
    // They wrote after they were erased: nothing is to be done again.
    expect(await eraseAgain(store, pseudonyms, [], 'command-line')).toEqual({
      erased: 0,
      inFlight: 0,
      unknown: 0,
    })
  })

  test('erases again who came back with a backup, from records that the backup does not hold', async () => {
    const { store } = db
    const backup = await createTestStore()
    try {
      await plantPerson(backup.store, {
        account: ACCOUNT,
        customer: CUSTOMER,
        planted: PLANTED,
        pseudonyms: pseudonymsOf(ACCOUNT, CUSTOMER),
      })
      await forgetPerson(store, pseudonyms, named(`x:${ACCOUNT}`), 'user:900')
      const [record] = await listErasures(store, 1)
      // The day came when the secret was changed.
      const rotated = createPseudonyms(
        'another secret of thirty-two characters',
        'a secret of at least thirty-two characters',
      )
      const strange = { at: new Date(), people: ['abcdef.AAAAAAAAAAAAAAAAAAAAAA'] }
      const done = await eraseAgain(backup.store, rotated, [record as ErasureRecord, strange], 'command-line')
      expect(done).toEqual({ erased: 1, inFlight: 0, unknown: 1 })
      expect(await columnsWith(backup.store, NEEDLES)).toEqual([])
      expect(await listErasures(backup.store, 5)).toMatchObject([{ again: true, by: 'command-line' }])
      expect(
        await eraseAgain(backup.store, rotated, [record as ErasureRecord], 'command-line'),
      ).toMatchObject({ erased: 0 })
    } finally {
      await backup.close()
    }
  })
})

test('somebody can be named in six ways, and nothing else is a name', () => {
  expect(readPersonName(' x:@Handle ')).toEqual({ kind: 'account', network: 'x', name: 'Handle' })
  expect(readPersonName('＠handle')).toEqual({ kind: 'account', network: 'x', name: 'handle' })
  expect(readPersonName('shop:a b:c')).toEqual({ kind: 'customer', id: 'a b:c' })
  expect(readPersonName('case:12')).toEqual({ kind: 'case', id: 12 })
  const pseudonym = pseudonyms.of({ network: 'x', id: '1' })
  expect(readPersonName(pseudonym)).toEqual({ kind: 'pseudonym', pseudonym })
  for (const nothing of ['', 'x:', 'handle', 'case:twelve', 'case:-1', ':a'])
    expect(readPersonName(nothing)).toBeNull()
})
