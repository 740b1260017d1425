import type { Store } from '../../store/database.ts'
import { lettersToRemind, remindOf } from '../../store/letter-clock.ts'
import type { Letters } from './letters.ts'
import { dueAfter } from './service-hours.ts'

/** Reminds owners whose clock runs out soon, and tells them when it has: once a round each. @returns how many */
export async function remindOwners(store: Store, letters: Letters, now: Date): Promise<number> {
  const { remindHoursBefore, serviceHours } = letters.file
  const before = dueAfter(remindHoursBefore, now, serviceHours, letters.timeZone())
  const late = await lettersToRemind(store, before, now)
  for (const letter of late) await remindOf(store, letter)
  return late.length
}
