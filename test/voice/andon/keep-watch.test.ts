import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { storeContactCodes } from '../../../src/store/contacts.ts'
import { voicesOfSignal } from '../../../src/store/signals.ts'
import { createAndonWatch } from '../../../src/voice/index.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { seeded } from '../random.ts'
import { addContacts, THINGS } from './andon-at-test.ts'

const HOUR_MS = 3_600_000
const FIRST = Date.UTC(2026, 1, 1)
const WEEKS_HOURS = 28 * 24
const AFTER = FIRST + WEEKS_HOURS * HOUR_MS

let db: TestStore
beforeEach(async () => {
  db = await createTestStore()
})
afterEach(() => db.close())

const open = () => createAndonWatch(db.store, { timeZone: 'Asia/Tokyo', things: THINGS })
type Watch = ReturnType<typeof open>

async function runUntilDone(watch: Watch, now: number): Promise<number[]> {
  const all: number[] = []
  for (;;) {
    const { raised, more } = await watch.turn(new Date(now))
    all.push(...raised)
    if (!more) return all
  }
}

const signals = () => db.store.selectFrom('signals').selectAll().orderBy('id').execute()

/** Four weeks of three products. */
function usual(from = FIRST, hours = WEEKS_HOURS) {
  const random = seeded(7)
  return Array.from({ length: hours }, (_, hour) =>
    Object.entries({ 'heater-kotori': 1, 'kettle-sora': 2, 'rice-koshi-5': 0.5 }).flatMap(
      ([product_id, mean]) =>
        Array.from({ length: random.poisson(mean) }, () => ({
          at: new Date(from + (hour + random.next()) * HOUR_MS),
          product_id,
          code: random.next() < 0.3 ? 'item.defective' : 'delivery.late',
        })),
    ),
  )
    .flat()
    .sort((one, other) => one.at.getTime() - other.at.getTime())
}

function burst(count: number, from = AFTER) {
  return Array.from({ length: count }, (_, n) => ({ at: new Date(from + n * 60_000), person: `person-${n}` }))
}

describe('danger', () => {
  test('is a signal at the first voice, told to chats once, with the voice behind it', async () => {
    await addContacts(db.store, [
      {
        at: new Date(AFTER),
        code: 'item.safety',
        severity: 3,
        text: 'The heater of [name] smoked',
        person: 'p',
      },
    ])
    expect(await runUntilDone(open(), AFTER + 1000)).toHaveLength(1)
    const [signal] = await signals()
    expect(signal).toMatchObject({ reason: 'danger', kind: 'product', name: 'heater-kotori', state: 'open' })
    const behind = await voicesOfSignal(db.store, signal?.id ?? 0, 10)
    expect(behind).toMatchObject({
      people: 1,
      contacts: 1,
      voices: [{ text: 'The heater of [name] smoked' }],
    })
    // another process, and the same one after a restart
    expect(await runUntilDone(open(), AFTER + 2000)).toEqual([])
    const news = await db.store.selectFrom('chat_news').select(['kind', 'severity', 'body']).execute()
    expect(news).toMatchObject([
      { kind: 'signal', severity: 3, body: { title: { en: 'Danger: Kotori ceramic heater' } } },
    ])
  })

  test('that a person saw where triage did not is a signal too', async () => {
    await addContacts(db.store, [
      { at: new Date(AFTER), code: 'item.defective' },
      { at: new Date(AFTER), kind: 'correction', code: 'item.safety', severity: 2 },
    ])
    await runUntilDone(open(), AFTER + 1000)
    expect(await signals()).toMatchObject([{ reason: 'danger' }])
  })

  test('of a title is one of the title', async () => {
    await addContacts(db.store, [{ at: new Date(AFTER), product_id: 'film-casablanca', severity: 3 }])
    await runUntilDone(open(), AFTER + 1000)
    expect(await signals()).toMatchObject([{ kind: 'title', name: 'film-casablanca' }])
  })

  test('of days ago is no news when history is read', async () => {
    await addContacts(db.store, [{ at: new Date(FIRST), severity: 3 }])
    await runUntilDone(open(), AFTER)
    expect(await signals()).toEqual([])
  })
})

