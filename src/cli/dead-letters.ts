import { UsageError } from './command.ts'

/** Who the audit log says it was: whoever may run commands on the machine. */
export const ACTOR = 'cli'

/** @throws UsageError */
export function readId(typed: string | undefined): number {
  const id = Number(typed)
  if (typed === undefined || !Number.isSafeInteger(id) || id < 1) {
    throw new UsageError('Give the ID that "dead-letters list" shows, such as 12')
  }
  return id
}

/** For an ID that is not in the list. */
export function notDead(id: number): string {
  return `There is no dead letter ${id}: "dead-letters list" shows those there are.`
}
