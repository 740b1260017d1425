/** Largest amount handled, in minor units; anything above is a fault, not a refund. */
export const MAX_AMOUNT_MINOR = 1_000_000_000

/** Whether `amount` is a plain number of minor units: an integer, not negative, not absurd. */
export function isAmount(amount: unknown): amount is number {
  return Number.isSafeInteger(amount) && (amount as number) >= 0 && (amount as number) <= MAX_AMOUNT_MINOR
}