describe('more than usual', () => {
  test('is a signal with what was seen and what is usual; praise is none', async () => {
    await addContacts(db.store, usual())
    const watch = open()
    await runUntilDone(watch, AFTER)
    expect(await signals()).toEqual([])
    await addContacts(
      db.store,
      burst(40).map((each) => ({ ...each, code: 'feedback.praise', sentiment: 'positive' })),
    )
    await runUntilDone(watch, AFTER + HOUR_MS)
    expect(await signals()).toEqual([])
    await addContacts(db.store, burst(40))
    await runUntilDone(watch, AFTER + HOUR_MS)
    const [signal] = await signals()
    expect(signal).toMatchObject({
      reason: 'surge',
      kind: 'product',
      name: 'heater-kotori',
      code: 'item.defective',
    })
    expect(signal?.seen).toBeGreaterThan(3 * (signal?.expected ?? 0))
  })

  test('is found by a process that began in the middle as by one that saw it all', async () => {
    await addContacts(db.store, usual())
    const first = open()
    await runUntilDone(first, AFTER)
    // an hour later it stores what it knows
    await first.turn(new Date(AFTER + 2 * HOUR_MS))
    const all = burst(40)
    await addContacts(db.store, all.slice(0, 3))
    await runUntilDone(first, AFTER + 2 * HOUR_MS)
    const second = open()
    await addContacts(db.store, all.slice(3))
    await runUntilDone(second, AFTER + 2 * HOUR_MS)
    const found = await signals()
    expect(found.filter(({ name }) => name === 'heater-kotori')).toHaveLength(1)
    await runUntilDone(first, AFTER + 2 * HOUR_MS)
    expect(await signals()).toEqual(found)
  })

  test('is not lost where the database fails while it is written down', async () => {
    await addContacts(db.store, usual())
    const watch = open()
    await runUntilDone(watch, AFTER)
    await addContacts(db.store, burst(40))
    await sql`alter table signals rename to gone`.execute(db.store)
    await expect(runUntilDone(watch, AFTER + HOUR_MS)).rejects.toThrow()
    await sql`alter table gone rename to signals`.execute(db.store)
    await runUntilDone(watch, AFTER + HOUR_MS)
    expect(await signals()).toMatchObject([{ name: 'heater-kotori' }])
  })

  test('is none where a code only got another name, and a surge under the new one still is', async () => {
    await addContacts(db.store, usual())
    const first = open()
    await runUntilDone(first, AFTER)
    await first.turn(new Date(AFTER + 2 * HOUR_MS))
    await storeContactCodes(db.store, [
      {
        code: 'item.broken',
        name: { en: 'Broken', ja: '故障' },
        department: 'a',
        formerly: ['item.defective'],
      },
      { code: 'delivery.late', name: { en: 'Late', ja: '遅れ' }, department: 'a' },
    ])
    const second = open()
    const renamed = (contacts: { at: Date; code?: string }[]) =>
      contacts.map((each) => (each.code === 'delivery.late' ? each : { ...each, code: 'item.broken' }))
    await addContacts(db.store, renamed(usual(AFTER, 48)))
    const later = AFTER + 48 * HOUR_MS
    await runUntilDone(second, later)
    expect(await signals()).toEqual([])
    await addContacts(db.store, renamed(burst(40, later)))
    await runUntilDone(second, later + HOUR_MS)
    expect(await signals()).toMatchObject([{ name: 'heater-kotori', code: 'item.broken' }])
    // voices that were coded before the name changed are behind it, too
    await addContacts(db.store, [{ at: new Date(later + 60_000), code: 'item.defective', person: 'old' }])
    const [signal] = await signals()
    expect((await voicesOfSignal(db.store, signal?.id ?? 0, 99)).people).toBeGreaterThanOrEqual(41)
  })

  test('is judged by what was there before, as soon as that is written', async () => {
    await sql`insert into contacts_to_do (old, what, ref) values (true, 'post', '1')`.execute(db.store)
    const watch = open()
    // the newest are written first
    await addContacts(db.store, burst(4))
    await runUntilDone(watch, AFTER + HOUR_MS)
    await addContacts(db.store, usual().reverse())
    await runUntilDone(watch, AFTER + HOUR_MS)
    expect(await signals()).toEqual([])
    await sql`delete from contacts_to_do`.execute(db.store)
    await addContacts(db.store, burst(36, AFTER + 4 * 60_000))
    await runUntilDone(watch, AFTER + HOUR_MS)
    expect(await signals()).toMatchObject([{ name: 'heater-kotori', reason: 'surge' }])
    expect(await db.store.selectFrom('andon_watch').select('learnt').execute()).toEqual([{ learnt: true }])
  })
})
