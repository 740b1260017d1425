/** Collects what comes in while a write is on its way, and writes it together with the next one. */
export interface GroupCommit<T, R> {
  /**
   * @returns what `write` said about this item, once it was written; 'busy' where too much waits already
   * @throws what `write` said went wrong with this item
   */
  add(item: T): Promise<R> | 'busy'
}

export interface GroupCommitOptions<T, R> {
  /** Writes them all and says of each, in their order, what became of it; what it throws holds for each. */
  write(items: readonly T[]): Promise<readonly (R | Error)[]>
  /** What an item takes of a write and of the memory while it waits. */
  weigh(item: T): number
  /** Most weight of one write; a heavier item goes alone. */
  mostWeight: number
  /** Most weight that waits, what is being written counted in. */
  mostWaiting: number
}

interface Waiting<T, R> {
  item: T
  weight: number
  done(outcome: R): void
  fail(error: unknown): void
}

/** So many share the price of a commit well enough: then the database works while the next ones are read. */
const ENOUGH = 64
const MOST_GATHERING_MS = 2

/**
 * Group commit: while one write is under way others gather, so that the busier it is the larger the writes are. One
 * write goes at a time, in the order of coming. An item that comes alone waits for one turn of the event loop.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  const queue: Waiting<T, R>[] = []
  let writing = false
  let waiting = 0

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      await gather()
      const batch = takeBatch(queue, options.mostWeight)
      try {
        const outcomes = await options.write(batch.map(({ item }) => item))
        for (const [n, { done, fail }] of batch.entries()) {
          const outcome = outcomes[n]
          if (outcome instanceof Error) fail(outcome)
          else done(outcome as R)
        }
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
      for (const { weight } of batch) waiting -= weight
    }
    writing = false
  }

  /** What comes in turn after turn of the event loop goes along. */
  async function gather(): Promise<void> {
    const until = performance.now() + MOST_GATHERING_MS
    let before = 0
    while (queue.length > before && queue.length < ENOUGH && performance.now() < until) {
      before = queue.length
      await turn()
    }
  }

  return {
    add(item) {
      const weight = options.weigh(item)
      if (waiting + weight > options.mostWaiting) return 'busy'
      waiting += weight
      return new Promise<R>((done, fail) => {
        queue.push({ item, weight, done, fail })
        if (writing) return
        writing = true
        void writeAll()
      })
    },
  }
}

function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done))
}

function takeBatch<T, R>(queue: Waiting<T, R>[], mostWeight: number): Waiting<T, R>[] {
  let weight = 0
  const end = queue.findIndex((each, n) => {
    weight += each.weight
    return n > 0 && weight > mostWeight
  })
  return queue.splice(0, end === -1 ? queue.length : end)
}
