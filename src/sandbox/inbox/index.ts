import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { listenPreferably } from '../listen.ts'

export interface ReceivedMail {
  messageId: string
  from: string
  to: string[]
  subject: string
  text: string
  html: string
  /** Names in lower case. */
  headers: { name: string; value: string }[]
  receivedAt: string
  /** The raw message's file in the sandbox's folder. */
  file: string
}

export interface Inbox {
  host: string
  port: number
  /** In order of arrival. The same Message-ID twice is two mails. */
  messages(): Promise<ReceivedMail[]>
  /** The next `times` deliveries are answered with this SMTP reply code after DATA (451 unless told). */
  refuse(times: number, code?: number): void
  /** The next `times` deliveries are kept, but the connection dies before the sender hears so. */
  dropAfter(times: number): void
  close(): Promise<void>
}

/** An SMTP server on loopback that keeps every message as the bytes it came in. */
export async function startInbox(dir: string, wishedPort?: number): Promise<Inbox> {
  const folder = join(dir, 'mail')
  mkdirSync(folder, { recursive: true })
  let refusals = { left: 0, code: 451 }
  let drops = 0
  let lastStamp = 0

  function keep(raw: Buffer): void {
    lastStamp = Math.max(Date.now(), lastStamp + 1)
    const name = `${String(lastStamp).padStart(15, '0')}-${randomBytes(3).toString('hex')}.eml`
    writeFileSync(join(folder, `.${name}.new`), raw)
    renameSync(join(folder, `.${name}.new`), join(folder, name))
  }

  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    size: 5_000_000,
    closeTimeout: 250,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anonymous' }),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (stream.sizeExceeded)
          return done(Object.assign(new Error('The message is too large'), { responseCode: 552 }))
        if (refusals.left > 0) {
          refusals.left -= 1
          return done(Object.assign(new Error('Try again later'), { responseCode: refusals.code }))
        }
        keep(Buffer.concat(chunks))
        if (drops === 0) return done()
        drops -= 1
        hangUp(session.id)
      })
    },
  }
  const server = new SMTPServer(options)
  server.on('error', () => {})
  function hangUp(sessionId: string): void {
    for (const connection of server.connections as Set<{ id: string; close(): void }>)
      if (connection.id === sessionId) connection.close()
  }

  const port = await listenPreferably(server.server, wishedPort)

  return {
    host: '127.0.0.1',
    port,
    async messages() {
      const names = readdirSync(folder).filter((name) => name.endsWith('.eml'))
      return Promise.all(names.sort().map((name) => parseMail(join(folder, name), name)))
    },
    refuse(times, code = 451) {
      refusals = { left: times, code }
    },
    dropAfter(times) {
      drops = times
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function parseMail(path: string, name: string): Promise<ReceivedMail> {
  const mail = await PostalMime.parse(readFileSync(path))
  return {
    messageId: mail.messageId ?? '',
    from: mail.from?.address ?? '',
    to: (mail.to ?? []).flatMap((to) => (to.address ? [to.address] : [])),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: mail.headers.map(({ key, value }) => ({ name: key, value })),
    receivedAt: new Date(Number(name.slice(0, 15))).toISOString(),
    file: path,
  }
}
