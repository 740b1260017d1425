import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPseudonyms } from '../../src/voice/index.ts'

const SECRET = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const PERSON = { network: 'x', id: '1234567890' }

test('the same person has the same pseudonym, another one another', () => {
  const { of } = createPseudonyms(SECRET)
  expect(of(PERSON)).toBe(createPseudonyms(SECRET).of({ ...PERSON }))
  expect(of(PERSON)).not.toBe(of({ ...PERSON, id: '1234567891' }))
  expect(of(PERSON)).not.toBe(of({ ...PERSON, network: 'shop' }))
  expect(of({ network: 'a', id: 'b:c' })).not.toBe(of({ network: 'a:b', id: 'c' }))
})

test('without the key it can not be found by trying every id', () => {
  const pseudonym = createPseudonyms(SECRET).of(PERSON)
  const hashes = ['sha256', 'sha512'].flatMap((name) => {
    const texts = [PERSON.id, `x:${PERSON.id}`, `1:x:${PERSON.id}`, `${SECRET}${PERSON.id}`]
    return texts.map((text) => createHash(name).update(text).digest('base64url').slice(0, 22))
  })
  expect(hashes).not.toContain(pseudonym.split('.')[1])
  expect(createPseudonyms(OTHER).of(PERSON)).not.toBe(pseudonym)
  expect(pseudonym).not.toContain(PERSON.id)
  expect(pseudonym).toMatch(/^[0-9a-f]{6}\.[\w-]{22}$/)
})

test('no two of twenty thousand people share one', () => {
  const { of } = createPseudonyms(SECRET)
  const all = new Set(Array.from({ length: 20_000 }, (_, n) => of({ network: 'x', id: String(n) })))
  expect(all.size).toBe(20_000)
})

test('after the key was changed the old pseudonyms are still found, and new ones made with the new key', () => {
  const old = createPseudonyms(OTHER).of(PERSON)
  const rotated = createPseudonyms(SECRET, OTHER)
  expect(rotated.of(PERSON)).toBe(createPseudonyms(SECRET).of(PERSON))
  expect(rotated.all(PERSON)).toEqual([rotated.of(PERSON), old])
  expect(rotated.isKnown(old)).toBe(true)
})

test('when the old key is forgotten its pseudonyms belong to nobody', () => {
  const old = createPseudonyms(OTHER).of(PERSON)
  const alone = createPseudonyms(SECRET)
  expect(alone.isKnown(old)).toBe(false)
  expect(alone.all(PERSON)).not.toContain(old)
})

test('a secret that is too short is refused with what to do', () => {
  expect(() => createPseudonyms('short')).toThrow('openssl rand -hex 32')
})
