import { expect, test } from 'vitest'
import { renameCodes } from '../../../src/voice/andon/rename-codes.ts'
import { createWatch, type WatchState } from '../../../src/voice/index.ts'
import { seeded } from '../random.ts'

const HOUR_MS = 3_600_000
const FIRST = Date.UTC(2026, 1, 1)

/** A watch that has seen three weeks, in which one code had this name. */
function watchOf(name: string): WatchState {
  const watch = createWatch({ timeZone: 'Asia/Tokyo' })
  const random = seeded(3)
  for (let hour = 0; hour < 21 * 24; hour++) {
    for (let n = random.poisson(3); n > 0; n--) {
      watch.add({
        at: new Date(FIRST + hour * HOUR_MS),
        product: random.next() < 0.5 ? 'lamp' : null,
        title: null,
        code: random.next() < 0.4 ? name : 'delivery.late',
        severity: random.next() < 0.01 ? 3 : 1,
        person: null,
      })
    }
  }
  return watch.state() as WatchState
}

test('a code that got another name has the history that it would have under that name from the start', () => {
  const renamed = renameCodes(watchOf('item.defective'), new Map([['item.defective', 'item.broken']]))
  expect(renamed).toEqual(watchOf('item.broken'))
  expect(renamed).not.toEqual(watchOf('item.defective'))
})

test('a name that has a history of its own keeps it', () => {
  const state = watchOf('item.defective')
  const merged = renameCodes(state, new Map([['item.defective', 'delivery.late']]))
  const late = ({ keys }: WatchState) =>
    keys.filter(({ kind, name }) => kind === 'code' && name === 'delivery.late')
  expect(late(merged)).toEqual(late(state))
  expect(JSON.stringify(merged.keys)).not.toContain('item.defective')
})
