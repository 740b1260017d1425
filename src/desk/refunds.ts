import { z } from 'zod'
import {
  approveIncident,
  approveRefund,
  type Capped,
  denyRefund,
  giveUpRefund,
  retryRefund,
  settleUnknownRefund,
} from '../refunds/index.ts'
import { openStops } from '../store/payout-stops.ts'
import {
  askedIncidents,
  askedOfIncident,
  askedRefunds,
  hangingRefunds,
  listRefunds,
  rejectedMails,
} from '../store/refunds-page.ts'
import { orderlessOn } from './claims.ts'
import { type Desk, sendPage } from './desk.ts'
import { moneyOn } from './money.ts'
import { replacementsOn } from './replacements.ts'
import { goTo, type Route, readForm, readId, readNumber, signedIn, type Visit } from './visit.ts'

const PAGE = 50
const OF_AN_INCIDENT = 10
const settleForm = z.object({
  paid: z.enum(['yes', 'no']),
  providerId: z.string().trim().max(200).default(''),
})
const giveUpForm = z.object({ note: z.string().trim().min(1).max(500) })

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
        const [stops, incidents, asked, hanging, mails, page] = await Promise.all([
          openStops(desk.store),
          first ? askedIncidents(desk.store) : [],
          first ? askedRefunds(desk.store) : [],
          first ? hangingRefunds(desk.store) : [],
          first ? rejectedMails(desk.store) : [],
          listRefunds(desk.store, before, PAGE),
        ])
        await sendPage(desk, visit, 'refunds', {
          stops,
          incidents: await Promise.all(
            byIncident(incidents).map((incident) => withSome(desk, visit, incident)),
          ),
          asked: asked.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
          hanging: hanging.map((refund) => ({ ...refund, why: refund.sentence[visit.language] })),
          mails,
          replacements: first ? await replacementsOn(desk, visit) : { waiting: [], others: [] },
          orderless: first ? await orderlessOn(desk, visit) : [],
          money: first ? await moneyOn(desk, visit) : null,
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
        const { payouts } = desk.refunds
        const done = await approveRefund(desk.store, payouts, { refundId, userId: signedIn(visit).id })
        if (done.outcome === 'approved') await desk.queues.enqueue('payout', [refundId])
        if (done.outcome === 'capped') return settled(visit, capNotice(done))
        settled(visit, done.outcome === 'approved' ? 'refundApproved' : 'refundSettled')
      },
    },
    {
      method: 'post',
      path: '/refunds/incidents/:id/approve',
      allow: 'approve',
      async handle(visit) {
        const { approved, left } = await approveIncident(desk.store, desk.refunds.payouts, {
          incidentId: readId(visit),
          userId: signedIn(visit).id,
        })
        await desk.queues.enqueue('payout', approved)
        if (left > 0) return settled(visit, 'incidentPartlyApproved')
        settled(visit, approved.length > 0 ? 'incidentApproved' : 'refundSettled')
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
        const { payouts } = desk.refunds
        const done = await retryRefund(desk.store, payouts, { refundId, userId: signedIn(visit).id })
        if (done.outcome === 'reserved') await desk.queues.enqueue('payout', [refundId])
        if (done.outcome === 'capped') return settled(visit, capNotice(done))
        settled(visit, done.outcome === 'reserved' ? 'refundRetried' : 'refundSettled')
      },
    },
    {
      method: 'post',
      path: '/refunds/:id/give-up',
      allow: 'approve',
      async handle(visit) {
        const { note } = readForm(visit, giveUpForm)
        const done = await giveUpRefund(desk.store, {
          refundId: readId(visit),
          userId: signedIn(visit).id,
          note,
        })
        settled(visit, done.outcome === 'given-up' ? 'refundGivenUp' : 'refundSettled')
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

type AskedIncident = Awaited<ReturnType<typeof askedIncidents>>[number]

/** One person's word is for an incident as a whole, whatever currencies its refunds are in. */
function byIncident(rows: readonly AskedIncident[]) {
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const sum = (key: 'count' | 'neverStarted') => own.reduce((total, row) => total + Number(row[key]), 0)
    const sums = own.map(({ minor, currency }) => ({ minor, currency }))
    return [{ ...first, sums, count: sum('count'), neverStarted: sum('neverStarted') }]
  })
}

async function withSome(desk: Desk, visit: Visit, incident: ReturnType<typeof byIncident>[number]) {
  const refunds = await askedOfIncident(desk.store, incident.id, OF_AN_INCIDENT)
  const shown = refunds.map((refund) => ({ ...refund, why: refund.sentence[visit.language] }))
  return { ...incident, refunds: shown, more: Math.max(0, incident.count - shown.length) }
}

const SETTLED = { paid: 'refundFoundPaid', failed: 'refundFoundUnpaid', conflict: 'refundSettled' } as const

/** Which phrase says why nothing was set aside. */
function capNotice({ limit }: Capped): string {
  return limit === 'charge' ? 'refundNothingLeft' : 'refundCapped'
}

function settled(visit: Visit, notice: string): void {
  goTo(visit, '/refunds', notice)
}
