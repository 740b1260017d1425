import { approveRefund, denyRefund } from '../cases/index.ts'
import { askedRefunds, listRefunds } from '../store/refunds-page.ts'
import { type Desk, sendPage } from './desk.ts'
import { goTo, type Route, readId, readNumber, signedIn, type Visit } from './visit.ts'

const PAGE = 50

/** Refunds: those that wait for a person, and what became of the others. */
export function refundRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/refunds',
      allow: 'read',
      async handle(visit) {
        const before = readNumber(visit.request.query.before)
        const [asked, page] = await Promise.all([
          before === null ? askedRefunds(desk.store) : [],
          listRefunds(desk.store, before, PAGE),
        ])
        await sendPage(desk, visit, 'refunds', {
          asked: asked.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
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
  ]
}

function settled(visit: Visit, notice: string): void {
  goTo(visit, '/refunds', notice)
}
