import { expect, test } from 'vitest'
import { createWatch } from '../../src/voice/index.ts'
import { syntheticYear, ZONE } from './year.ts'

const SMALL = { seed: 5, contacts: 120_000, products: 60, incidents: 20 }

test('a synthetic year is the same for the same seed', () => {
  const head = (seed: number) =>
    [...syntheticYear({ ...SMALL, seed, contacts: 20_000, products: 20, incidents: 2 }).hours()]
      .flat()
      .slice(0, 500)
  expect(head(1)).toEqual(head(1))
  expect(head(1)).not.toEqual(head(2))
})

test('it has the contacts asked for, in the order of time, and its incidents in full', () => {
  const year = syntheticYear(SMALL)
  const contacts = [...year.hours()].flat()
  expect(contacts.length / SMALL.contacts).toBeGreaterThan(0.97)
  // incidents, days of late parcels and people who repeat themselves come on top
  expect(contacts.length / SMALL.contacts).toBeLessThan(1.1)
  expect(contacts.every(({ at }, n) => n === 0 || at >= (contacts[n - 1]?.at ?? 0))).toBe(true)
  for (const { product, start, end, added, base } of year.incidents) {
    expect(added).toBeGreaterThanOrEqual(12 + 6 * Math.sqrt(base))
    expect(end.getTime() - start.getTime()).toBe(3 * 3_600_000)
    const seen = contacts.filter((each) => each.product === product && each.at >= start && each.at <= end)
    expect(seen.length).toBeGreaterThanOrEqual(added)
  }
})

test('nine of ten planted incidents are found within three hours, with less than one false signal a month', () => {
  const year = syntheticYear(SMALL)
  const watch = createWatch({ timeZone: ZONE })
  const signals = [...year.hours()].flat().flatMap((contact) => watch.add(contact))
  const found = year.incidents.filter(({ product, start, end }) =>
    signals.some(({ name, at }) => name === product && at >= start && at <= end),
  )
  const explained = [...year.incidents, ...year.waves.map((wave) => ({ ...wave, product: wave.code }))]
  const falseSignals = signals.filter(
    ({ name, code, at, kind }) =>
      !explained.some(
        ({ product, start, end }) =>
          (product === name || product === code || kind === 'company') &&
          at >= start &&
          at.getTime() <= end.getTime() + 24 * 3_600_000,
      ),
  )
  expect(found.length).toBeGreaterThanOrEqual(18)
  expect(falseSignals.length).toBeLessThanOrEqual(11)
})
