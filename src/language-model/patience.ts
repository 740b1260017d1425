import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  retry,
} from 'cockatiel'
import { modelLog } from '../log.ts'
import { CallError } from './call-error.ts'

export interface PatienceOptions {
  /** Calls at the same time. */
  concurrency: number
  /** Calls that may wait for their turn. */
  waiting: number
  /** So many failed calls in a row open the circuit. */
  failures: number
  /** After this long one call may try whether it goes again. */
  halfOpenAfterMs: number
}

export type Circuit = 'closed' | 'open' | 'half-open'

const TRIES_AGAIN = 2
const FIRST_PAUSE_MS = 250
/** A server that wants us to wait longer is not asked again for this question. */
const LONGEST_PAUSE_MS = 5000

/** The waiting line, the circuit breaker and the further tries around calls to one service. */
export function createPatience(options: PatienceOptions) {
  const line = bulkhead(options.concurrency, options.waiting)
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof CallError && error.outage),
    { breaker: new ConsecutiveBreaker(options.failures), halfOpenAfter: options.halfOpenAfterMs },
  )
  breaker.onBreak(() =>
    modelLog.warn({ failures: options.failures }, 'circuit opens: the model is left alone'),
  )
  breaker.onReset(() => modelLog.warn('circuit closes: the model answers again'))

  let openedAt = 0
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = Date.now()
  })
  const isShut = () =>
    breaker.state === CircuitState.HalfOpen ||
    (breaker.state === CircuitState.Open && Date.now() - openedAt < options.halfOpenAfterMs)

  function assertOpenRoad() {
    // While one call tries, the others do not wait to see how it went.
    if (isShut()) throw new CallError('open-circuit', 'it failed too often and is left alone for a while')
  }

  return {
    circuit(): Circuit {
      if (breaker.state === CircuitState.HalfOpen) return 'half-open'
      return breaker.state === CircuitState.Open ? 'open' : 'closed'
    },
    /**
     * Runs one call when it is its turn, again where that can help and there is time before `endsAt`.
     * @param leastMs with less time than this left, a call is not begun
     * @throws CallError
     */
    async run<T>(
      call: () => Promise<T>,
      signal: AbortSignal,
      { endsAt, leastMs }: { endsAt: number; leastMs: number },
    ): Promise<T> {
      assertOpenRoad()
      const again = retry(
        handleWhen(
          (error) => error instanceof CallError && error.again && pauseMs(error, 1) < endsAt - Date.now(),
        ),
        {
          maxAttempts: TRIES_AGAIN,
          backoff: new DelegateBackoff(({ attempt, result }) =>
            'error' in result ? pauseMs(result.error as CallError, attempt) : 0,
          ),
        },
      ).dangerouslyUnref()
      try {
        return await line.execute(() => {
          assertOpenRoad()
          if (endsAt - Date.now() < leastMs) throw new CallError('busy', 'its turn came too late')
          return breaker.execute(() => again.execute(call, signal), signal)
        }, signal)
      } catch (error) {
        if (error instanceof BulkheadRejectedError) throw new CallError('busy', 'too many others are asking')
        if (error instanceof BrokenCircuitError) throw new CallError('open-circuit', 'left alone for a while')
        throw error
      }
    },
  }
}

/** Infinity where the server wants a longer pause than we have patience for. */
function pauseMs({ retryAfterMs }: CallError, attempt: number): number {
  if (retryAfterMs !== null) return retryAfterMs <= LONGEST_PAUSE_MS ? retryAfterMs : Number.POSITIVE_INFINITY
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)
}
