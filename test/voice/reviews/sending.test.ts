import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createMailer, type Mailer } from '../../../src/mail/index.ts'
import { storeContactCodes } from '../../../src/store/contacts.ts'
import { businessDay } from '../../../src/time-zone.ts'
import {
  dueReviews,
  type Letters,
  lastSpan,
  loadLetters,
  loadReviews,
  type ReviewsFile,
  reviewOf,
} from '../../../src/voice/index.ts'
import { WEEKDAYS } from '../../../src/voice/review/reviews-file.ts'
import type { Parts } from '../../../workers/parts.ts'
import { startReviews } from '../../../workers/reviews.ts'
import { startProduct } from '../../support/product.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { until } from '../../support/until.ts'
import { addContacts, noon, ZONE } from './reviews-at-test.ts'

const shipped = loadLetters('templates/letters.yaml')
const { logistics, safety } = shipped.departments
const letters = {
  file: { ...shipped, departments: { logistics, safety: { ...safety, language: 'ja' } } },
  timeZone: () => ZONE,
  language: 'en',
} as unknown as Letters
const week = lastSpan('week', new Date(), ZONE)
/** Due since midnight, whenever this runs. */
const weekday = WEEKDAYS[(new Date(businessDay(new Date(), ZONE)).getUTCDay() + 6) % 7] as 'mon'
const reviews: ReviewsFile = { weekly: { day: weekday, at: '00:00' }, voices: 2 }

let db: TestStore
let server: SMTPServer
let mailer: Mailer
const inbox: Email[] = []

beforeAll(async () => {
  db = await createTestStore()
  server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    async onData(stream, _session, callback) {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      inbox.push(await PostalMime.parse(Buffer.concat(chunks)))
      callback()
    },
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  mailer = createMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'care@hinata.example' })
})
afterAll(async () => {
  mailer?.close()
  await new Promise<void>((done) => server.close(() => done()))
  await db?.close()
})
beforeEach(() => void inbox.splice(0))

const start = () =>
  startReviews({
    store: db.store,
    refunds: null,
    reviews,
    mailer,
    chat: { publicUrl: 'https://desk.example' },
    letters: { letters },
  } as unknown as Parts)
const sent = () =>
  db.store.selectFrom('review_mails').select(['department', 'state']).where('state', '=', 'sent').execute()

test('nothing is sent of a time before anything was recorded', async () => {
  const worker = start()
  await new Promise((wake) => setTimeout(wake, 500))
  await worker.stop()
  expect(inbox).toEqual([])
})

test('each department is sent its own codes once, in its language, whatever runs twice or starts again', async () => {
  await storeContactCodes(db.store, [
    { code: 'delivery.late', name: { en: 'Late delivery', ja: '配送の遅れ' }, department: 'logistics' },
    { code: 'item.safety', name: { en: 'Danger', ja: '危険' }, department: 'safety' },
  ])
  await addContacts(db.store, 3, { at: noon(week.firstDay), text: 'Where is my <parcel>?' })
  await addContacts(db.store, 1, { at: noon(week.firstDay), code: 'item.safety', severity: 3 })
  const both = [start(), start()]
  await until('both reviews are sent', async () => (await sent()).length === 2)
  await Promise.all(both.map((worker) => worker.stop()))
  const again = start()
  await new Promise((wake) => setTimeout(wake, 500))
  await again.stop()
  expect(inbox.map(({ to }) => to?.[0]?.address).sort()).toEqual([
    'logistics@hinata.example',
    'safety@hinata.example',
  ])
  const toLogistics = inbox.find(({ to }) => to?.[0]?.address?.startsWith('logistics'))
  expect(toLogistics).toMatchObject({
    subject: `Review of week ${week.name}: Logistics`,
    messageId: `<review-${week.name}-logistics@desk.example>`,
  })
  expect(toLogistics?.html).toContain('Where is my &lt;parcel&gt;?')
  expect(toLogistics?.html).not.toContain('Danger')
  expect(toLogistics?.text).toContain(`https://desk.example/voice?week=${week.name}&department=logistics`)
  const toSafety = inbox.find(({ to }) => to?.[0]?.address?.startsWith('safety'))
  expect(toSafety?.subject).toBe(`${week.name}週の振り返り：製品安全`)
  const news = await db.store
    .selectFrom('chat_news')
    .select(['key', 'kind', 'codes', 'body'])
    .orderBy('key')
    .execute()
  expect(news).toMatchObject([
    { key: `review:${week.name}:logistics`, kind: 'review', codes: ['delivery.late'] },
    { key: `review:${week.name}:safety`, kind: 'review', codes: ['item.safety'] },
  ])
  expect(JSON.stringify(news)).not.toContain('parcel')
})

test('reviews are due from their time on, on the company’s clock, for three days', () => {
  const file: ReviewsFile = {
    weekly: { day: 'mon', at: '08:00' },
    daily: { at: '07:30', departments: ['safety'] },
    voices: 3,
  }
  const due = (at: string) => dueReviews(file, letters, new Date(at)).map(({ span }) => span.name)
  expect(due('2026-11-22T22:29:00Z')).toEqual([])
  expect(due('2026-11-22T22:31:00Z')).toEqual(['2026-11-22'])
  expect(due('2026-11-22T23:00:00Z')).toEqual(['2026-W47', '2026-11-22'])
  expect(due('2026-11-25T22:59:00Z')).toEqual(['2026-W47', '2026-11-25'])
  expect(due('2026-11-25T23:01:00Z')).toEqual(['2026-11-25'])
  const sunday: ReviewsFile = { weekly: { day: 'sun', at: '20:00' }, voices: 3 }
  // The Sunday of the week that runs tells of the week before.
  expect(dueReviews(sunday, letters, new Date('2026-11-23T01:00:00Z')).map(({ span }) => span.name)).toEqual([
    '2026-W46',
  ])
})

test('the shipped file is read, and a missing one sends nothing', () => {
  expect(loadReviews('templates/reviews.yaml')).toEqual({ weekly: { day: 'mon', at: '08:00' }, voices: 3 })
  expect(dueReviews(loadReviews('/nowhere/reviews.yaml'), letters, new Date())).toEqual([])
})

test('the running product asks its shop for orders, so that rates are known', async () => {
  const product = await startProduct()
  try {
    const { store } = product.db
    await until('the shop told of every day', async () => {
      const rows = await sql<{ days: number }>`select count(*)::int as days from shop_order_days`.execute(
        store,
      )
      return (rows.rows[0]?.days ?? 0) > 380
    })
    const last = lastSpan('week', new Date(), ZONE)
    const orders = product.sandbox.shop.control.orders()
    const within = orders.filter(
      ({ placedAt }) => new Date(placedAt) >= last.from && new Date(placedAt) < last.to,
    )
    const review = await reviewOf(store, { span: last, zone: ZONE })
    expect(review.orders).toBe(within.length)
  } finally {
    await product.close()
  }
}, 60_000)
