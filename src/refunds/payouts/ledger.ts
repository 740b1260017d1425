import { isCurrency } from '../../money.ts'
import { isAmount } from './amounts.ts'

/**
 * Accounts, debit positive:
 * - `refunds:reserved`: budget set aside for refunds that are decided and not settled;
 * - `customer:owed`: what customers are promised (a liability: negative while promised);
 * - `refunds:paid`: what refunds have cost;
 * - `provider:balance`: what left our account at the payment provider (negative).
 *
 * So reserved + owed and paid + balance are zero at every moment, and reserved is what may still go out.
 */
export type LedgerAccount = 'refunds:reserved' | 'customer:owed' | 'refunds:paid' | 'provider:balance'

/** One side of an entry: integer minor units, debit positive. */
export interface LedgerLine {
  account: LedgerAccount
  amountMinor: number
  currency: string
}

/**
 * What happened to a refund: reserved, then paid or failed; a paid one may be reversed by the provider, and one that
 * failed or was reversed reserved again for its next round.
 */
export type LedgerEntryKind = 'reserved' | 'paid' | 'failed' | 'reversed'

/** One balanced entry of the append-only ledger. */
export interface LedgerEntry {
  refundId: string
  kind: LedgerEntryKind
  lines: LedgerLine[]
}

/** An entry that must not be written. */
export class LedgerError extends Error {
  override name = 'LedgerError'
}

/** Sets money aside and promises it. */
export function reserveLines(amountMinor: number, currency: string): LedgerLine[] {
  return move(amountMinor, currency, [
    ['refunds:reserved', 1],
    ['customer:owed', -1],
  ])
}

/** The provider took the refund: the promise is kept and the money is gone. */
export function paidLines(amountMinor: number, currency: string): LedgerLine[] {
  return move(amountMinor, currency, [
    ['customer:owed', 1],
    ['refunds:reserved', -1],
    ['refunds:paid', 1],
    ['provider:balance', -1],
  ])
}

/** The provider refused before anything was paid: what was reserved is free again. */
export function failedLines(amountMinor: number, currency: string): LedgerLine[] {
  return move(amountMinor, currency, [
    ['customer:owed', 1],
    ['refunds:reserved', -1],
  ])
}

/** A paid refund came back, as when a card is closed: the money is ours again. */
export function reversedLines(amountMinor: number, currency: string): LedgerLine[] {
  return move(amountMinor, currency, [
    ['provider:balance', 1],
    ['refunds:paid', -1],
  ])
}

function move(amountMinor: number, currency: string, parts: [LedgerAccount, 1 | -1][]): LedgerLine[] {
  if (!isAmount(amountMinor) || amountMinor === 0) {
    throw new LedgerError(
      `${amountMinor} is not an amount; the ledger takes positive integers of minor units`,
    )
  }
  if (!isCurrency(currency)) throw new LedgerError(`${currency} is not an ISO 4217 currency`)
  return parts.map(([account, sign]) => ({ account, amountMinor: sign * amountMinor, currency }))
}

/** Adds lines up: currency → account → minor units. */
export function balances(lines: Iterable<LedgerLine>): Map<string, Map<LedgerAccount, number>> {
  const all = new Map<string, Map<LedgerAccount, number>>()
  for (const { account, amountMinor, currency } of lines) {
    const accounts = all.get(currency) ?? new Map<LedgerAccount, number>()
    accounts.set(account, (accounts.get(account) ?? 0) + amountMinor)
    all.set(currency, accounts)
  }
  return all
}

/** @throws LedgerError unless the lines are integers of one currency that sum to zero */
export function assertBalanced(lines: LedgerLine[]): void {
  const currencies = new Set(lines.map((line) => line.currency))
  const sum = lines.reduce((total, line) => total + line.amountMinor, 0)
  if (lines.length < 2 || currencies.size !== 1 || sum !== 0 || !lines.every(isWhole)) {
    throw new LedgerError(`not a balanced entry: ${JSON.stringify(lines)}`)
  }
}

function isWhole(line: LedgerLine): boolean {
  return Number.isSafeInteger(line.amountMinor)
}

const FOLLOWS: Record<LedgerEntryKind, readonly (LedgerEntryKind | null)[]> = {
  reserved: [null, 'failed', 'reversed'],
  paid: ['reserved'],
  failed: ['reserved'],
  reversed: ['paid'],
}

/**
 * Checks a whole ledger, entries in the order they were written: each balanced, each refund in the order
 * reserved → paid | failed, paid → reversed, failed | reversed → reserved, always with the amount and currency that were reserved.
 * @returns a line a fault; empty when payouts may go on
 */
export function auditLedger(entries: Iterable<LedgerEntry>): string[] {
  const faults: string[] = []
  const last = new Map<string, { kind: LedgerEntryKind; size: string }>()
  for (const { refundId, kind, lines } of entries) {
    try {
      assertBalanced(lines)
    } catch (error) {
      faults.push(`refund ${refundId}: ${(error as Error).message}`)
    }
    const before = last.get(refundId)
    if (!FOLLOWS[kind].includes(before?.kind ?? null)) {
      faults.push(`refund ${refundId}: ${kind} after ${before?.kind ?? 'nothing'}`)
    }
    const size = `${Math.max(0, ...lines.map((line) => line.amountMinor))} ${lines[0]?.currency}`
    if (before && before.size !== size) {
      faults.push(`refund ${refundId}: ${kind} of ${size}, but ${before.size} was reserved`)
    }
    last.set(refundId, { kind, size })
  }
  return faults
}
