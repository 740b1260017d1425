import { z } from 'zod'
import { approveRefund, denyRefund } from '../cases/index.ts'
import { retryRefund, settleUnknownRefund } from '../refunds/index.ts'
import { askedRefunds, hangingRefunds, listRefunds, rejectedMails } from '../store/refunds-page.ts'
import { type Desk, sendPage } from './desk.ts'
import { goTo, type Route, readForm, readId, readNumber, signedIn, type Visit } from './visit.ts'

const PAGE = 50
const settleForm = z.object({
  paid: z.enum(['yes', 'no']),
  providerId: z.string().trim().max(200).default(''),
})

/** Refunds: those that wait for a person, and what became of the others. */
export function refundRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/refunds',
      allow: 'read',
      async handle(visit) {
        const before = readNumber(visit.request.query.before)
        const first = before === null
        const [asked, hanging, mails, page] = await Promise.all([
          first ? askedRefunds(desk.store) : [],
          first ? hangingRefunds(desk.store) : [],
          first ? rejectedMails(desk.store) : [],
          listRefunds(desk.store, before, PAGE),
        ])
        await sendPage(desk, visit, 'refunds', {
          asked: asked.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
          hanging: hanging.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
          mails,
          rows: page.rows.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
          moreHref: page.next === null ? null : `/refunds?before=${page.next}`,
        })
      },
    },
    {
      method: 'post',
      path: '/refunds/:id/approve',
      allow: 'approve',
      async handle(visit) {
        const refundId = readId(visit)
        const { reserve } = desk.refunds
        const done = await approveRefund(desk.store, { refundId, userId: signedIn(visit).id, reserve })
        if (done.outcome === 'approved') await desk.queues.enqueue('payout', [refundId])
        settled(visit, done.outcome === 'approved' ? 'refundApproved' : 'refundSettled')
      },
    },
    {
      method: 'post',
      path: '/refunds/:id/deny',
      allow: 'approve',
      async handle(visit) {
        const done = await denyRefund(desk.store, { refundId: readId(visit), userId: signedIn(visit).id })
        settled(visit, done.outcome === 'denied' ? 'refundDenied' : 'refundSettled')
      },
    },
    {
      method: 'post',
      path: '/refunds/:id/retry',
      allow: 'approve',
      async handle(visit) {
        const refundId = readId(visit)
        const done = await retryRefund(desk.store, { refundId, userId: signedIn(visit).id })
        if (done.outcome === 'reserved') await desk.queues.enqueue('payout', [refundId])
        settled(visit, RETRIED[done.outcome])
      },
    },
    {
      method: 'post',
      path: '/refunds/:id/settle',
      allow: 'approve',
      async handle(visit) {
        const refundId = readId(visit)
        const { paid, providerId } = readForm(visit, settleForm)
        const done = await settleUnknownRefund(desk.store, {
          refundId,
          userId: signedIn(visit).id,
          paid: paid === 'yes',
          ...(providerId === '' ? {} : { providerId }),
        })
        // The payout writes the mail that the customer did not get.
        if (done.outcome === 'paid') await desk.queues.enqueue('payout', [refundId])
        settled(visit, SETTLED[done.outcome])
      },
    },
  ]
}

const RETRIED = {
  reserved: 'refundRetried',
  'nothing-left': 'refundNothingLeft',
  conflict: 'refundSettled',
} as const
const SETTLED = { paid: 'refundFoundPaid', failed: 'refundFoundUnpaid', conflict: 'refundSettled' } as const

function settled(visit: Visit, notice: string): void {
  goTo(visit, '/refunds', notice)
}
