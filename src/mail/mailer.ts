import { createTransport } from 'nodemailer'

export interface OutgoingMail {
  to: string
  /** Fixed, so that a mail sent twice after a crash is the same mail: `<refund-17@hinata.example>`. */
  messageId: string
  subject: string
  text: string
  html: string
  headers?: Record<string, string>
}

export interface Mailer {
  /**
   * Hands one mail to the SMTP server.
   * @returns the server's answer once it has taken the mail
   * @throws MailRejectedError when this mail will never be taken; anything else may be tried again
   */
  send(mail: OutgoingMail): Promise<{ accepted: boolean; response: string }>
  /** Connects and signs in. @throws when that fails */
  verify(): Promise<void>
  close(): void
}

/** The server refused this mail for good (SMTP 5xx), or its addresses can not be right. Do not send it again. */
export class MailRejectedError extends Error {
  override name = 'MailRejectedError'
  /** SMTP code, where a server gave one. */
  responseCode: number | null
  constructor(message: string, responseCode: number | null, cause?: unknown) {
    super(message, { cause })
    this.responseCode = responseCode
  }
}

/**
 * A mailer over SMTP.
 * @param options.smtpUrl `smtp://user:password@host:port`, `smtps://` for TLS from the start
 * @param options.timeoutMs for connecting and for each answer of the server; 10 s by default
 */
export function createMailer(options: { smtpUrl: string; from: string; timeoutMs?: number }): Mailer {
  const timeout = options.timeoutMs ?? 10_000
  const url = new URL(options.smtpUrl)
  const transport = createTransport({
    url: options.smtpUrl,
    // One connection a mail: a pool would send a mail again by itself when its connection breaks.
    pool: false,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // What a mail says never makes us read a file or fetch a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail) {
      refuseLineBreaks(mail)
      try {
        const info = await transport.sendMail({
          from: options.from,
          to: { name: '', address: mail.to },
          messageId: mail.messageId,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // RFC 3834: keeps vacation notices from answering us.
          headers: { ...mail.headers, 'Auto-Submitted': 'auto-generated' },
        })
        return { accepted: info.accepted.length > 0, response: info.response }
      } catch (error) {
        throw asMailError(error, mail.messageId)
      }
    },
    async verify() {
      try {
        await transport.verify()
      } catch (error) {
        throw new Error(
          `the mail server ${url.host} can not be used: ${(error as Error).message}; check SMTP_URL`,
          {
            cause: error,
          },
        )
      }
    },
    close: () => transport.close(),
  }
}

function refuseLineBreaks(mail: OutgoingMail): void {
  const fields = { to: mail.to, messageId: mail.messageId, subject: mail.subject, ...mail.headers }
  for (const [field, value] of Object.entries(fields)) {
    if (!/[\r\n\0]/.test(`${field}${value}`)) continue
    throw new MailRejectedError(`the mail's ${field} holds a line break: it is not sent`, null)
  }
  if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(mail.to)) {
    throw new MailRejectedError("the mail's recipient is not one mail address: it is not sent", null)
  }
}

/** Sorts what nodemailer throws. Errors of signing in (5xx to AUTH) are ours, not the mail's: they stay transient. */
function asMailError(error: unknown, messageId: string): unknown {
  const { responseCode, command, message } = error as {
    responseCode?: number
    command?: string
    message: string
  }
  const ofThisMail = ['MAIL FROM', 'RCPT TO', 'DATA', undefined].includes(command)
  if (!responseCode || responseCode < 500 || !ofThisMail) return error
  return new MailRejectedError(`the mail server refused ${messageId}: ${message}`, responseCode, error)
}
