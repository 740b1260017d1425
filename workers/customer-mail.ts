import { hash } from 'node:crypto'
import type { MailTemplates } from '../src/mail/index.ts'
import type { ShopClient, WriteMail, WriteReplacementMail } from '../src/refunds/index.ts'
import type { NewMail } from '../src/store/mails.ts'

interface Pen {
  mails: MailTemplates
  shop: Pick<ShopClient, 'customer'>
  /** Sender of all mails; its domain ends their Message-IDs. */
  from: string
}

/** What both refunds and replacements know about whom to tell of what. */
interface Told {
  about: 'refund' | 'replacement'
  id: number
  key: string
  customerId: string
  template: string | null
}

/** Writes the mail about a refund. One about a coupon can tell its code once the shop has made it. */
export function refundMails(pen: Pen): WriteMail {
  return async (refund) => {
    const { id, key, customer_id: customerId, mail_template: template } = refund
    const mail = await write(
      pen,
      { about: 'refund', id, key, customerId, template },
      {
        title: refund.title,
        amountMinor: refund.amount_minor,
        currency: refund.currency,
        problem: refund.problem ?? '',
        incident: refund.incident_id === null ? '' : 'wide',
        couponCode: refund.method === 'coupon' ? (refund.provider_id ?? '') : '',
      },
    )
    return mail && { ...mail, refund_id: id }
  }
}

/** Writes the mail about a piece that is sent again. */
export function replacementMails(pen: Pen): WriteReplacementMail {
  return async (replacement) => {
    const { id, key, customer_id: customerId, mail_template: template, title, quantity } = replacement
    const mail = await write(
      pen,
      { about: 'replacement', id, key, customerId, template },
      { title, quantity },
    )
    return mail && { ...mail, replacement_id: id }
  }
}

async function write(
  { mails, shop, from }: Pen,
  { about, id, key, customerId, template }: Told,
  data: Record<string, unknown>,
): Promise<NewMail | null> {
  if (!template) return null
  const customer = await shop.customer(customerId)
  const mail = mails.render(template, customer.locale, { ...data, customerName: customer.name })
  return {
    key: `${about}-${key}`,
    // The key makes it another one in another database, which counts from 1 again.
    message_id: `<${about}-${id}.${hash('sha256', key).slice(0, 24)}@${domainOf(from)}>`,
    customer_id: customerId,
    recipient: customer.email,
    locale: mail.locale,
    template,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
  }
}

function domainOf(sender: string): string {
  return /@([a-z0-9.-]+)>?\s*$/i.exec(sender)?.[1]?.toLowerCase() ?? 'kikimimi.invalid'
}
