import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { createMailer, type Mailer, MailRejectedError, type OutgoingMail } from '../../src/mail/index.ts'

const mail: OutgoingMail = {
  to: 'rick@customers.example',
  messageId: '<refund-17@hinata.example.com>',
  subject: '「Casablanca」の代金をご返金いたしました',
  text: '￥480\n',
  html: '<p>￥480</p>',
}
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function mailerFor(port: number): Mailer {
  const mailer = createMailer({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    from: 'ひなた <care@hinata.example.com>',
    timeoutMs: 400,
  })
  closing.push(() => mailer.close())
  return mailer
}

/** A real SMTP server that answers the data of each mail with `answer`: null takes it. */
async function startServer(answer: { code: number; at: 'rcpt' | 'data' } | null) {
  const received: string[] = []
  const refusal = () => Object.assign(new Error('no'), { responseCode: answer?.code })
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (_address, _session, callback) => callback(answer?.at === 'rcpt' ? refusal() : null),
    onData(stream, _session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (answer?.at === 'data') return callback(refusal())
        received.push(Buffer.concat(chunks).toString('utf8'))
        callback()
      })
    },
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  closing.push(() => server.close())
  return { received, port: (listener.address() as AddressInfo).port }
}

describe('a mail over SMTP', () => {
  test('arrives whole, with its own Message-ID, and says that nobody typed it', async () => {
    const { port, received } = await startServer(null)
    const mailer = mailerFor(port)
    await mailer.verify()
    expect(await mailer.send({ ...mail, headers: { 'X-Kikimimi-Refund': '17' } })).toMatchObject({
      accepted: true,
    })
    const arrived = await PostalMime.parse(received[0] ?? '')
    expect(arrived.subject).toBe(mail.subject)
    expect(arrived.messageId).toBe(mail.messageId)
    expect(arrived.from).toMatchObject({ name: 'ひなた', address: 'care@hinata.example.com' })
    expect(arrived.to).toMatchObject([{ address: mail.to }])
    expect(arrived.text?.trim()).toBe('￥480')
    expect(arrived.html).toContain('<p>￥480</p>')
    const headers = Object.fromEntries(arrived.headers.map((header) => [header.key, header.value]))
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'x-kikimimi-refund': '17' })
    expect(headers['content-type']).toMatch(/^multipart\/alternative;/)
    expect(Math.abs(Date.parse(headers.date ?? '') - Date.now())).toBeLessThan(60_000)
  })

  test.each(['rcpt', 'data'] as const)(
    'is refused for good when the server says 550 to its %s',
    async (at) => {
      const { port } = await startServer({ code: 550, at })
      const error = await mailerFor(port)
        .send(mail)
        .catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(MailRejectedError)
      expect((error as MailRejectedError).responseCode).toBe(550)
    },
  )

  test.each(['rcpt', 'data'] as const)(
    'may be tried again when the server says 451 to its %s',
    async (at) => {
      const { port } = await startServer({ code: 451, at })
      const error = await mailerFor(port)
        .send(mail)
        .catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(MailRejectedError)
    },
  )

  test('may be tried again when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const mailer = mailerFor(port)
    const error = await mailer.send(mail).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'ESOCKET' })
    await expect(mailer.verify()).rejects.toThrow(`127.0.0.1:${port} can not be used`)
  })

  test('does not wait for ever for a server that says nothing', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const error = await mailerFor((server.address() as AddressInfo).port)
      .send(mail)
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'ETIMEDOUT' })
    expect(error).not.toBeInstanceOf(MailRejectedError)
  })

  test.each([
    ['subject', { subject: 'Refund\r\nBcc: all@evil.example' }],
    ['recipient', { to: 'rick@customers.example\r\nBcc: all@evil.example' }],
    ['second recipient', { to: 'rick@customers.example, all@evil.example' }],
    ['header', { headers: { 'X-Note': 'a\r\nBcc: all@evil.example' } }],
    ['Message-ID', { messageId: '<a@b>\r\nBcc: all@evil.example' }],
  ])('with a header smuggled into its %s is never sent', async (_field, change) => {
    const { port, received } = await startServer(null)
    await expect(mailerFor(port).send({ ...mail, ...change })).rejects.toBeInstanceOf(MailRejectedError)
    expect(received).toEqual([])
  })
})
