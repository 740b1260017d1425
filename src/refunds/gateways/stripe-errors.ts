import type Stripe from 'stripe'
import { wasSent } from '../shop/json-call.ts'
import { GatewayRefusedError, GatewayUnavailableError, GatewayUnknownError } from './gateway.ts'

type StripeError = InstanceType<typeof Stripe.errors.StripeError>

/** By its name: the SDK is loaded only where Stripe is used. */
function isStripeError(error: unknown): error is StripeError {
  return error instanceof Error && /^Stripe\w*Error$/.test(String((error as { type?: unknown }).type))
}

/**
 * What an error of the SDK says about a refund that was asked for under `key`. Errors that are not Stripe's come back
 * as they are.
 */
export function readStripeError(error: unknown, key: string): unknown {
  if (!isStripeError(error)) return error
  const options = { cause: error }
  const status = error.statusCode ?? 0
  if (error.type === 'StripeConnectionError') {
    return wasSent(error.detail)
      ? new GatewayUnknownError(`${connectionWords(error)}; ask for ${key} before it is sent again`, options)
      : new GatewayUnavailableError(connectionWords(error), options)
  }
  if (error.type === 'StripeIdempotencyError') {
    return new GatewayUnknownError(
      `Stripe had ${key} before, with another amount, currency or payment; a person compares them in its dashboard`,
      options,
    )
  }
  if (status === 409 || error.code === 'idempotency_key_in_use' || error.code === 'lock_timeout') {
    return new GatewayUnknownError(
      `Stripe is still busy with this refund or its payment (${error.code ?? status}); ask for ${key}`,
      options,
    )
  }
  if (isUnavailable(error)) return new GatewayUnavailableError(unavailableWords(error), options)
  if (status >= 400 && status < 500) {
    const code = error.code ?? error.decline_code ?? error.rawType ?? String(status)
    return new GatewayRefusedError(code, error.message.slice(0, 300))
  }
  return new GatewayUnknownError(
    `Stripe answered ${status === 0 ? 'what can not be read' : status}; ask for ${key} before it is sent again`,
    options,
  )
}

/** What an error of the SDK says about a list: whatever it was, nothing is known. */
export function readStripeListError(error: unknown): unknown {
  if (!isStripeError(error)) return error
  const words =
    error.type === 'StripeConnectionError'
      ? connectionWords(error)
      : isUnavailable(error)
        ? unavailableWords(error)
        : `Stripe answered ${error.code ?? error.statusCode ?? 'what can not be read'}`
  return new GatewayUnavailableError(`the list of refunds: ${words}`, { cause: error })
}

const UNAVAILABLE = new Set(['StripeRateLimitError', 'StripeAuthenticationError', 'StripePermissionError'])

function isUnavailable(error: StripeError): boolean {
  return UNAVAILABLE.has(error.type)
}

/** Not the SDK's words: for a wrong key they hold a part of it. */
function unavailableWords(error: StripeError): string {
  return error.type === 'StripeRateLimitError'
    ? 'Stripe asks us to slow down; send it again later'
    : `Stripe answered ${error.statusCode}: check STRIPE_SECRET_KEY; a restricted key must be allowed to write refunds`
}

function connectionWords(error: StripeError): string {
  const detail = error.detail as { code?: string; cause?: { code?: string } } | undefined
  const code = detail?.code ?? detail?.cause?.code
  return code === 'ETIMEDOUT'
    ? 'no answer of Stripe in time'
    : `no answer of Stripe (${code ?? 'connection'})`
}
