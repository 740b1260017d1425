import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailer, loadMailTemplates } from '../../../src/mail/index.ts'
import { sendUp } from '../../../src/voice/index.ts'
import type { Parts } from '../../../workers/index.ts'
import { startLetters } from '../../../workers/letters.ts'
import { addCase, LETTERS } from '../../desk/desk-at-test.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { until } from '../../support/until.ts'

let db: TestStore
const received: Email[] = []
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, _session, callback) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', async () => {
      received.push(await PostalMime.parse(Buffer.concat(chunks)))
      callback()
    })
  },
})

beforeAll(async () => {
  db = await createTestStore()
  await db.store.insertInto('sources').values({ id: 'x:mentions', network: 'x', kind: 'mentions' }).execute()
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  server.close()
  await db.close()
})

test('a letter is announced to its department by one mail, with a link and no word of a customer', async () => {
  const { caseId } = await addCase(db.store, {
    text: 'Call Laura Whitfield on 090-1234-5678',
    name: 'Laura Whitfield',
  })
  const input = {
    source: 'person' as const,
    department: 'logistics',
    caseIds: [caseId],
    title: 'Laura Whitfield waits',
    reason: 'Laura Whitfield, 090-1234-5678',
    sentBy: null,
  }
  const sent = await sendUp(db.store, { ...LETTERS, language: 'ja' }, input, new Date())
  const letterId = 'letterId' in sent ? sent.letterId : 0
  // A case that a rule sends up by itself.
  await addCase(db.store, { severity: 3, text: 'Smoke comes out of it' })
  const { port } = server.server.address() as AddressInfo
  const mailer = createMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'desk@hinata.example' })
  const parts = {
    store: db.store,
    mailer,
    chat: { publicUrl: 'https://desk.example' },
    letters: { letters: LETTERS, mails: loadMailTemplates('templates') },
  } as unknown as Parts
  const worker = startLetters(parts)
  await until('both departments were told', async () => received.length === 2, 12_000)
  await worker.stop()
  mailer.close()
  const [first, second] = received
  expect(first?.to).toMatchObject([{ address: 'logistics@hinata.example' }])
  expect(first?.subject).toBe('物流宛ての書簡（配送の遅れ）')
  expect(first?.messageId).toBe(`<letter-${letterId}-1-new@desk.example>`)
  expect(first?.text).toContain(`https://desk.example/letters/${letterId}`)
  expect(first?.html).toContain(`<a href="https://desk.example/letters/${letterId}"`)
  expect(JSON.stringify(received)).not.toMatch(/Whitfield|090-1234|Smoke/)
  expect(second?.subject).toContain('a letter to Logistics (Late delivery)')
  const waiting = await db.store
    .selectFrom('letter_mails')
    .select('state')
    .where('state', '<>', 'sent')
    .execute()
  expect(waiting).toEqual([])
})
