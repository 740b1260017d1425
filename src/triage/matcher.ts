import type { Canonical } from './normalise.ts'

/** Where pattern `id` was found, in canonical positions (end exclusive). */
export type OnMatch = (id: number, start: number, end: number) => void

/**
 * Finds thousands of fixed strings in one pass (Aho and Corasick 1975). The edges lie in one open hash table,
 * so that a Japanese alphabet costs no more memory than a Latin one.
 */
export interface Matcher {
  patterns: readonly string[]
  scan(text: Canonical, found: OnMatch): void
}

export function createMatcher(patterns: readonly string[]): Matcher {
  const units = patterns.reduce((sum, pattern) => sum + pattern.length, 1)
  const bits = Math.max(8, Math.ceil(Math.log2(units * 2.5)))
  const mask = (1 << bits) - 1
  const keys = new Float64Array(mask + 1).fill(-1)
  const targets = new Int32Array(mask + 1)
  const alphabet = new Uint16Array(65536)
  let letters = 0
  let nodes = 1
  const output = new Int32Array(units + 1).fill(-1)
  const slotOf = (node: number, letter: number) => {
    const key = node * 65536 + letter
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(letter, 0x85ebca6b)) & mask
    slot ^= slot >>> 7
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }
  // one edge leads into each node but the first
  const parents = new Int32Array(units + 1)
  const letterOf = new Uint16Array(units + 1)
  const depth = new Int32Array(units + 1)
  for (const [id, pattern] of patterns.entries()) {
    let node = 0
    for (let i = 0; i < pattern.length; i++) {
      const unit = pattern.charCodeAt(i)
      if (alphabet[unit] === 0) alphabet[unit] = ++letters
      const letter = alphabet[unit] as number
      const slot = slotOf(node, letter)
      if (keys[slot] === -1) {
        keys[slot] = node * 65536 + letter
        targets[slot] = nodes
        parents[nodes] = node
        letterOf[nodes] = letter
        depth[nodes] = i + 1
        nodes++
      }
      node = targets[slot] as number
    }
    if (node !== 0) output[node] = id
  }
  const step = (from: number, letter: number) => {
    const slot = slotOf(from, letter)
    return keys[slot] === -1 ? 0 : (targets[slot] as number)
  }
  const fail = new Int32Array(nodes)
  const nextOutput = new Int32Array(nodes)
  const byDepth = Int32Array.from({ length: nodes - 1 }, (_, index) => index + 1)
  byDepth.sort((a, b) => (depth[a] as number) - (depth[b] as number))
  const first = new Int32Array(letters + 1)
  for (const to of byDepth) {
    const from = parents[to] as number
    const letter = letterOf[to] as number
    // most characters begin nothing: the first step needs no hashing
    if (from === 0) first[letter] = to
    if (from === 0) continue
    let back = fail[from] as number
    let target = step(back, letter)
    while (target === 0 && back !== 0) {
      back = fail[back] as number
      target = step(back, letter)
    }
    fail[to] = target
    nextOutput[to] = output[target] !== -1 ? target : (nextOutput[target] as number)
  }
  const lengths = Int32Array.from(patterns, (pattern) => pattern.length)
  return {
    patterns,
    scan(text, found) {
      let node = 0
      const { codes, length } = text
      for (let i = 0; i < length; i++) {
        const letter = alphabet[codes[i] as number] as number
        if (letter === 0) {
          node = 0
          continue
        }
        let next = node === 0 ? (first[letter] as number) : step(node, letter)
        while (next === 0 && node !== 0) {
          node = fail[node] as number
          next = node === 0 ? (first[letter] as number) : step(node, letter)
        }
        node = next
        for (let at = node; at !== 0; at = nextOutput[at] as number) {
          const id = output[at] as number
          if (id !== -1) found(id, i + 1 - (lengths[id] as number), i + 1)
        }
      }
    },
  }
}
