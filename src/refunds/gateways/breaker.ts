import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { refundLog } from '../../log.ts'
import { gatewayCircuit } from '../../metrics.ts'
import { type Gateway, GatewayUnavailableError, GatewayUnknownError } from './gateway.ts'

export interface GatewayState {
  name: string
  circuit: 'closed' | 'half-open' | 'open'
  /** While it is open: when one call may try again. */
  openUntil: Date | null
  /** The last outage, in our own words. */
  failure: { reason: string; at: Date } | null
}

export interface GuardedGateway extends Gateway {
  state(): GatewayState
}

const FAILURES = 5
const HALF_OPEN_AFTER_MS = 30_000
/** What the gauge shows. */
const GAUGE = { closed: 0, 'half-open': 1, open: 2 } as const

/**
 * Puts a circuit breaker around a gateway: after so many outages in a row (GatewayUnavailableError,
 * GatewayUnknownError) nothing is asked of it for a while, then one call tries. Meanwhile every call throws
 * GatewayUnavailableError, so payouts wait. A refusal is an answer, and no outage.
 */
export function withBreaker(
  gateway: Gateway,
  options: { failures?: number; halfOpenAfterMs?: number } = {},
): GuardedGateway {
  const { failures = FAILURES, halfOpenAfterMs = HALF_OPEN_AFTER_MS } = options
  const { name } = gateway
  let openedAt = 0
  let failure: GatewayState['failure'] = null
  const breaker = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: halfOpenAfterMs,
  })
  gatewayCircuit.set({ gateway: name }, GAUGE.closed)
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = Date.now()
    gatewayCircuit.set({ gateway: name }, GAUGE[circuit()])
    refundLog.warn({ gateway: name, circuit: circuit(), failure: failure?.reason }, 'circuit of a gateway')
  })

  function circuit(): GatewayState['circuit'] {
    if (breaker.state === CircuitState.HalfOpen) return 'half-open'
    return breaker.state === CircuitState.Open ? 'open' : 'closed'
  }

  const openUntil = () => new Date(openedAt + halfOpenAfterMs)

  async function guard<T>(call: () => Promise<T>): Promise<T> {
    // While one call tries, the others do not wait to see how it went.
    if (
      breaker.state === CircuitState.HalfOpen ||
      (breaker.state === CircuitState.Open && openUntil() > new Date())
    )
      throw isShut()
    try {
      // A refusal goes through as a value: it shows that the gateway answers.
      const answer = await breaker.execute(() => call().then((value) => ({ value }), refusalOf))
      if ('refusal' in answer) throw answer.refusal
      return answer.value
    } catch (error) {
      throw error instanceof BrokenCircuitError ? isShut() : error
    }
  }

  function refusalOf(error: unknown): { refusal: unknown } {
    if (!isOutage(error)) return { refusal: error }
    failure = { reason: (error as Error).message, at: new Date() }
    throw error
  }

  function isShut(): GatewayUnavailableError {
    return new GatewayUnavailableError(
      `the gateway ${name} is left alone, circuit ${
        circuit() === 'half-open' ? 'half-open' : `open until ${openUntil().toISOString()}`
      }: ${failure?.reason ?? 'it failed too often'}`,
    )
  }

  return {
    ...gateway,
    refund: (request) => guard(() => gateway.refund(request)),
    refundsOf: (paymentId) => guard(() => gateway.refundsOf(paymentId)),
    refundsBetween: (from, to) => guard(() => gateway.refundsBetween(from, to)),
    state: () => ({
      name,
      circuit: circuit(),
      openUntil: circuit() === 'open' ? openUntil() : null,
      failure,
    }),
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof GatewayUnavailableError || error instanceof GatewayUnknownError
}
