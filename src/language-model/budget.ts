/** Money set aside for one call. */
export interface Reservation {
  /** UTC day on whose budget it stands, '2026-11-22'. */
  day: string
  microUsd: number
}

/**
 * The money that models may cost in a UTC day, shared by all who ask. A reservation that is never settled (its process
 * died) stays spent: the call may well have been charged.
 */
export interface ModelBudget {
  /** Sets money aside before a call. @returns null where the day's budget has not that much left */
  reserve(microUsd: number): Promise<Reservation | null>
  /** Replaces a reservation by what the call really cost. */
  settle(reservation: Reservation, microUsd: number): Promise<void>
}

/** A budget for one process, forgotten with it. */
export function createMemoryBudget(dailyMicroUsd: number): ModelBudget {
  let today = ''
  let spent = 0
  return {
    async reserve(microUsd) {
      const day = new Date().toISOString().slice(0, 10)
      if (day !== today) [today, spent] = [day, 0]
      if (spent + microUsd > dailyMicroUsd) return null
      spent += microUsd
      return { day, microUsd }
    },
    async settle(reservation, microUsd) {
      if (reservation.day === today) spent += microUsd - reservation.microUsd
    },
  }
}
