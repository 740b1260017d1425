import { z } from 'zod'
import { chooseOrderLine, dropClaim, ShopAnswerError, ShopUnavailableError } from '../refunds/index.ts'
import { eventsOfCase, listAskedForLine } from '../store/refund-events.ts'
import { showCase } from './case-page.ts'
import { codeName, type Desk } from './desk.ts'
import { type KnownOrders, ordersOf } from './known-orders.ts'
import { goTo, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const lineForm = z.object({ line: z.string().min(1).max(200) })

/** What a person decides about complaints whose order nobody can tell. */
export function claimRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/cases/:id/claims/:event/order',
      allow: 'approve',
      async handle(visit) {
        const [caseId, eventId] = [readId(visit), readId(visit, 'event')]
        const { line } = readForm(visit, lineForm)
        const { shop } = desk.refunds
        if (!shop) return goTo(visit, `/cases/${caseId}`, 'refundsOff')
        const choice = { caseId, eventId, orderLineId: line, userId: signedIn(visit).id }
        const done = await chooseOrderLine(desk.store, shop, choice).catch(whileShopIsAway)
        if (!done) return showCase(desk, visit, caseId, { alert: { key: 'shopAway' } }, 409)
        if (done.outcome === 'chosen') await desk.queues.enqueue('refund', [eventId])
        goTo(visit, `/cases/${caseId}`, CHOSEN[done.outcome])
      },
    },
    {
      method: 'post',
      path: '/cases/:id/claims/:event/drop',
      allow: 'approve',
      async handle(visit) {
        const [caseId, eventId] = [readId(visit), readId(visit, 'event')]
        const done = await dropClaim(desk.store, { caseId, eventId, userId: signedIn(visit).id })
        goTo(visit, `/cases/${caseId}`, done.outcome === 'dropped' ? 'claimDropped' : 'claimSettled')
      },
    },
  ]
}

function whileShopIsAway(error: unknown): null {
  if (error instanceof ShopUnavailableError || error instanceof ShopAnswerError) return null
  throw error
}

const CHOSEN = { chosen: 'claimChosen', conflict: 'claimSettled', 'not-theirs': 'claimNotTheirs' } as const

type CaseEvent = Awaited<ReturnType<typeof eventsOfCase>>[number]

/** The refunds of a case in sentences, and the customer's orders where a person may choose one. */
export async function claimsOf(desk: Desk, visit: Visit, caseId: number) {
  const events = await eventsOfCase(desk.store, caseId)
  const orders = await ordersOf(desk, visit, caseId)
  return {
    claims: events.map((event) => ({
      id: event.id,
      kind: event.kind,
      about: event.code === null ? null : codeName(desk, visit, event.code),
      sentence: event.sentence?.[visit.language] ?? null,
      decisionId: event.decision_id,
      standing: event.sentence ? null : `claims.${standingOf(event)}`,
      orderId: event.order_id,
      at: event.created_at,
      refund:
        event.refund_state === null
          ? null
          : {
              amountMinor: event.amount_minor ?? 0,
              currency: event.currency ?? '',
              state: event.refund_state,
              coupon: event.method === 'coupon',
              giver: event.granted_by,
              note: event.note,
            },
      replacement:
        event.replacement_state === null
          ? null
          : { state: event.replacement_state, quantity: event.quantity ?? 1, title: event.replaced ?? '' },
      choosable: event.state === 'waiting' && event.waits_for === 'order',
      droppable: event.kind === 'complaint' && event.state === 'waiting',
      lines: linesFor(orders, event),
    })),
    orders,
  }
}

function standingOf(event: CaseEvent): string {
  if (event.state === 'dropped') return event.dropped_by === null ? 'recoded' : 'dropped'
  if (event.state !== 'waiting') return 'deciding'
  if (event.waits_for === 'link') return 'waitsLink'
  return event.person_since === null ? 'waitsShop' : 'waitsOrder'
}

/** Lines of the kind that the complaint can be about first; where there is none, all. */
function linesFor(orders: KnownOrders | null, { code }: CaseEvent) {
  const all = orders?.lines ?? []
  const fitting = all.filter((line) => code === null || line.fits(code))
  return fitting.length > 0 ? fitting : all
}

/** Complaints whose order a person must name, for the page of refunds. */
export async function orderlessOn(desk: Desk, visit: Visit) {
  const rows = await listAskedForLine(desk.store)
  return rows.map((row) => ({ ...row, about: codeName(desk, visit, row.code ?? '') }))
}
