import type { MailTemplates } from '../src/mail/index.ts'
import { ComeBackLater } from '../src/queue/index.ts'
import { payRefund, type ShopClient, type WriteMail } from '../src/refunds/index.ts'
import type { Parts } from './parts.ts'

/** Pays reserved refunds through the provider and writes the mail that tells the customer. */
export function payoutWorker({ store, refunds, queues }: Parts) {
  return async (ids: string[]) => {
    if (!refunds) return
    const writeMail = mailWriter(refunds.mails, refunds.shop)
    for (const id of ids) {
      const result = await payRefund(store, refunds.gateway, Number(id), writeMail)
      if (result.outcome === 'later') throw new ComeBackLater(result.reason, result.delayMs)
      if (result.outcome === 'paid' && result.mailId !== null) await queues.enqueue('mail', [result.mailId])
    }
  }
}

function mailWriter(mails: MailTemplates, shop: ShopClient): WriteMail {
  return async (refund) => {
    if (!refund.mail_template) return null
    const customer = await shop.customer(refund.customer_id)
    const mail = mails.render(refund.mail_template, customer.locale, {
      title: refund.title,
      amountMinor: refund.amount_minor,
      currency: refund.currency,
      customerName: customer.name,
      problem: refund.problem ?? '',
    })
    return {
      key: `refund-${refund.key}`,
      message_id: `<refund-${refund.id}.${Buffer.from(refund.key).toString('hex').slice(0, 24)}@kikimimi>`,
      refund_id: refund.id,
      customer_id: refund.customer_id,
      recipient: customer.email,
      locale: customer.locale,
      template: refund.mail_template,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
    }
  }
}
