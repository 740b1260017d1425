import { randomBytes } from 'node:crypto'
import { openJournal } from '../journal.ts'

export interface Payment {
  id: string
  amountMinor: number
  currency: string
}

export interface Refund {
  id: string
  object: 'refund'
  status: 'succeeded' | 'pending' | 'failed'
  paymentId: string
  amountMinor: number
  currency: string
  metadata: Record<string, string>
  createdAt: string
}

/** A customer's objection at the bank; `won` is the shop's. */
export interface Dispute {
  id: string
  object: 'dispute'
  paymentId: string
  amountMinor: number
  currency: string
  status: 'open' | 'won' | 'lost'
  createdAt: string
}

export interface StoredAnswer {
  status: number
  body: unknown
}

export type RefundFields = Pick<Refund, 'paymentId' | 'amountMinor' | 'currency' | 'metadata'>

type Entry =
  | { t: 'payment'; payment: Payment }
  | { t: 'refund'; refund: Refund }
  | { t: 'refund-status'; id: string; status: Refund['status'] }
  | { t: 'dispute'; dispute: Dispute }
  | { t: 'dispute-status'; id: string; status: Dispute['status'] }
  | { t: 'answer'; key: string; fingerprint: string; answer: StoredAnswer }

/** Payments, what was refunded of them, disputes, and the answers stored under idempotency keys. */
export function openLedger(path: string) {
  const payments = new Map<string, Payment>()
  const refunds = new Map<string, Refund>()
  const disputes = new Map<string, Dispute>()
  const answers = new Map<string, { fingerprint: string; answer: StoredAnswer }>()

  function apply(entry: Entry): void {
    if (entry.t === 'payment') payments.set(entry.payment.id, entry.payment)
    else if (entry.t === 'refund') refunds.set(entry.refund.id, entry.refund)
    else if (entry.t === 'refund-status') update(refunds, entry.id, entry.status)
    else if (entry.t === 'dispute') disputes.set(entry.dispute.id, entry.dispute)
    else if (entry.t === 'dispute-status') update(disputes, entry.id, entry.status)
    else answers.set(entry.key, { fingerprint: entry.fingerprint, answer: entry.answer })
  }
  const journal = openJournal<Entry>(path, apply)
  const write = (...entries: Entry[]) => {
    journal.append(...entries)
    entries.forEach(apply)
  }

  function makeRefund(fields: RefundFields, status: Refund['status']): Refund {
    const id = `re_${randomBytes(12).toString('hex')}`
    return { id, object: 'refund', status, ...fields, createdAt: new Date().toISOString() }
  }

  return {
    payment: (id: string) => payments.get(id),
    payments: () => [...payments.values()],
    addPayment(payment: Payment) {
      if (!payments.has(payment.id)) write({ t: 'payment', payment })
    },
    refunds: () => [...refunds.values()],
    refund: (id: string) => refunds.get(id),
    refundedMinor: (paymentId: string) =>
      [...refunds.values()]
        .filter((refund) => refund.paymentId === paymentId && refund.status !== 'failed')
        .reduce((sum, refund) => sum + refund.amountMinor, 0),
    answerFor: (key: string) => answers.get(key),
    forgetAnswers: () => answers.clear(),
    /** The refund and the answer under its key are written together. */
    addRefund(
      fields: RefundFields,
      status: Refund['status'],
      key: string,
      fingerprint: string,
    ): { refund: Refund; answer: StoredAnswer } {
      const refund = makeRefund(fields, status)
      const answer = { status: 201, body: { ...refund } }
      write({ t: 'refund', refund }, { t: 'answer', key, fingerprint, answer })
      return { refund, answer }
    },
    /** A refund that somebody made by hand. */
    addRefundByOther(fields: Omit<RefundFields, 'metadata'>): Refund {
      const refund = makeRefund({ ...fields, metadata: {} }, 'succeeded')
      write({ t: 'refund', refund })
      return refund
    },
    setRefundStatus: (id: string, status: Refund['status']) => write({ t: 'refund-status', id, status }),
    disputes: () => [...disputes.values()],
    dispute: (id: string) => disputes.get(id),
    addDispute(fields: Pick<Dispute, 'paymentId' | 'amountMinor' | 'currency'>): Dispute {
      const dispute: Dispute = {
        id: `dp_${randomBytes(12).toString('hex')}`,
        object: 'dispute',
        status: 'open',
        ...fields,
        createdAt: new Date().toISOString(),
      }
      write({ t: 'dispute', dispute })
      return dispute
    },
    setDisputeStatus: (id: string, status: Dispute['status']) => write({ t: 'dispute-status', id, status }),
    close: () => journal.close(),
  }
}

function update<T extends { status: unknown }>(all: Map<string, T>, id: string, status: T['status']): void {
  const one = all.get(id)
  if (one) all.set(id, { ...one, status })
}
