import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Journal<Entry> {
  /** Writes the entries in one system call: they outlive `kill -9` of this process, all of them or none. */
  append(...entries: Entry[]): void
  close(): void
}

/**
 * Opens an append-only NDJSON file, replaying what is in it first, oldest entry first.
 * A torn last line (the process died while writing) is cut off; any other broken line throws.
 */
export function openJournal<Entry>(path: string, replay: (entry: Entry) => void): Journal<Entry> {
  mkdirSync(dirname(path), { recursive: true })
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const whole = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
  lines.forEach((line, index) => {
    replay(parseLine(path, line, index + 1))
  })

  const fd = openSync(path, 'a')
  if (whole < bytes.length) ftruncateSync(fd, whole)
  let open = true
  return {
    append(...entries) {
      if (!open || entries.length === 0) return
      const data = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
      let written = 0
      while (written < data.length) written += writeSync(fd, data, written)
    },
    close() {
      if (open) closeSync(fd)
      open = false
    },
  }
}

function parseLine<Entry>(path: string, line: string, number: number): Entry {
  try {
    return JSON.parse(line) as Entry
  } catch {
    throw new Error(`${path}:${number}: not a JSON line. Remove that line, or the whole file to start anew.`)
  }
}
