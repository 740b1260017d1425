import { listLooks } from '../store/looks-again.ts'
import { listForgotten } from '../store/retention.ts'
import type { Desk } from './desk.ts'
import { translateOr } from './i18n.ts'
import type { Visit } from './visit.ts'

/** What went because its time was over, line by line of templates/retention.yaml, and what looking again found and cost. */
export async function forgottenOn(desk: Desk, visit: Visit) {
  const [gone, looks] = await Promise.all([listForgotten(desk.store), listLooks(desk.store)])
  const kept = Object.entries(desk.retention?.days ?? {})
  return {
    rows: kept.map(([what, days]) => ({
      days,
      today: 0,
      month: 0,
      lastAt: null,
      ...gone.find((each) => each.what === what),
      name: translateOr(visit.language, 'retention', what),
    })),
    looks: looks.map((look) => ({
      ...look,
      neededMicroUsd: look.waiting * (desk.retention?.lookPriceMicroUsd ?? 0),
    })),
  }
}
