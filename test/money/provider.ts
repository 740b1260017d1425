import { createHttpGateway, type Gateways } from '../../src/refunds/index.ts'
import { answer, jsonServer } from '../refunds/json-server.ts'

interface Listed {
  id: string
  status: 'succeeded' | 'pending' | 'failed'
  metadata: { refundKey?: string }
  paymentId?: string
  amountMinor?: number
}

export interface Provider {
  gateways: Gateways
  /** Keys under which refunds were sent, in order. */
  sent: string[]
  /** How often its list was asked for. */
  asked: number
  /** What its list shows. */
  list: Listed[]
  /** Answers a sent refund; null drops the connection. */
  onSend: (key: string) => { status: number; body: unknown } | null
  /** Status of its list. */
  listStatus: number
}

/** A payment provider on the wire that says what a test tells it to say; by default it takes everything. */
export async function startProvider(): Promise<Provider> {
  const provider: Omit<Provider, 'gateways'> = {
    sent: [],
    asked: 0,
    list: [],
    listStatus: 200,
    onSend(key) {
      const taken: Listed = {
        id: `re_${provider.sent.length}`,
        status: 'succeeded',
        metadata: { refundKey: key },
      }
      provider.list.push(taken)
      return { status: 201, body: taken }
    },
  }
  const { origin } = await jsonServer(({ method, url, headers }, response) => {
    if (method === 'GET') {
      provider.asked += 1
      const paymentId = url.searchParams.get('paymentId')
      const common = { paymentId, amountMinor: 299, currency: 'USD', createdAt: new Date() }
      answer(response, provider.listStatus, { data: provider.list.map((one) => ({ ...common, ...one })) })
      return
    }
    const key = headers['idempotency-key'] as string
    provider.sent.push(key)
    const said = provider.onSend(key)
    if (said) answer(response, said.status, said.body)
    else response.destroy()
  })
  const gateway = createHttpGateway({ origin, apiKey: 'sk_test', timeoutMs: 2_000 })
  return Object.assign(provider, { gateways: { payment: gateway, coupon: gateway } })
}

export function refusal(code: string): { status: number; body: unknown } {
  return { status: 402, body: { error: { code, message: `refused with ${code}` } } }
}
