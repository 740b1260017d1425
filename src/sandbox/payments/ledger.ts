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
  status: 'succeeded'
  paymentId: string
  amountMinor: number
  currency: string
  metadata: Record<string, string>
  createdAt: string
}

export interface StoredAnswer {
  status: number
  body: unknown
}

type Entry =
  | { t: 'payment'; payment: Payment }
  | { t: 'refund'; refund: Refund }
  | { t: 'answer'; key: string; fingerprint: string; answer: StoredAnswer }

/** Payments, what was refunded of them, and the answers stored under idempotency keys. */
export function openLedger(path: string) {
  const payments = new Map<string, Payment>()
  const refunds: Refund[] = []
  const answers = new Map<string, { fingerprint: string; answer: StoredAnswer }>()

  function apply(entry: Entry): void {
    if (entry.t === 'payment') payments.set(entry.payment.id, entry.payment)
    else if (entry.t === 'refund') refunds.push(entry.refund)
    else answers.set(entry.key, { fingerprint: entry.fingerprint, answer: entry.answer })
  }
  const journal = openJournal<Entry>(path, apply)
  const write = (...entries: Entry[]) => {
    journal.append(...entries)
    entries.forEach(apply)
  }

  return {
    payment: (id: string) => payments.get(id),
    payments: () => [...payments.values()],
    addPayment(payment: Payment) {
      if (!payments.has(payment.id)) write({ t: 'payment', payment })
    },
    refunds: () => [...refunds],
    refundedMinor: (paymentId: string) =>
      refunds
        .filter((refund) => refund.paymentId === paymentId)
        .reduce((sum, refund) => sum + refund.amountMinor, 0),
    answerFor: (key: string) => answers.get(key),
    forgetAnswers: () => answers.clear(),
    /** The refund and the answer under its key are written together. */
    addRefund(
      fields: Pick<Refund, 'paymentId' | 'amountMinor' | 'currency' | 'metadata'>,
      key: string,
      fingerprint: string,
    ): StoredAnswer {
      const refund: Refund = {
        id: `re_${randomBytes(12).toString('hex')}`,
        object: 'refund',
        status: 'succeeded',
        ...fields,
        createdAt: new Date().toISOString(),
      }
      const answer = { status: 201, body: refund }
      write({ t: 'refund', refund }, { t: 'answer', key, fingerprint, answer })
      return answer
    },
    close: () => journal.close(),
  }
}
