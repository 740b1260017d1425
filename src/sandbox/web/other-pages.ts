import type { ReceivedMail } from '../inbox/index.ts'
import { orderTotalMinor } from '../shop/catalogue.ts'
import { type Html, html } from './html.ts'
import type { World } from './index.ts'
import { layout } from './layout.ts'
import { clock } from './x-page.ts'

export function overviewPage(world: World, mails: ReceivedMail[]): string {
  const refunds = world.payments.control.refunds()
  const spent = world.x.control.charges().reduce((sum, charge) => sum + charge.costMicroUsd, 0)
  return layout(
    'Sandbox',
    '/',
    html`<p>This stands in for the outside world: it speaks as the real services do, and nothing in it is real.</p>
<ul>
<li><a href="/x">X</a>: ${world.x.control.posts().length} posts, ${world.x.control.timeline().length} of them by @${world.x.username}; its API was called ${world.x.control.requests().length} times since the start and has cost $${(spent / 1_000_000).toFixed(3)}</li>
<li><a href="/inbox">Inbox</a>: ${mails.length} mails</li>
<li><a href="/payments">Payments</a>: ${refunds.length} refunds</li>
<li><a href="/shop">Shop</a>: ${world.shop.control.orders().length} orders of ${world.shop.control.customers().length} customers</li>
</ul>`,
    5,
  )
}

export function inboxPage(mails: ReceivedMail[]): string {
  return layout(
    'Inbox',
    '/inbox',
    html`<p>${mails.length} mails. <a href="/inbox.json">JSON</a></p>
${[...mails].reverse().map(
  (mail) => html`<article>
<h2>${mail.subject}</h2>
<p class="meta">from ${mail.from} to ${mail.to.join(', ')} · ${clock(mail.receivedAt)}<br>Message-ID ${mail.messageId}</p>
<pre>${mail.text || mail.html}</pre>
</article>`,
)}`,
    5,
  )
}

export function paymentsPage(world: World): string {
  const { control } = world.payments
  const paid = new Map(control.payments().map((payment) => [payment.id, payment]))
  return layout(
    'Payments',
    '/payments',
    table(
      ['When', 'Refund', 'State', 'Payment', 'Amount', 'Of', 'Refund key'],
      [...control.refunds()]
        .reverse()
        .map((refund) => [
          clock(refund.createdAt),
          refund.id,
          refund.status,
          refund.paymentId,
          money(refund.amountMinor, refund.currency),
          money(paid.get(refund.paymentId)?.amountMinor ?? 0, refund.currency),
          refund.metadata.refundKey ?? '',
        ]),
      'Nothing has been refunded yet.',
    ),
    5,
  )
}

export function shopPage(world: World): string {
  const { control } = world.shop
  const names = new Map(control.customers().map((customer) => [customer.id, customer]))
  return layout(
    'Shop',
    '/shop',
    table(
      ['Order', 'Customer', 'Placed', 'Lines', 'Total'],
      control
        .orders()
        .map((order) => [
          order.id,
          html`${names.get(order.customerId)?.name ?? ''}<br><span class="meta">${order.customerId} · ${order.country}</span>`,
          clock(order.placedAt),
          html`${order.lines.map((line) => html`${line.quantity} × ${line.title} <span class="meta">(${line.kind})</span><br>`)}`,
          money(orderTotalMinor(order), order.currency),
        ]),
      'No orders.',
    ),
  )
}

function table(heads: string[], rows: (Html | string)[][], empty: string): Html {
  if (rows.length === 0) return html`<p>${empty}</p>`
  return html`<div class="scroll"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`
}

function money(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amountMinor / 10 ** digits)
}
