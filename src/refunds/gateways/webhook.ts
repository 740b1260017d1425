import type { SignatureFault } from '../../signature.ts'
import type { NewProviderEvent } from '../../store/provider-events.ts'

/** A verified event of a provider. It is never believed for what it says of money: it means 'ask the provider now'. */
export type ProviderEvent = NewProviderEvent

/** A webhook that nothing is done about. */
export class WebhookError extends Error {
  override name = 'WebhookError'
  fault: SignatureFault | 'malformed'
  constructor(fault: SignatureFault | 'malformed', message: string) {
    super(message)
    this.fault = fault
  }
}
