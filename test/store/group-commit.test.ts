import { expect, test } from 'vitest'
import { createGroupCommit } from '../../src/store/group-commit.ts'

/** A write that waits to be let go, and what was written. */
function slowWrite() {
  const writes: number[][] = []
  const held: (() => void)[] = []
  return {
    writes,
    letGo: () => held.shift()?.(),
    write: (items: readonly number[]) =>
      new Promise<(string | Error)[]>((done) => {
        writes.push([...items])
        held.push(() => done(items.map((item) => (item < 0 ? new Error(`no ${item}`) : `wrote ${item}`))))
      }),
  }
}

const settled = () => new Promise((done) => setTimeout(done, 20))

function groupOf(write: (items: readonly number[]) => Promise<(string | Error)[]>, mostWeight = 100) {
  return createGroupCommit({ write, weigh: Math.abs, mostWeight, mostWaiting: 1000 })
}

test('what comes while a write is under way goes together with the next one, in the order of coming', async () => {
  const { writes, letGo, write } = slowWrite()
  const group = groupOf(write)
  const first = group.add(1)
  await settled()
  const others = [2, 3, 4].map((item) => group.add(item))
  await settled()
  expect(writes).toEqual([[1]])
  letGo()
  expect(await first).toBe('wrote 1')
  await settled()
  expect(writes).toEqual([[1], [2, 3, 4]])
  letGo()
  expect(await Promise.all(others)).toEqual(['wrote 2', 'wrote 3', 'wrote 4'])
})

test('nothing is answered before its write is done', async () => {
  const { letGo, write } = slowWrite()
  let answered = false
  const answer = Promise.resolve(groupOf(write).add(1)).then(() => {
    answered = true
  })
  await settled()
  expect(answered).toBe(false)
  letGo()
  await answer
})

test('what went wrong with one is told to that one alone, what went wrong with the write to all', async () => {
  const { letGo, write } = slowWrite()
  const group = groupOf(write)
  const outcomes = Promise.allSettled([group.add(1), group.add(-2), group.add(3)])
  await settled()
  letGo()
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])

  const broken = groupOf(() => Promise.reject(new Error('the database is gone')))
  const failed = await Promise.allSettled([broken.add(1), broken.add(2)])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(broken.add(3)).rejects.toThrow('the database is gone')
})

test('a write takes no more than it may, and one heavier item alone', async () => {
  const { writes, letGo, write } = slowWrite()
  const group = groupOf(write, 10)
  const answers = [4, 4, 4, 50, 1].map((item) => group.add(item))
  for (let n = 0; n < 4; n++) {
    await settled()
    letGo()
  }
  await Promise.all(answers)
  expect(writes).toEqual([[4, 4], [4], [50], [1]])
})

test('more than may wait is turned away at once, and taken again when there is room', async () => {
  const { letGo, write } = slowWrite()
  const group = groupOf(write, 1000)
  const first = group.add(600)
  await settled()
  const second = group.add(400)
  expect(group.add(1)).toBe('busy')
  letGo()
  await first
  await settled()
  expect(group.add(1)).not.toBe('busy')
  letGo()
  await second
})
